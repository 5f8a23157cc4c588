/** `Idempotency-Key` of a caller that goes away: what was begun for it is done once, and its answer waits. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import express from 'express';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createIdempotencyKeys, type IdempotencyKeys } from '../../server/callers/idempotency-keys.ts';
import type { Database } from '../../server/database/database.ts';
import { generateSecretKey } from '../../server/database/sealed-secret.ts';
import { withLocals } from '../../server/http/bridge-response.ts';
import { createIdempotency } from '../../server/http/idempotency.ts';
import { mountRoutes } from '../../server/http/mount-routes.ts';
import { problemHandler } from '../../server/http/problem.ts';
import type { Route } from '../../server/http/route.ts';
import type { Log } from '../../server/telemetry/log.ts';
import { startEmbedded, type TestDatabases } from '../support/databases.ts';

let databases: TestDatabases;
let database: Database;
beforeAll(async () => {
  databases = await startEmbedded();
  database = await databases.open();
});
afterAll(() => databases.stop());

let server: Server;
let url: string;
/** What begins to work, what a key is found to be, and what ends in an error. */
let begun: number;
let states: string[];
let failed: unknown[];
let logged: unknown[];
let work: (gone: Promise<void>) => Promise<object>;

beforeEach(async () => {
  begun = 0;
  [states, failed, logged] = [[], [], []];
  const ring = { current: generateSecretKey(), previous: [] };
  const keys = createIdempotencyKeys({ database, ring, monotonicMs: () => performance.now() });
  const watched: IdempotencyKeys = {
    ...keys,
    async begin(request) {
      const answer = await keys.begin(request);
      states.push(answer.state);
      return answer;
    },
  };
  const route: Route = {
    method: 'post',
    path: '/work',
    operationId: 'work',
    tag: 'Work',
    summary: 'Work',
    idempotent: true,
    answers: { 201: { description: 'Done.' } },
    handle({ response }) {
      begun += 1;
      return work(new Promise((resolve) => void response.once('close', resolve)));
    },
  };
  const log = { error: (...line: unknown[]) => void logged.push(line) } as unknown as Log;
  const app = express();
  app.use((_request, response, next) => {
    withLocals(response);
    next();
  });
  const gate = { authenticate: () => ({ name: 'org', permissions: [] }) };
  app.use(mountRoutes([route], gate, createIdempotency(watched)));
  app.use(((error, request, response, next) => {
    failed.push(error);
    problemHandler(log)(error, request, response, next);
  }) as express.ErrorRequestHandler);
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/work`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

function post(key: string, signal?: AbortSignal): Promise<Response> {
  const headers = { 'Idempotency-Key': key };
  return fetch(url, { method: 'POST', headers, ...(signal === undefined ? {} : { signal }) });
}

test('a caller that left before the answer gets it when it comes back, and nothing is done twice', async () => {
  work = async (gone) => {
    await gone;
    return { number: begun };
  };
  const leaving = new AbortController();
  const first = post('left', leaving.signal).catch(() => undefined);
  await until(() => begun === 1);
  leaving.abort();
  await first;
  const again = await post('left');
  expect([again.status, await again.json()]).toEqual([201, { number: 1 }]);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(begun).toBe(1);
});

test('a caller that leaves while it waits for the first answer is no error of the bridge', async () => {
  const ending = Promise.withResolvers<void>();
  work = async () => {
    await ending.promise;
    return {};
  };
  const first = post('waits');
  await until(() => begun === 1);
  const leaving = new AbortController();
  const second = post('waits', leaving.signal).catch(() => undefined);
  await until(() => states.includes('running'));
  leaving.abort();
  await second;
  await until(() => failed.length === 1);
  expect(logged).toEqual([]);
  ending.resolve();
  expect((await first).status).toBe(201);
});
