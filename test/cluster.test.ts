import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceAfterMs } from '../server/cluster.ts';
import { testEnvironment } from './support/bridge.ts';
import { childEnvironment } from './support/child-environment.ts';
import { temporaryDirectory } from './support/databases.ts';
import { LAUNCHER } from './support/spawned-bridge.ts';

test('a process that dies again and again is replaced ever later, and never later than half a minute', () => {
  expect([0, 1, 2, 6, 7, 50].map(replaceAfterMs)).toEqual([500, 1000, 2000, 30_000, 30_000, 30_000]);
});

describe('several processes of which none can start', () => {
  let directory: string;
  let primary: ChildProcess;
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(async () => {
    primary.kill('SIGKILL');
    await rm(directory, { recursive: true });
  });

  /** Over a database that nobody has. */
  function serve(env: NodeJS.ProcessEnv = {}) {
    const several = { WEB_CONCURRENCY: '2', DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' };
    primary = spawn(process.execPath, [LAUNCHER, 'serve'], {
      env: childEnvironment(testEnvironment(directory, { ...several, LOG_LEVEL: 'error', ...env })),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const printed = (pattern: RegExp) =>
      new Promise<void>((resolve) => {
        const look = (chunk: Buffer) => {
          output += chunk.toString();
          if (pattern.test(output)) resolve();
        };
        primary.stdout!.on('data', look);
        primary.stderr!.on('data', look);
      });
    const ended = once(primary, 'close').then(([code]) => code as number | null);
    return { printed, ended };
  }

  test('are started again where that may help, and end when they are told to', async () => {
    const { printed, ended } = serve();
    await printed(/a process died and will be replaced/);
    primary.kill('SIGTERM');
    expect(await ended).toBe(0);
  }, 30_000);

  test('end with 2 where someone has to put something right', async () => {
    const file = join(directory, 'bridge.yaml');
    await writeFile(file, 'conections: {}\n');
    const { printed, ended } = serve({ BRIDGE_CONFIG: file });
    await printed(/did you mean "connections"/);
    expect(await ended).toBe(2);
  }, 30_000);
});
