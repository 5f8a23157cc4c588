/** The key that seals stored secrets is replaced under a bridge that is read and written all the time. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';
import { loadConfig } from '../../server/config.ts';
import { generateSecretKey } from '../../server/database/sealed-secret.ts';
import { SECRET_KEY_FILE } from '../../server/database/secret-key.ts';
import { startBridge, type RunningBridge } from '../../server/main.ts';
import { ADMIN_KEY, testEnvironment } from '../support/bridge.ts';
import { runCli } from '../support/cli.ts';
import { embeddedDataDirectory } from '../support/databases.ts';

const NAMES = ['one', 'two'];

let sandbox: RunningSandbox;
let dataDir: string;
let bridge: RunningBridge | undefined;

beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  dataDir = await embeddedDataDirectory();
});
afterEach(async () => {
  await bridge?.stop();
  bridge = undefined;
  await rm(dataDir, { recursive: true });
});

async function start(env: NodeJS.ProcessEnv = {}): Promise<void> {
  bridge = await startBridge(loadConfig(testEnvironment(dataDir, env)), { handleSignals: false });
}

async function call(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const answer = await fetch(`${bridge!.url}/v1/connections/${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

function connection(timeoutSeconds: number) {
  return {
    provider: 'purecloud',
    url: sandbox.purecloud.tokenUrl,
    clientId: DEMO_PURECLOUD_CLIENT.id,
    timeoutSeconds,
  };
}

async function putAll(): Promise<void> {
  for (const name of NAMES)
    await call('PUT', name, { ...connection(5), clientSecret: DEMO_PURECLOUD_CLIENT.secret });
}

function rotate(env: NodeJS.ProcessEnv = {}, args: readonly string[] = []) {
  return runCli(['key', 'rotate', '--json', ...args], {
    env: { PCBRIDGE_URL: bridge!.url, PCBRIDGE_KEY: ADMIN_KEY, ...env },
  });
}

function keysInFile(): Promise<string[]> {
  return readFile(join(dataDir, SECRET_KEY_FILE), 'utf8').then((text) => text.trim().split('\n'));
}

describe('pcbridge key rotate', () => {
  test('replaces the key of the key file while no read and no sign-in fails', async () => {
    await start();
    await putAll();
    const [before] = await keysInFile();
    let goesOn = true;
    let reads = 0;
    // A change makes the bridge read the row and open its secrets anew; a rejected token makes it sign in with them.
    const readers = NAMES.map(async (name, index) => {
      for (let round = 0; goesOn; round += 1) {
        await call('PUT', name, connection(5 + ((round + index) % 50)));
        const { generation } = await call('GET', `${name}/token`);
        await call('POST', `${name}/token/reject`, { generation: generation as number });
        await call('GET', name);
        reads += 1;
      }
    });
    const rotations = (async () => {
      for (let rotation = 0; rotation < 2; rotation += 1) {
        const seen = reads;
        const { exitCode, stdout } = await rotate();
        expect({ exitCode, ...(JSON.parse(stdout) as object) }).toMatchObject({
          exitCode: 0,
          source: 'file',
          nextStep: 'none',
        });
        while (reads < seen + 2) await new Promise(setImmediate);
      }
    })();
    await rotations.finally(() => (goesOn = false));
    await Promise.all(readers);
    const after = await keysInFile();
    expect(after).toHaveLength(1);
    expect(after).not.toContain(before);

    await bridge!.stop();
    await start();
    for (const name of NAMES) expect(await call('GET', `${name}/token`)).toHaveProperty('accessToken');
  });

  test('works on the store itself where no bridge runs, and not under one that does', async () => {
    await start();
    await putAll();
    const local = { PCBRIDGE_URL: '', ...testEnvironment(dataDir) };
    expect(await rotate(local)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(/A running bridge holds the store.*--url/s),
    });
    await bridge!.stop();
    expect(JSON.parse((await rotate(local)).stdout)).toMatchObject({
      source: 'file',
      resealed: NAMES.length,
    });
    await start();
    expect(await call('GET', 'one/token')).toHaveProperty('accessToken');
  });

  test('does not take the key of a file away from a bridge it cannot see', async () => {
    const shared = { ...testEnvironment(dataDir), DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' };
    expect(await runCli(['key', 'rotate'], { env: shared })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/would lose its key.*--offline/s),
    });
  });

  test('says what to do where a secret is sealed with a key that is not there', async () => {
    await start();
    await putAll();
    await bridge!.stop();
    const keys = [0, 1].map(() => generateSecretKey().key.reveal()).join(',');
    const env = testEnvironment(dataDir, { BRIDGE_SECRET_KEY: keys });
    expect(await runCli(['key', 'rotate'], { env })).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(/stored secret connection\|one\|.*Try: .*BRIDGE_SECRET_KEY/s),
    });
  });

  test('is what a bridge asks for that was started with another key, and shows all the same how everything is', async () => {
    await start();
    await putAll();
    await call('GET', 'one/token');
    await bridge!.stop();
    await start({ BRIDGE_SECRET_KEY: generateSecretKey().key.reveal() });
    const env = { PCBRIDGE_URL: bridge!.url, PCBRIDGE_KEY: ADMIN_KEY };
    expect(await runCli(['status'], { env })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(
        /^one +Action needed[^]*\none: The stored secrets cannot be opened\n +Try: .*BRIDGE_SECRET_KEY/m,
      ),
    });
    for (const command of [['token'], ['connection', 'test']])
      expect(await runCli([...command, 'one'], { env })).toMatchObject({
        exitCode: 2,
        stderr: expect.stringMatching(/^Error: The stored secret [^]*\nTry: .*BRIDGE_SECRET_KEY/),
      });
  });

  test('says what to do where only the operator can change the key', async () => {
    const env = testEnvironment(dataDir, { BRIDGE_SECRET_KEY: generateSecretKey().key.reveal() });
    expect(await runCli(['key', 'rotate'], { env })).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: expect.stringMatching(/1\. Make a new key.*OLD,NEW.*NEW,OLD.*key rotate" again/s),
    });
  });
});
