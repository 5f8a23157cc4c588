import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { get } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Agent, request } from 'undici';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';
import { ADMIN_KEY, CREDENTIALS, testEnvironment } from '../support/bridge.ts';
import { startPostgres, temporaryDirectory, type PostgresServer } from '../support/databases.ts';
import { startMisbehaving } from '../support/misbehaving-server.ts';
import { spawnBridge, type SpawnedBridge } from '../support/spawned-bridge.ts';

const CALLERS_EACH = 2_000;
const SIGN_IN_MS = 1_000;

let postgres: PostgresServer;
let sandbox: RunningSandbox;
let environment: NodeJS.ProcessEnv;
let directory: string;
let instances: SpawnedBridge[];
const agent = new Agent({ connections: 200 });

interface TokenAnswer {
  status: number;
  body: {
    accessToken?: string;
    generation?: number;
    source?: string;
    code?: string;
    retryAfterSeconds?: number;
  };
}

async function ask(
  url: string,
  method: 'GET' | 'PUT' | 'POST',
  path: string,
  body?: object,
): Promise<TokenAnswer> {
  const answer = await request(`${url}${path}`, {
    method,
    dispatcher: agent,
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.body.text();
  return { status: answer.statusCode, body: text === '' ? {} : JSON.parse(text) };
}

const tokenOf = (url: string, name: string) => ask(url, 'GET', `/v1/connections/${name}/token`);

async function saveConnection(name: string, change: object = {}): Promise<void> {
  const { id, secret } = DEMO_PURECLOUD_CLIENT;
  const settings = {
    provider: 'purecloud',
    url: sandbox.purecloud.tokenUrl,
    clientId: id,
    clientSecret: secret,
  };
  const { status } = await ask(instances[0]!.url, 'PUT', `/v1/connections/${name}`, {
    ...settings,
    ...change,
  });
  expect(status).toBe(200);
  // A change is known everywhere by notice; a caller who comes sooner than the notice would see a 404.
  for (const { url } of instances)
    await eventually(async () => (await ask(url, 'GET', `/v1/connections/${name}`)).status === 200);
}

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('It did not come true in 15 s');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

beforeAll(async () => {
  [postgres, sandbox, directory] = await Promise.all([startPostgres(), startSandbox(), temporaryDirectory()]);
  environment = testEnvironment(directory, {
    DATABASE_URL: await postgres.createDatabase(),
    BRIDGE_SECRET_KEY: randomBytes(32).toString('base64'),
  });
  instances = await Promise.all([1, 2, 3].map(() => spawnBridge(environment)));
}, 60_000);

afterAll(async () => {
  await agent.destroy();
  await Promise.all(instances.map((instance) => instance.kill('SIGKILL')));
  await sandbox.close();
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
});

describe('three instances on one database', () => {
  test('sign in once for thousands of cold callers', async () => {
    await saveConnection('cold');
    sandbox.purecloud.faults.switchOn({ kind: 'slow', target: 'signIn', delayMs: SIGN_IN_MS, times: 1 });
    const before = sandbox.purecloud.state.counts.signIns;
    const answers = await Promise.all(
      instances.flatMap(({ url }) => Array.from({ length: CALLERS_EACH }, () => tokenOf(url, 'cold'))),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body.accessToken)).size).toBe(1);
    expect(sandbox.purecloud.state.counts.signIns - before).toBe(1);
  }, 60_000);

  test('tell each other of a rejected token', async () => {
    await saveConnection('rejected');
    const { body: first } = await tokenOf(instances[0]!.url, 'rejected');
    for (const { url } of instances)
      expect((await tokenOf(url, 'rejected')).body.generation).toBe(first.generation);
    await ask(instances[1]!.url, 'POST', '/v1/connections/rejected/token/reject', {
      generation: first.generation,
    });
    for (const { url } of instances)
      await eventually(
        async () => (await tokenOf(url, 'rejected')).body.generation === first.generation! + 1,
      );
  });

  test('latch a refused credential together, with one attempt', async () => {
    await saveConnection('refused', { clientSecret: 'wrong' });
    const before = sandbox.purecloud.state.counts.signIns;
    const answers = await Promise.all(
      instances.flatMap(({ url }) => Array.from({ length: 50 }, () => tokenOf(url, 'refused'))),
    );
    expect(new Set(answers.map(({ body }) => body.code))).toEqual(new Set(['credential_rejected']));
    expect(sandbox.purecloud.state.counts.signIns - before).toBe(1);
  });

  test('answer when the one that signs in is killed', async () => {
    await saveConnection('killed', { timeoutSeconds: 1 });
    sandbox.purecloud.faults.switchOn({ kind: 'slow', target: 'signIn', delayMs: 60_000, times: 1 });
    const [doomed, ...others] = instances as [SpawnedBridge, ...SpawnedBridge[]];
    const before = sandbox.purecloud.state.counts.signIns;
    const lost = tokenOf(doomed.url, 'killed').catch(() => undefined);
    await eventually(() => Promise.resolve(sandbox.purecloud.state.counts.signIns > before));
    await doomed.kill('SIGKILL');
    await lost;
    for (const { url } of others) await eventually(async () => (await tokenOf(url, 'killed')).status === 200);
    instances[0] = await spawnBridge(environment);
    expect((await tokenOf(instances[0].url, 'killed')).status).toBe(200);
  }, 60_000);

  test('serve what they hold while the database is away, refuse the rest for a while, and heal', async () => {
    await saveConnection('kept');
    await saveConnection('unknown');
    for (const { url } of instances) expect((await tokenOf(url, 'kept')).status).toBe(200);
    await postgres.goAway();
    for (const { url } of instances) {
      expect((await tokenOf(url, 'kept')).body.source).toBe('cache');
      const { status, body } = await tokenOf(url, 'unknown');
      expect([status, body.code]).toEqual([503, 'unavailable']);
      expect(body.retryAfterSeconds).toBeGreaterThan(0);
      expect((await ask(url, 'GET', '/readyz')).status).toBe(503);
      expect((await ask(url, 'GET', '/livez')).status).toBe(200);
    }
    await postgres.comeBack();
    for (const { url } of instances)
      await eventually(async () => (await tokenOf(url, 'unknown')).status === 200);
    for (const { url } of instances)
      await eventually(async () => (await ask(url, 'GET', '/readyz')).status === 200);
  }, 60_000);
});

