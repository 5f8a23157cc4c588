/** `Idempotency-Key`: a POST that is sent again under the same key has the answer of the first, and nothing happens twice. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Request } from 'express';
import type { IdempotencyKeys, KeptAnswer, KeyedRequest } from '../callers/idempotency-keys.ts';
import { BridgeError } from '../errors.ts';
import { invalidRequest } from '../validation.ts';

export const IDEMPOTENCY_HEADER = 'Idempotency-Key';
export const REPLAYED_HEADER = 'Idempotent-Replayed';
const KEY = /^[\x21-\x7e]{1,255}$/;
const POLL_MS = 100;
/** A caller waits 8 s by default for anything: short of that, it gets an answer that says to try again. */
const WAIT_MS_DEFAULT = 5_000;

/** @throws BridgeError `invalid_request`. */
function keyIn(request: Request): string | undefined {
  const [key, ...others] = request.headersDistinct['idempotency-key'] ?? [];
  if (key === undefined) return undefined;
  if (others.length === 0 && KEY.test(key)) return key;
  const detail = 'must be given once: 1 to 255 visible ASCII characters, a UUID for example';
  throw invalidRequest([{ field: IDEMPOTENCY_HEADER, detail }]);
}

/** The body counts byte by byte: what is written differently may mean something else. */
function fingerprintOf(request: Request): string {
  const hash = createHash('sha256').update(`${request.method} ${request.originalUrl}\n`);
  return (Buffer.isBuffer(request.body) ? hash.update(request.body) : hash).digest('hex');
}

const OTHER_REQUEST = {
  detail: 'This Idempotency-Key was used for another request in the last 24 hours.',
  remedy: 'Use a new key for each thing that is to be done, and the same key only to repeat it unchanged.',
} as const;
const STILL_RUNNING = {
  detail: 'The first request under this Idempotency-Key is not done yet.',
  remedy: 'Repeat the request, unchanged, after the number of seconds in Retry-After.',
  retryAfterSeconds: 2,
  retryable: true,
} as const;

export interface IdempotentWork {
  request: Request;
  caller: string;
  /** The answer holds a secret: it is sealed before it is stored. */
  isSecret: boolean;
  signal: AbortSignal;
  perform(): Promise<KeptAnswer | undefined>;
}

export interface PerformedAnswer extends KeptAnswer {
  isReplayed: boolean;
}

export type Idempotency = (work: IdempotentWork) => Promise<PerformedAnswer | undefined>;

/** @throws what `perform` throws; nothing is kept of a failure, so that the request can be corrected and sent again. */
export function createIdempotency(
  keys: IdempotencyKeys,
  { waitMs = WAIT_MS_DEFAULT }: { waitMs?: number } = {},
): Idempotency {
  async function performOnce(
    work: IdempotentWork,
    keyed: KeyedRequest,
    owner: string,
  ): Promise<PerformedAnswer | undefined> {
    let answer: KeptAnswer | undefined;
    try {
      answer = await work.perform();
    } catch (error) {
      await keys.release(keyed, owner).catch(() => undefined);
      throw error;
    }
    if (answer === undefined) {
      await keys.release(keyed, owner).catch(() => undefined);
      return undefined;
    }
    // It is done, whether or not that can be noted: the caller is told, and the key ends by itself.
    await keys.keep(keyed, owner, answer, work.isSecret).catch(() => undefined);
    return { ...answer, isReplayed: false };
  }

  return async (work) => {
    const key = keyIn(work.request);
    if (key === undefined) {
      const answer = await work.perform();
      return answer === undefined ? undefined : { ...answer, isReplayed: false };
    }
    const keyed = { caller: work.caller, key, fingerprint: fingerprintOf(work.request) };
    for (let waitedMs = 0; ; waitedMs += POLL_MS) {
      const begun = await keys.begin(keyed);
      if (begun.state === 'mine') return await performOnce(work, keyed, begun.owner);
      if (begun.state === 'done') return { ...begun.answer, isReplayed: true };
      if (begun.state === 'other') throw new BridgeError('conflict', OTHER_REQUEST);
      if (waitedMs >= waitMs) throw new BridgeError('conflict', STILL_RUNNING);
      await sleep(POLL_MS, undefined, { signal: work.signal });
    }
  };
}
