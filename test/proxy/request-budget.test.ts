/** Every attempt counts against the requests per minute of the connection, and what the upstream says of its rate is heeded. */
import { expect, test } from '@jest/globals';
import { BridgeError } from '../../server/errors.ts';
import type { BudgetRequest } from '../../server/purecloud/request-budget.ts';
import type { RateAnswer } from '../../server/purecloud/upstream-rate.ts';
import { startProxy } from './support/start-proxy.ts';
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
