/** `pcbridge serve` on a data directory that cannot be opened: says why and what to do, and ends with 2. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { testEnvironment } from '../support/bridge.ts';
import { childEnvironment } from '../support/child-environment.ts';
import { embeddedDataDirectory, temporaryDirectory } from '../support/databases.ts';
import { spawnBridge } from '../support/spawned-bridge.ts';

const LAUNCHER = join(import.meta.dirname, '../../server/cli/pcbridge.js');
const isRoot = process.getuid?.() === 0;
const undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

function removedAfterwards(directory: string): string {
  undo.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function serve(
  dataDir: string,
  settings: Record<string, string> = {},
): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [LAUNCHER, 'serve'], {
    env: childEnvironment(testEnvironment(dataDir, settings)),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  undo.push(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdout.resume();
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}

/** @returns undefined where no file system can be mounted. */
async function mounted(options: string): Promise<string | undefined> {
  const directory = removedAfterwards(await mkdtemp(join(tmpdir(), 'purecloud-bridge-mount-')));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  undo.push(() => execFileSync('umount', ['-l', directory]));
  return directory;
}

test('locked by another process: names it', async () => {
  const dataDir = removedAfterwards(await embeddedDataDirectory());
  const holder = await spawnBridge(testEnvironment(dataDir));
  undo.push(() => holder.kill('SIGKILL'));
  const { code, said } = await serve(dataDir);
  expect(said).toContain(`process ${holder.process.pid}`);
  expect(said).toMatch(/Try: /);
  expect(code).toBe(2);
});

test('damaged: restore a backup', async () => {
  const dataDir = removedAfterwards(await embeddedDataDirectory());
  await rm(join(dataDir, 'database/PG_VERSION'));
  const { code, said } = await serve(dataDir);
  expect(said).toMatch(/damaged[^]*Try: Restore a backup with "pcbridge restore"/);
  expect(code).toBe(2);
});

test('certificates in what is a file: names the variable', async () => {
  const dataDir = removedAfterwards(await embeddedDataDirectory());
  const file = join(dataDir, 'database/PG_VERSION');
  const { code, said } = await serve(dataDir, { BRIDGE_CERTIFICATES_DIR: file });
  expect(said).toMatch(/BRIDGE_CERTIFICATES_DIR names .*PG_VERSION, which is no directory.*EEXIST/);
  expect(code).toBe(2);
});

test('no space: how much is needed', async () => {
  const small = await mounted('size=20m');
  if (small === undefined) return console.warn('left out: a small disk can only be mounted by root on Linux');
  const { code, said } = await serve(small);
  expect(said).toMatch(/no space left[^]*Try: Free some space, at least 100 MB/);
  expect(code).toBe(2);
});

test('read-only: which right is missing', async () => {
  const directory = isRoot ? await mounted('ro') : removedAfterwards(await temporaryDirectory());
  if (directory === undefined) return console.warn('left out: nothing is read-only to root here');
  if (!isRoot) await chmod(directory, 0o500);
  const { code, said } = await serve(directory);
  expect(said).toMatch(
    /may not write to its data directory[^]*Try: Give the user that runs the bridge the right/,
  );
  expect(code).toBe(2);
});

test('a file in its place: name a directory', async () => {
  const directory = removedAfterwards(await temporaryDirectory());
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'file'), '');
  const { code, said } = await serve(join(directory, 'file'));
  expect(said).toMatch(/is a file[^]*Try: Name a directory in BRIDGE_DATA_DIR/);
  expect(code).toBe(2);
});
