/** Every attempt counts against the requests per minute of the connection, and what the upstream says of its rate is heeded. */
import { expect, test } from '@jest/globals';
import { BridgeError } from '../../server/errors.ts';
import type { BudgetRequest } from '../../server/purecloud/request-budget.ts';
import type { RateAnswer } from '../../server/purecloud/upstream-rate.ts';
import type { ProxyCaller } from '../../server/proxy/proxy.ts';
import { CALLER, startProxy } from './support/start-proxy.ts';
import { startScriptedUpstream } from './support/scripted-upstream.ts';

const BUDGETED = { requestsPerMinute: 300 };

function recordingBudget(refuse = false) {
  const acquired: BudgetRequest[] = [];
  const reported: RateAnswer[] = [];
  return {
    acquired,
    reported,
    acquire(_connection: unknown, request: BudgetRequest) {
      acquired.push(request);
      if (!refuse) return Promise.resolve();
      return Promise.reject(new BridgeError('rate_limited', { detail: 'used up', retryAfterSeconds: 7 }));
    },
    report: (_connection: unknown, answer: RateAnswer) => void reported.push(answer),
  };
}

test('each attempt takes a permit in the name of its caller and reports the answer', async () => {
  const upstream = await startScriptedUpstream((_call, number) =>
    number === 1
      ? { status: 429, headers: { 'Retry-After': '1', 'inin-ratelimit-count': '300' } }
      : { status: 200, body: 'ok' },
  );
  const requestBudget = recordingBudget();
  const proxy = await startProxy(upstream.url, { connection: BUDGETED, parts: { requestBudget } });
  expect((await fetch(`${proxy.url}/proxy/crm/a`)).status).toBe(200);
  expect(requestBudget.acquired.map(({ caller, priority }) => [caller, priority])).toEqual([
    ['tester', 'interactive'],
    ['tester', 'interactive'],
  ]);
  for (const { deadlineMs } of requestBudget.acquired) expect(deadlineMs).toBeLessThanOrEqual(8_000);
  expect(requestBudget.reported.map(({ status }) => status)).toEqual([429, 200]);
  expect(requestBudget.reported[0]!.headers).toMatchObject({
    'retry-after': '1',
    'inin-ratelimit-count': '300',
  });
  await proxy.close();
  await upstream.close();
});

test('a call without a permit is refused before anything is sent', async () => {
  const upstream = await startScriptedUpstream(() => ({ status: 200 }));
  const proxy = await startProxy(upstream.url, {
    connection: BUDGETED,
    parts: { requestBudget: recordingBudget(true) },
  });
  const answer = await fetch(`${proxy.url}/proxy/crm/a`);
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '7']);
  expect(await answer.json()).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 7 });
  expect(upstream.calls).toHaveLength(0);
  await proxy.close();
  await upstream.close();
});

/** A permit that comes when the test says so. */
function heldBudget() {
  const asked = Promise.withResolvers<void>();
  const given = Promise.withResolvers<void>();
  return {
    asked: asked.promise,
    give: given.resolve,
    acquire() {
      asked.resolve();
      return given.promise;
    },
    report: () => undefined,
  };
}

test('a call for which there is no token takes no permit', async () => {
  const requestBudget = recordingBudget();
  const proxy = await startProxy('http://127.0.0.1:1', {
    connection: BUDGETED,
    parts: { requestBudget },
    grant: () => ({ kind: 'refusal', status: 400, error: 'invalid_client' }),
  });
  const answer = await fetch(`${proxy.url}/proxy/crm/a`);
  expect(await answer.json()).toMatchObject({ code: 'credential_rejected' });
  expect(requestBudget.acquired).toEqual([]);
  await proxy.close();
});

test('a call that waited for a permit goes with the token of then', async () => {
  const upstream = await startScriptedUpstream(() => ({ status: 200 }));
  const requestBudget = heldBudget();
  const proxy = await startProxy(upstream.url, { connection: BUDGETED, parts: { requestBudget } });
  const { generation } = await proxy.broker.getToken('crm');
  const answer = fetch(`${proxy.url}/proxy/crm/a`, { method: 'POST', body: 'once' });
  await requestBudget.asked;
  await proxy.broker.reject('crm', generation);
  requestBudget.give();
  expect((await answer).status).toBe(200);
  expect(upstream.calls.map(({ token }) => token)).toEqual(['token-2']);
  await proxy.close();
  await upstream.close();
});

test.each<[string, ProxyCaller | undefined, number]>([
  ['was removed', undefined, 401],
  ['may not use the connection any more', { ...CALLER, permissions: ['proxy:other'] }, 404],
  [
    'may not make such a call any more',
    { ...CALLER, proxyRules: [{ methods: ['GET'], pathPrefix: '/b' }] },
    403,
  ],
])('a call that waited for a permit is not sent where its caller %s', async (_name, present, status) => {
  const upstream = await startScriptedUpstream(() => ({ status: 200 }));
  const requestBudget = heldBudget();
  const callers = { find: () => present };
  const proxy = await startProxy(upstream.url, { connection: BUDGETED, parts: { requestBudget, callers } });
  const answer = fetch(`${proxy.url}/proxy/crm/a`);
  await requestBudget.asked;
  requestBudget.give();
  expect((await answer).status).toBe(status);
  expect(upstream.calls).toHaveLength(0);
  await proxy.close();
  await upstream.close();
});
