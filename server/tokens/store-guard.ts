/** Calls to the store with a time limit, and a short rest after each failure, so that an outage costs callers one wait and not each. */
import { passingFault } from '../database/passing-fault.ts';
import { BridgeError } from '../errors.ts';
import type { BrokerClock } from './broker-clock.ts';
import { unavailable } from './failure-answer.ts';
import { Secret } from '../secret.ts';
import type { TokenRecord, TokenStore } from './token-store.ts';
import { waitFor } from './waiting.ts';

const STORE_TIMEOUT_MS = 1_000;
/** Of a transaction, which goes there and back some ten times. One that comes too late has counted a sign-in that nobody makes. */
export const STORE_TRANSACTION_TIMEOUT_MS = 5_000;
const STORE_REST_MS = 1_000;

/** The store did not answer; what became of the call is not known. */
export class StoreAway extends Error {
  constructor(cause?: unknown) {
    super('the store of the tokens is away', cause === undefined ? undefined : { cause });
    this.name = 'StoreAway';
  }
}

export interface CallLimits<T> {
  /** Default: what a single statement may take. */
  timeoutMs?: number;
  /** Gets an answer that came after the time limit, to undo what it did. */
  onLate?: (value: T) => void;
}

export interface StoreGuard {
  /** @throws StoreAway; BridgeError as thrown by the call, where that is not an outage. */
  call<T>(work: () => Promise<T>, limits?: CallLimits<T>): Promise<T>;
  /** What callers are told meanwhile. */
  error(cause?: unknown): BridgeError;
  isAway(): boolean;
  /** Until a call is let through again. */
  restMs(): number;
}

const AWAY = 'The database of the bridge is away';

/** What somebody has to put right is told as that: a full disk does not come back by itself. */
function faultOf(cause: unknown): { detail: string; remedy?: string } {
  const fault = cause instanceof BridgeError ? cause : passingFault(cause);
  const remedy = fault?.options.remedy;
  return fault === undefined || remedy === undefined
    ? { detail: AWAY }
    : { detail: fault.message.replace(/\.$/, ''), remedy };
}

export function createStoreGuard(options: {
  clock: BrokerClock;
  onChange: (isAway: boolean, cause?: unknown) => void;
}): StoreGuard {
  const { clock, onChange } = options;
  let away = false;
  let restUntilMs = Number.NEGATIVE_INFINITY;
  /** Of the last call that was made: those that are not let through meanwhile have none. */
  let lastCause: unknown;

  function fail(cause: unknown): never {
    if (cause instanceof BridgeError && cause.code !== 'unavailable') throw cause;
    restUntilMs = clock.monotonicMs() + STORE_REST_MS;
    lastCause = cause;
    if (!away) onChange(true, cause);
    away = true;
    throw new StoreAway(cause);
  }

  return {
    async call(work, limits) {
      if (clock.monotonicMs() < restUntilMs) throw new StoreAway();
      try {
        const value = await waitFor(work(), { clock, timeoutMs: STORE_TIMEOUT_MS, ...limits });
        if (away) onChange(false);
        away = false;
        return value;
      } catch (cause) {
        return fail(cause);
      }
    },
    error(cause) {
      const { detail, remedy } = faultOf(lastCause);
      const retryInMs = Math.max(restUntilMs - clock.monotonicMs(), STORE_REST_MS);
      return unavailable(`${detail}, and no token is at hand.`, retryInMs, cause, remedy);
    },
    isAway: () => away,
    restMs: () => Math.max(0, restUntilMs - clock.monotonicMs()),
  };
}

/** A record that is not one is an outage: nothing may be decided on it. */
export async function readRecord(store: TokenStore, name: string): Promise<TokenRecord | undefined> {
  const record = await store.read(name);
  if (record === undefined) return undefined;
  const { token } = record;
  const numbers: unknown[] = [
    record.generation,
    record.epoch,
    record.rejectionsInARow,
    record.grantNotBeforeInMs,
  ];
  if (token !== undefined) numbers.push(token.remainingMs, token.ageMs, token.lifeMs);
  const hasSecret =
    token === undefined || (token.accessToken instanceof Secret && token.accessToken.reveal() !== '');
  if (hasSecret && numbers.every(Number.isFinite)) return record;
  throw new TypeError('the store gave a record that makes no sense');
}
