/** Many requests at once, and callers that do not wait for their answers. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Agent, request } from 'undici';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';
import type { BearerTokenAnswer } from '../../server/bearer/answer.ts';
import { ADMIN_KEY, testEnvironment } from '../support/bridge.ts';
import { embeddedDataDirectory } from '../support/databases.ts';
import { startMisbehaving } from '../support/misbehaving-server.ts';
import { dialRaw } from '../support/raw-http.ts';
import { spawnBridge, type SpawnedBridge } from '../support/spawned-bridge.ts';

const MIB = 1024 * 1024;
const HEADERS = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' };

let directory: string;
let sandbox: RunningSandbox;
let bridge: SpawnedBridge;
let agent: Agent;
beforeAll(async () => {
  directory = await embeddedDataDirectory();
  sandbox = await startSandbox();
  bridge = await spawnBridge(testEnvironment(directory, { LOG_LEVEL: 'error' }));
  agent = new Agent({ connections: 500, headersTimeout: 60_000 });
}, 30_000);
beforeEach(() => {
  sandbox.purecloud.faults.switchOff();
});
afterAll(async () => {
  await agent.close();
  await bridge.kill('SIGKILL');
  await sandbox.close();
  await rm(directory, { recursive: true, force: true });
});

const inputFor = (url: string, more: object = {}) =>
  JSON.stringify({
    url,
    clientId: DEMO_PURECLOUD_CLIENT.id,
    clientSecret: DEMO_PURECLOUD_CLIENT.secret,
    ...more,
  });

async function ask(body: string): Promise<BearerTokenAnswer> {
  const path = `${bridge.url}/v1/bearer-token-requests`;
  const answer = await request(path, { method: 'POST', headers: HEADERS, body, dispatcher: agent });
  return (await answer.body.json()) as BearerTokenAnswer;
}

/** Resident memory of the bridge, in bytes, where the system tells it. */
async function memory(): Promise<number> {
  const status = await readFile(`/proc/${bridge.process.pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}

async function openFiles(): Promise<number> {
  return (await readdir(`/proc/${bridge.process.pid}/fd`).catch(() => [])).length;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('two thousand requests at once', () => {
  test('all get their own token, over no more connections than one origin may have', async () => {
    const body = inputFor(sandbox.purecloud.tokenUrl, { timeoutSeconds: 60 });
    const round = async (count: number) => {
      const answers = await Promise.all(Array.from({ length: count }, () => ask(body)));
      expect(answers.filter(({ exitPath }) => exitPath !== 'Success')).toEqual([]);
      expect(new Set(answers.map(({ bearerAccessToken }) => bearerAccessToken)).size).toBe(count);
      return memory();
    };
    const afterOne = await round(2000);
    expect(sandbox.purecloud.state.counts.signInsAtOnceMax).toBeLessThanOrEqual(256);
    // The first fills the heap to its working size; what one leaves behind shows in the next.
    expect((await round(1000)) - afterOne).toBeLessThan(100 * MIB);
    expect(bridge.output()).not.toMatch(/"level":"(error|fatal)"|Warning/);
  }, 60_000);
});

describe('a caller that goes away', () => {
  test('before its answer takes nobody with it, leaves nothing open, and is no error', async () => {
    const upstream = await startMisbehaving('silent');
    await ask(inputFor(sandbox.purecloud.tokenUrl));
    const filesBefore = await openFiles();
    const body = inputFor(upstream.url, { timeoutSeconds: 60 });
    const head = `POST /v1/bearer-token-requests HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    const callers = await Promise.all(Array.from({ length: 50 }, () => dialRaw(bridge.url)));
    for (const [index, caller] of callers.entries())
      caller.write(head + (index % 2 === 0 ? body : body.slice(0, 20)));
    await until(() => upstream.seen.requests.length === 25);
    for (const [index, caller] of callers.entries()) {
      if (index % 3 === 0) caller.resetAndDestroy();
      else caller.destroy();
    }
    // Sockets to the upstream, which would have been waited on for a minute, are closed with their callers.
    await until(async () => (await openFiles()) <= filesBefore);
    expect(await ask(inputFor(sandbox.purecloud.tokenUrl))).toMatchObject({ exitPath: 'Success' });
    expect(bridge.output()).not.toMatch(/"level":"(error|fatal)"/);
    await upstream.close();
  });

  test('in the middle of an answer it is being sent is no error either', async () => {
    const callers = await Promise.all(Array.from({ length: 20 }, () => dialRaw(bridge.url)));
    for (const caller of callers) {
      caller.write('GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(20));
      caller.resetAndDestroy();
    }
    expect(await ask(inputFor(sandbox.purecloud.tokenUrl))).toMatchObject({ exitPath: 'Success' });
    expect(bridge.process.exitCode).toBeNull();
    expect(bridge.output()).not.toMatch(/"level":"(error|fatal)"/);
  });
});

test('requests that fail in many ways at once leave no connection open', async () => {
  const kinds = [
    'resetBeforeAnswer',
    'resetInBody',
    'garbage',
    'shortBody',
    'hugeBody',
    'slowBody',
    'tlsSilent',
    'tlsAlert',
    'tlsReset',
  ] as const;
  const filesBefore = await openFiles();
  const servers = await Promise.all(kinds.map((kind) => startMisbehaving(kind)));
  const asked = servers.flatMap(({ url }) =>
    Array.from({ length: 20 }, () => ask(inputFor(url, { timeoutSeconds: 1 }))),
  );
  for (const { exitPath, diagnosis } of await Promise.all(asked)) {
    expect(exitPath).not.toBe('Success');
    expect(diagnosis?.code).not.toBe('not_recognised');
  }
  await agent.close();
  agent = new Agent({ connections: 500 });
  await until(async () => (await openFiles()) <= filesBefore);
  await Promise.all(servers.map((server) => server.close()));
});

test('a request that waits in line until its time is over ends as a timeout like any other', async () => {
  const upstream = await startMisbehaving('silent');
  // None of them gives its place away before the other has waited in vain.
  const holding = Array.from({ length: 256 }, () => ask(inputFor(upstream.url, { timeoutSeconds: 60 })));
  await until(() => upstream.seen.requests.length === 256);
  const waiting = await ask(inputFor(upstream.url, { timeoutSeconds: 1 }));
  expect(waiting).toMatchObject({ exitPath: 'Timeout' });
  expect(waiting.diagnosis?.code).not.toBe('not_recognised');
  expect(upstream.seen.requests).toHaveLength(256);
  await upstream.close();
  expect((await Promise.all(holding)).filter(({ exitPath }) => exitPath === 'Success')).toEqual([]);
});
