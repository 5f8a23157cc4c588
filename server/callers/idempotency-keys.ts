/** Idempotency keys of callers in the database: who began first does the work, everyone else gets its answer. One statement decides, so that instances agree. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '../database/database.ts';
import { openSecret, sealSecret, type KeyRing } from '../database/sealed-secret.ts';
import { BridgeError } from '../errors.ts';
import { Secret } from '../secret.ts';

export const KEPT_HOURS = 24;
/** Longer than any request may take (110 s): a key whose process died is free again after this. */
const HELD_SECONDS = 120;
const PRUNE_EVERY_MS = 3_600_000;
const PRUNE_ROWS = 10_000;

export interface KeyedRequest {
  caller: string;
  key: string;
  /** SHA-256 over method, path and body. */
  fingerprint: string;
}

export interface KeptAnswer {
  status: number;
  location?: string;
  /** JSON; absent: an empty answer. */
  body?: string;
}

export type Begun =
  /** This request does the work; `owner` names the attempt. */
  | { state: 'mine'; owner: string }
  | { state: 'done'; answer: KeptAnswer }
  /** The first one is not done yet. */
  | { state: 'running' }
  /** The key was used for another request. */
  | { state: 'other' };

export interface IdempotencyKeysOptions {
  database: Pick<Database, 'db'>;
  ring: KeyRing;
  monotonicMs: () => number;
}

export interface IdempotencyKeys {
  begin(request: KeyedRequest): Promise<Begun>;
  /** @param isSecret The answer is sealed before it is stored. */
  keep(request: KeyedRequest, owner: string, answer: KeptAnswer, isSecret: boolean): Promise<void>;
  /** After a failure: the key can be used again, for the same request or a corrected one. */
  release(request: KeyedRequest, owner: string): Promise<void>;
}

interface StoredKey {
  fingerprint: string;
  status: number | null;
  location: string | null;
  answer: string | null;
  sealed: boolean;
}

function identityOf({ caller, key }: KeyedRequest): string {
  return `idempotency|${caller}|${key}`;
}

function unreadable(cause: unknown): BridgeError {
  return new BridgeError('conflict', {
    detail: 'This was done, and its answer can no longer be opened: the key of the bridge has changed since.',
    remedy: 'Look at what is there now, and repeat the request under a new Idempotency-Key if need be.',
    cause,
  });
}

export function createIdempotencyKeys({
  database: { db },
  ring,
  monotonicMs,
}: IdempotencyKeysOptions): IdempotencyKeys {
  let pruneAtMs = -Infinity;

  async function prune(): Promise<void> {
    if (monotonicMs() < pruneAtMs) return;
    pruneAtMs = monotonicMs() + PRUNE_EVERY_MS;
    await sql`delete from idempotency_keys where (caller, key) in (
      select caller, key from idempotency_keys
      where created_at < clock_timestamp() - ${KEPT_HOURS}::int * interval '1 hour' limit ${PRUNE_ROWS})`.execute(
      db,
    );
  }

  /** Takes a key that is new, that is too old, or whose first request died. @returns false where it is someone's. */
  async function take({ caller, key, fingerprint }: KeyedRequest, owner: string): Promise<boolean> {
    const { rows } = await sql`
      insert into idempotency_keys (caller, key, fingerprint, owner, held_until)
      values (${caller}, ${key}, ${fingerprint}, ${owner}::uuid,
        clock_timestamp() + ${HELD_SECONDS}::int * interval '1 second')
      on conflict (caller, key) do update set fingerprint = excluded.fingerprint, owner = excluded.owner,
        held_until = excluded.held_until, status = null, location = null, answer = null, created_at = clock_timestamp()
      where idempotency_keys.created_at < clock_timestamp() - ${KEPT_HOURS}::int * interval '1 hour'
        or (idempotency_keys.status is null and idempotency_keys.held_until < clock_timestamp())
      returning 1`.execute(db);
    return rows.length > 0;
  }

  function opened(request: KeyedRequest, { answer, sealed }: StoredKey): string | undefined {
    if (answer === null || !sealed) return answer ?? undefined;
    try {
      return openSecret(ring, identityOf(request), answer).reveal();
    } catch (error) {
      throw unreadable(error);
    }
  }

  return {
    async begin(request) {
      const owner = randomUUID();
      await prune();
      for (;;) {
        if (await take(request, owner)) return { state: 'mine', owner };
        const { rows } = await sql<StoredKey>`
          select fingerprint, status, location, answer, sealed from idempotency_keys
          where caller = ${request.caller} and key = ${request.key}`.execute(db);
        const [stored] = rows;
        // Released since: it is there for the taking.
        if (stored === undefined) continue;
        if (stored.fingerprint !== request.fingerprint) return { state: 'other' };
        if (stored.status === null) return { state: 'running' };
        const body = opened(request, stored);
        return {
          state: 'done',
          answer: {
            status: stored.status,
            ...(stored.location === null ? {} : { location: stored.location }),
            ...(body === undefined ? {} : { body }),
          },
        };
      }
    },
    async keep(request, owner, { status, location = null, body }, isSecret) {
      const isSealed = isSecret && body !== undefined;
      const answer = isSealed ? sealSecret(ring, identityOf(request), new Secret(body)) : (body ?? null);
      await sql`update idempotency_keys set status = ${status}, location = ${location}, answer = ${answer},
          sealed = ${isSealed}
        where caller = ${request.caller} and key = ${request.key} and owner = ${owner}::uuid`.execute(db);
    },
    async release(request, owner) {
      await sql`delete from idempotency_keys where caller = ${request.caller} and key = ${request.key}
        and owner = ${owner}::uuid and status is null`.execute(db);
    },
  };
}
