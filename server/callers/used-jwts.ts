/** JWTs that were used, by their "jti", until they expire: one that has a jti signs in once and no more, at whichever instance. */
import { createHash } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/database.ts';

/** One caller may have this many in use at once; the rest would have to wait, since to forget one is to accept it again. */
const USED_JWTS_PER_CALLER_MAX = 20_000;
const STORE_TIMEOUT_MS = 1_000;
const PRUNE_EVERY_MS = 60_000;
/** At most so many at once, so that no sign-in waits for a long deletion. */
const PRUNED_MAX = 10_000;

export type JwtUse = 'first' | 'again' | 'full';

export interface UsedJwts {
  /** `full`: too many unexpired ones of this caller to remember another. Never throws. */
  use(caller: string, jti: string, expiresAtMs: number, nowMs: number): Promise<JwtUse>;
}

/** What all instances know. @throws where it is away. */
export interface SharedJwts {
  use(caller: string, jti: string, expiresAtMs: number): Promise<'first' | 'again'>;
}

/** In the memory of this process. */
export function createUsedJwts(perCallerMax: number = USED_JWTS_PER_CALLER_MAX): {
  use(caller: string, jti: string, expiresAtMs: number, nowMs: number): JwtUse;
} {
  const byCaller = new Map<string, Map<string, number>>();

  function forgetExpired(used: Map<string, number>, nowMs: number): void {
    for (const [jti, expiresAtMs] of used) if (expiresAtMs <= nowMs) used.delete(jti);
  }

  return {
    use(caller, jti, expiresAtMs, nowMs) {
      let used = byCaller.get(caller);
      if (used === undefined) byCaller.set(caller, (used = new Map<string, number>()));
      const known = used.get(jti);
      if (known !== undefined && known > nowMs) return 'again';
      if (used.size >= perCallerMax) forgetExpired(used, nowMs);
      if (used.size >= perCallerMax) return 'full';
      used.set(jti, expiresAtMs);
      return 'first';
    },
  };
}

/**
 * Asks memory first and then the table that all instances share. Where the database is away, memory alone decides: what this process
 * has seen it never accepts again, and callers who sign in by JWT are not locked out by an outage that their tokens would survive.
 */
export function createSharedUsedJwts(parts: {
  shared: SharedJwts;
  log: { warn(fields: object, message: string): void };
  perCallerMax?: number;
  timeoutMs?: number;
}): UsedJwts {
  const { shared, log, perCallerMax, timeoutMs = STORE_TIMEOUT_MS } = parts;
  const local = createUsedJwts(perCallerMax);

  async function askShared(caller: string, jti: string, expiresAtMs: number): Promise<JwtUse> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      late.reject(new Error('no answer in time'));
    }, timeoutMs);
    try {
      return await Promise.race([shared.use(caller, jti, expiresAtMs), late.promise]);
    } catch (error) {
      log.warn({ caller, err: error }, 'Whether the JWT was used at another instance cannot be told now.');
      return 'first';
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    async use(caller, jti, expiresAtMs, nowMs) {
      const here = local.use(caller, jti, expiresAtMs, nowMs);
      return here === 'first' ? await askShared(caller, jti, expiresAtMs) : here;
    },
  };
}

/** On the database: one insert tells of all instances who was first. */
export function createJwtTable(database: Database, monotonicMs: () => number): SharedJwts {
  const db = database.db as unknown as Kysely<never>;
  let prunedAtMs = Number.NEGATIVE_INFINITY;

  function prune(): void {
    const nowMs = monotonicMs();
    if (nowMs - prunedAtMs < PRUNE_EVERY_MS) return;
    prunedAtMs = nowMs;
    sql`delete from used_jwts where (caller, jti_sha256) in (
      select caller, jti_sha256 from used_jwts where expires_at < clock_timestamp() limit ${PRUNED_MAX})`
      .execute(db)
      .catch(() => undefined); // the next one tries again
  }

  return {
    async use(caller, jti, expiresAtMs) {
      const hash = createHash('sha256').update(jti).digest('hex');
      const { rows } = await sql`insert into used_jwts (caller, jti_sha256, expires_at)
        values (${caller}, ${hash}, to_timestamp(${expiresAtMs / 1000}::float8)) on conflict do nothing
        returning 1`.execute(db);
      prune();
      return rows.length > 0 ? 'first' : 'again';
    },
  };
}
