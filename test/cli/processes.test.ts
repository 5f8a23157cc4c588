/** The command line as a process, started as an operator starts it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import { execFileSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { request } from 'undici';
import { ADMIN_KEY, startTestBridge, testEnvironment } from '../support/bridge.ts';
import { childEnvironment } from '../support/child-environment.ts';
import { embeddedDataDirectory } from '../support/databases.ts';
import { freePort } from '../support/free-port.ts';

const ROOT = join(import.meta.dirname, '../..');
const LAUNCHER = join(ROOT, 'server/cli/pcbridge.js');

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Run {
  child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves when `pattern` was printed, with what it matched. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  ended: Promise<number | string>;
}

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}, node = process.execPath): Run {
  const child = spawn(node, [LAUNCHER, ...args], {
    env: childEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  const printed = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(stdout) ?? pattern.exec(stderr);
        if (match !== null) resolve(match);
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      look();
      void ended.then((code) =>
        reject(new Error(`ended with ${code} before ${pattern}:\n${stdout}${stderr}`)),
      );
    });
  return { child, stdout: () => stdout, stderr: () => stderr, printed, ended };
}

test('ends without a word when whoever reads its data has enough', async () => {
  const { child, stderr, ended } = run(['openapi']);
  child.stdout!.once('data', () => child.stdout!.destroy());
  expect({ exitCode: await ended, stderr: stderr() }).toEqual({ exitCode: 130, stderr: '' });
});

const onFullDisk = existsSync('/dev/full') ? test : test.skip;

/** Its output goes to a disk without space. */
async function runOnFullDisk(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const full = await open('/dev/full', 'w');
  const child = spawn(process.execPath, [LAUNCHER, ...args], {
    env: childEnvironment(env),
    stdio: ['ignore', full.fd, 'pipe'],
  });
  children.push(child);
  const [stderr, [exitCode]] = await Promise.all([readAll(child.stderr!), once(child, 'close')]);
  await full.close();
  return { exitCode: exitCode as number, stderr };
}

onFullDisk('says in plain words that the output cannot be written', async () => {
  expect(await runOnFullDisk(['openapi'])).toEqual({
    exitCode: 1,
    stderr: expect.stringMatching(/^Error: The output cannot be written \(ENOSPC\)\.\nTry: [^\n]*\n$/),
  });
});

onFullDisk('says of a key that was made and not shown how to get another', async () => {
  const bridge = await startTestBridge();
  const env = { PCBRIDGE_URL: bridge.url, PCBRIDGE_KEY: ADMIN_KEY };
  expect(await runOnFullDisk(['caller', 'add', 'job', '--permission', 'read'], env)).toEqual({
    exitCode: 1,
    stderr: expect.stringMatching(
      /caller job has a new API key, and nobody has seen it.*caller rotate job\nError: The output/s,
    ),
  });
  await bridge.stop();
});

describe('pcbridge sandbox', () => {
  test('listens on the port it is told and the next, and ends with 0 when it is told to stop', async () => {
    const port = await freePort(2);
    const sandbox = run(['sandbox', '--port', String(port)]);
    await sandbox.printed(/Press Ctrl\+C to stop/);
    for (const each of [port, port + 1]) {
      const { statusCode } = await request(`http://127.0.0.1:${each}/_sandbox/state`);
      expect(statusCode).toBe(200);
    }
    expect(sandbox.stdout()).toBe('');
    sandbox.child.kill('SIGTERM');
    expect(await sandbox.ended).toBe(0);
  });
});

describe('pcbridge serve', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await embeddedDataDirectory();
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  test('says in plain words that a port is in use, and ends with 2', async () => {
    const holder = net.createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const serve = run(['serve'], testEnvironment(directory, { PORT: String(port) }));
    expect(await serve.ended).toBe(2);
    expect(serve.stderr()).toMatch(
      `Error: Port ${port} of 127.0.0.1 is in use by another program.\nTry: stop that program, or choose another port: PORT`,
    );
    holder.close();
  });

  test('shows the key that a first start made also where that start fails', async () => {
    const holder = net.createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const fresh = await embeddedDataDirectory();
    const env = testEnvironment(fresh, { PORT: String(port), BRIDGE_ADMIN_KEY: '' });
    const failed = run(['serve'], env);
    expect(await failed.ended).toBe(2);
    const [, key] = /API key of the caller admin, shown this once: (\S+)\n.*in use/.exec(failed.stderr())!;
    const serve = run(['serve'], { ...env, PORT: '0' });
    const [, url] = await serve.printed(/listens at (\S+)/);
    const headers = { authorization: `Bearer ${key}` };
    expect((await request(`${url}/v1/callers`, { headers })).statusCode).toBe(200);
    serve.child.kill('SIGTERM');
    expect(await serve.ended).toBe(0);
    await rm(fresh, { recursive: true, force: true });
    holder.close();
  });
});

function oldNode(): string | undefined {
  const candidates = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'node'));
  return candidates.find((node) => {
    if (!existsSync(node)) return false;
    const [, major] = /^v(\d+)\./.exec(execFileSync(node, ['--version']).toString()) ?? [];
    return Number(major) < 24;
  });
}

describe('the launcher', () => {
  const node = oldNode();
  const withOldNode = node === undefined ? test.skip : test;

  test('runs as the bin of the package', async () => {
    const bin = execFileSync(join(ROOT, 'server/cli/pcbridge.js'), ['--version'], {
      env: { PATH: `${join(process.execPath, '..')}` },
    });
    expect(bin.toString().trim()).toMatch(/^\d+\.\d+\.\d+$/);
  });

  withOldNode('finds the right Node by itself, and hands exit codes through', async () => {
    const version = run(['--version'], {}, node);
    expect(await version.ended).toBe(0);
    expect(version.stdout().trim()).toMatch(/^\d+\.\d+\.\d+$/);
    expect(await run(['nonsense'], {}, node).ended).toBe(2);
  });

  withOldNode('hands a signal on, and leaves nobody behind', async () => {
    const port = await freePort(2);
    const sandbox = run(['sandbox', '--port', String(port)], {}, node);
    await sandbox.printed(/Press Ctrl\+C to stop/);
    sandbox.child.kill('SIGTERM');
    expect(await sandbox.ended).toBe(0);
    await expect(request(`http://127.0.0.1:${port}/_sandbox/state`)).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });
});
