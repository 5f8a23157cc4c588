/** The demo, broken off by whoever has seen enough. */
import { expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { childEnvironment } from '../support/child-environment.ts';
import { temporaryDirectory } from '../support/databases.ts';
import { LAUNCHER } from '../support/spawned-bridge.ts';

test('ends in the middle of its story when it is told to, and leaves nothing behind', async () => {
  const directory = await temporaryDirectory();
  const demo = spawn(process.execPath, [LAUNCHER, 'demo'], {
    env: childEnvironment({ TMPDIR: directory }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(demo, 'close');
  let told = '';
  for await (const chunk of demo.stdout) {
    told += String(chunk);
    if (!demo.killed && told.includes('1. A PureCloud token')) demo.kill('SIGINT');
  }
  expect(await ended).toEqual([0, null]);
  expect(told).not.toContain('It stays up');
  expect(await readdir(directory)).toEqual([]);
  await rm(directory, { recursive: true });
}, 60_000);
