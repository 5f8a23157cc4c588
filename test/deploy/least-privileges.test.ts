/** The bridge needs an ordinary user without any capability, a read-only root, and one directory to write to. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ADMIN_KEY, testEnvironment } from '../support/bridge.ts';
import { ROOT } from './support/files.ts';

const NOBODY = '65534';
/** In a mount space of its own: all is read-only but $DATA, which is gone with the process. */
const CONFINE = [
  'mount --make-rprivate /',
  `mount -t tmpfs -o uid=${NOBODY},gid=${NOBODY},mode=700 tmpfs "$DATA"`,
  'mount -o remount,bind,ro /',
  '! touch /forbidden 2>/dev/null',
  `exec setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups --no-new-privs --bounding-set=-all "$@"`,
].join(' && ');

function confined(dataDir: string, ...command: string[]): [string, string[]] {
  return ['unshare', ['--mount', 'env', `DATA=${dataDir}`, 'sh', '-c', CONFINE, 'sh', ...command]];
}

/** @returns why it cannot be tried here. */
function obstacle(dataDir: string): string | undefined {
  if (process.getuid?.() !== 0 || process.platform !== 'linux')
    return 'only root on Linux can take rights away like that';
  try {
    execFileSync(...confined(dataDir, process.execPath, '-e', `fs.readFileSync('${ROOT}/package.json')`), {
      stdio: 'ignore',
    });
    return undefined;
  } catch {
    return 'this system lets nobody make a read-only root, or an ordinary user cannot read the project';
  }
}

test('runs as nobody on a read-only root, with a data directory alone to write to', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'purecloud-bridge-'));
  const why = obstacle(dataDir);
  if (why !== undefined) return console.warn(`left out: ${why}`);
  const { PATH } = process.env;
  const child = spawn(...confined(dataDir, process.execPath, join(ROOT, 'server/cli/pcbridge.js'), 'serve'), {
    env: { PATH, ...testEnvironment(dataDir) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const [, listening] = /listens at (\S+)/.exec(output) ?? [];
      if (listening !== undefined) resolve(listening);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', () => reject(new Error(output)));
  });
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ permissions: ['read'] });
  expect((await fetch(`${url}/v1/callers/job`, { method: 'PUT', headers, body })).status).toBe(200);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  child.kill('SIGTERM');
  expect((await once(child, 'exit'))[0]).toBe(0);
  await rm(dataDir, { recursive: true, force: true });
}, 60_000);
