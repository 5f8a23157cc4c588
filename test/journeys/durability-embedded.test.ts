/** The process is killed in the middle of its writes, again and again: what it had acknowledged is there. */
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { testEnvironment } from '../support/bridge.ts';
import { embeddedDataDirectory } from '../support/databases.ts';
import { killAndCompare } from '../support/kill-and-compare.ts';

const KILLS = 10;
/** A killed process loses nothing that it gave to the kernel, on a disk or not; here nobody else is waited for. */
const MEMORY = '/dev/shm';

test('the embedded database holds every change, run and audit entry that was acknowledged before a kill -9', async () => {
  const migrated = await embeddedDataDirectory();
  const dataDir = await mkdtemp(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'purecloud-bridge-'));
  await cp(migrated, dataDir, { recursive: true });
  const report = await killAndCompare(testEnvironment(dataDir), KILLS, { dataDir });
  for (const directory of [migrated, dataDir]) await rm(directory, { recursive: true, force: true });
  expect(report).toMatchObject({ lost: [], audit: 'whole' });
  expect(report.acknowledged).toBeGreaterThan(KILLS * 5);
  expect(Math.min(report.runs, report.removed)).toBeGreaterThan(0);
}, 240_000);
