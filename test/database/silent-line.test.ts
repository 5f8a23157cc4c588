import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { endingWhenSilent } from '../../server/database/silent-line.ts';
import { startPostgres, type PostgresServer } from '../support/databases.ts';
import { startFaultyLink, type FaultyLink } from '../support/faulty-link.ts';

const SILENT_MS = 400;

let server: PostgresServer;
let link: FaultyLink;
let pool: pg.Pool;

beforeAll(async () => {
  server = await startPostgres();
  const url = new URL(server.adminUrl);
  link = await startFaultyLink(Number(url.port));
  url.port = String(link.port);
  pool = new pg.Pool({ connectionString: url.href, stream: endingWhenSilent(SILENT_MS) });
  pool.on('error', () => undefined);
}, 60_000);
afterAll(async () => {
  await pool.end();
  await link.close();
  await server.stop();
});

test('a line that has fallen silent gives up what waits on it, and the pool goes on over another', async () => {
  await pool.query('select 1');
  link.stall();
  await expect(pool.query('select 1')).rejects.toThrow('Connection terminated');
  await link.heal();
  expect((await pool.query('select 2 as two')).rows).toEqual([{ two: 2 }]);
});

test('a line on which something comes lives longer than that', async () => {
  const client = await pool.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  for (let round = 0; round < 4; round += 1) await client.query(`select pg_sleep(${SILENT_MS / 2_000})`);
  expect((await client.query('select pg_backend_pid() as pid')).rows).toEqual(rows);
  client.release();
});