/** Of the processes that have said where they listen. */
function pidsOf({ output }: SpawnedBridge): number[] {
  return [...output().matchAll(/"pid":(\d+),"url"/g)].map(([, pid]) => Number(pid));
}

test('WEB_CONCURRENCY starts several processes on one port, replaces one that dies, and stops them all', async () => {
  await saveConnection('clustered');
  const bridge = await spawnBridge({ ...environment, WEB_CONCURRENCY: '2', LOG_LEVEL: 'info' });
  const pids = () => pidsOf(bridge);
  await eventually(() => Promise.resolve(pids().length === 2));
  const [first] = pids();
  process.kill(first!, 'SIGKILL');
  await eventually(() => Promise.resolve(pids().length === 3));
  expect((await tokenOf(bridge.url, 'clustered')).status).toBe(200);
  expect(await bridge.kill('SIGTERM')).toBe(0);
  for (const pid of pids()) expect(() => process.kill(pid, 0)).toThrow();
}, 60_000);

/** How one request over a connection of its own ended: with an answer, cut off, or not at all. */
function ended(url: string, name: string): Promise<number | 'cut off' | 'hangs'> {
  return new Promise((resolve) => {
    const asked = get(`${url}/v1/connections/${name}/token`, {
      agent: false,
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    });
    const timer = setTimeout(() => {
      resolve('hangs');
      asked.destroy();
    }, 10_000);
    asked.on('close', () => {
      clearTimeout(timer);
      resolve('cut off');
    });
    asked.on('error', () => undefined);
    asked.on('response', (answer) => resolve(answer.resume().statusCode!));
  });
}

test('a process that is killed under load cuts callers off and leaves none of them waiting', async () => {
  await saveConnection('killed');
  const bridge = await spawnBridge({ ...environment, WEB_CONCURRENCY: '2', LOG_LEVEL: 'info' });
  const pids = () => pidsOf(bridge);
  await eventually(() => Promise.resolve(pids().length === 2));
  let isLoaded = true;
  const endings = new Set<number | string>();
  const load = Array.from({ length: 6 }, async () => {
    while (isLoaded) endings.add(await ended(bridge.url, 'killed'));
  });
  for (const kills of [1, 2, 3]) {
    await eventually(() => Promise.resolve(endings.has(200)));
    process.kill(pids().at(-1)!, 'SIGKILL');
    await eventually(() => Promise.resolve(pids().length === 2 + kills));
  }
  isLoaded = false;
  await Promise.all(load);
  expect([...endings].filter((ending) => ending !== 'cut off')).toEqual([200]);
  expect(await bridge.kill('SIGTERM')).toBe(0);
}, 60_000);

test('Ctrl+C, which reaches every process of a terminal, lets what is in flight end', async () => {
  const upstream = await startMisbehaving('slowBody', { intervalMs: 50 });
  const bridge = await spawnBridge({ ...environment, WEB_CONCURRENCY: '2', LOG_LEVEL: 'info' });
  await eventually(() => Promise.resolve(pidsOf(bridge).length === 2));
  const inFlight = ask(bridge.url, 'POST', '/v1/bearer-token-requests', {
    ...CREDENTIALS,
    url: upstream.url,
    timeoutSeconds: 2,
  });
  await eventually(() => Promise.resolve(upstream.seen.requests.length > 0));
  const stopped = () => bridge.output().split('stopping: requests in flight').length - 1;
  for (const pid of pidsOf(bridge)) process.kill(pid, 'SIGINT');
  await eventually(() => Promise.resolve(stopped() === 2));
  bridge.process.kill('SIGINT');
  expect((await inFlight).body).toMatchObject({ exitPath: 'Timeout' });
  expect(await bridge.ended).toBe(0);
  await upstream.close();
}, 60_000);
