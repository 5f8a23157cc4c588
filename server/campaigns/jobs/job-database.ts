/** The bridge's database as pg-boss asks it: the same pool, the same embedded PostgreSQL, the same listening connection. */
import type { Db } from 'pg-boss';
import type { Database } from '../../database/database.ts';

export type JobDatabase = Db & Required<Pick<Db, 'listen'>>;

async function executorOf({ raw }: Database): Promise<Pick<Db, 'executeSql'>> {
  if (raw.kind === 'embedded') return (await import('pg-boss')).fromPglite(raw.pglite);
  return {
    // Without values several statements may come at once, and node-postgres answers with one result for each.
    async executeSql(text, values) {
      const answer: unknown = await (values === undefined
        ? raw.pool.query(text)
        : raw.pool.query(text, values));
      const results = (Array.isArray(answer) ? answer : [answer]) as { rows?: unknown[] }[];
      return { rows: results.flatMap(({ rows = [] }) => rows) };
    },
  };
}

export async function createJobDatabase(database: Database): Promise<JobDatabase> {
  const { executeSql } = await executorOf(database);
  return {
    executeSql: (text, values) => executeSql(text, values),
    async listen(channel, onNotification, onReconnect) {
      const close = await database.listen(channel, { onMessage: onNotification, onGap: onReconnect });
      onReconnect();
      return { close };
    },
  };
}
