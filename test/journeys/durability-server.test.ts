/** The process is killed in the middle of its writes to a PostgreSQL server, again and again: what it had acknowledged is there. */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { testEnvironment } from '../support/bridge.ts';
import { startPostgres, temporaryDirectory } from '../support/databases.ts';
import { killAndCompare } from '../support/kill-and-compare.ts';

const KILLS = 10;

test('a PostgreSQL server holds every change, run and audit entry that was acknowledged before a kill -9', async () => {
  const [postgres, dataDir] = await Promise.all([startPostgres(), temporaryDirectory()]);
  const databaseUrl = await postgres.createDatabase();
  const secretKey = randomBytes(32).toString('base64');
  const env = testEnvironment(dataDir, { DATABASE_URL: databaseUrl, BRIDGE_SECRET_KEY: secretKey });
  const report = await killAndCompare(env, KILLS, { dataDir, databaseUrl });
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
  expect(report).toMatchObject({ lost: [], audit: 'whole' });
  expect(report.acknowledged).toBeGreaterThan(KILLS * 5);
  expect(Math.min(report.runs, report.removed)).toBeGreaterThan(0);
}, 240_000);
