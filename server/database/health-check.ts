/** Whether the database answers, within a time in which a probe can wait. */
import { sql, type Kysely } from 'kysely';
import type { DatabaseHealth } from './database.ts';
import type { Tables } from './tables.ts';

const HEALTH_TIMEOUT_MS = 2_000;

/** Never throws. The reason is for people and names no host. */
export async function checkHealth(db: Kysely<Tables>): Promise<DatabaseHealth> {
  const startedAtMs = performance.now();
  const { promise: late, resolve } = Promise.withResolvers<DatabaseHealth>();
  const timer = setTimeout(() => {
    resolve({ healthy: false, reason: `no answer within ${HEALTH_TIMEOUT_MS / 1000} seconds` });
  }, HEALTH_TIMEOUT_MS);
  const answer = sql`select 1`.execute(db).then(
    (): DatabaseHealth => ({ healthy: true, latencyMs: Math.round(performance.now() - startedAtMs) }),
    (): DatabaseHealth => ({ healthy: false, reason: 'the database does not answer' }),
  );
  return await Promise.race([answer, late]).finally(() => {
    clearTimeout(timer);
  });
}
