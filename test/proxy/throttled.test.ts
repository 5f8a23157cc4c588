/** 429 and 503 with Retry-After are waited out within the budget, and passed on unchanged otherwise. */
import { describe, expect, test } from '@jest/globals';
import { throttleWaitMs } from '../../server/proxy/repeat-rules.ts';
import { startProxy } from './support/start-proxy.ts';
import { startScriptedUpstream, type Script } from './support/scripted-upstream.ts';

const OK = { status: 200, body: 'ok' };

async function callTwice(script: Script, init: RequestInit = {}, budgetMs = 8_000) {
  const upstream = await startScriptedUpstream(script);
  const proxy = await startProxy(upstream.url, { parts: { budgetMs, random: () => 0 } });
  const startedAtMs = performance.now();
  const answer = await fetch(`${proxy.url}/proxy/crm/a`, init);
  const body = await answer.text();
  const tookMs = performance.now() - startedAtMs;
  await proxy.close();
  await upstream.close();
  return { answer, body, tookMs, calls: upstream.calls };
}

describe('an upstream that asks to wait', () => {
  test.each([
    [429, 'POST', 'the body'],
    [503, 'DELETE', undefined],
  ])('with %i is asked again after the wait, with the same %s', async (status, method, body) => {
    const { answer, tookMs, calls } = await callTwice(
      (_call, number) => (number === 1 ? { status, headers: { 'Retry-After': '1' }, body: '{}' } : OK),
      { method, ...(body === undefined ? {} : { body }) },
    );
    expect(answer.status).toBe(200);
    expect(tookMs).toBeGreaterThanOrEqual(990);
    expect(calls.map((call) => call.body)).toEqual([body ?? '', body ?? '']);
  });

  test('until a date is asked again then', async () => {
    const { answer, calls } = await callTwice((_call, number) => {
      const date = new Date();
      const until = new Date(date.getTime() + 1_000).toUTCString();
      return number === 1 ? { status: 429, headers: { Date: date.toUTCString(), 'Retry-After': until } } : OK;
    });
    expect([answer.status, calls.length]).toEqual([200, 2]);
  });

  test.each([
    ['longer than the time left', 429, { 'Retry-After': '60' }],
    ['for hours, as daily limits do', 429, { 'Retry-After': '9000' }],
    ['without saying how long', 429, {}],
    ['for a time that no one can read', 503, { 'Retry-After': 'soon' }],
  ])('%s is passed on unchanged', async (_name, status, headers) => {
    const body =
      '{"message":"Rate limit exceeded the maximum. Retry the request in [60] seconds","code":"too.many.requests","status":429}';
    const { answer, body: received, calls } = await callTwice(() => ({ status, headers, body }));
    expect([answer.status, received, calls.length]).toEqual([status, body, 1]);
    expect(answer.headers.get('retry-after')).toBe(
      (headers as Record<string, string>)['Retry-After'] ?? null,
    );
  });

  test('with another status is passed on, Retry-After or not', async () => {
    const { answer, calls } = await callTwice(() => ({ status: 500, headers: { 'Retry-After': '1' } }));
    expect([answer.status, calls.length]).toEqual([500, 1]);
  });

  test('again and again is passed on in the end, with growing waits where it names none', async () => {
    const { answer, calls } = await callTwice(
      () => ({ status: 429, headers: { 'Retry-After': '0' } }),
      {},
      2_000,
    );
    expect(answer.status).toBe(429);
    expect(calls.length).toBeGreaterThan(2);
    expect(calls.length).toBeLessThan(5);
  });

  test('is passed on where the body was too large to keep', async () => {
    const { answer, calls } = await callTwice(() => ({ status: 429, headers: { 'Retry-After': '1' } }), {
      method: 'POST',
      body: Buffer.alloc(1024 * 1024 + 1),
    });
    expect([answer.status, calls.length]).toEqual([429, 1]);
  });
});

describe('throttleWaitMs', () => {
  const asked = { status: 429, retryAfterMs: 1_000, before: 0, random: 0, timeLeftMs: 8_000 };
  test.each([
    ['waits as long as it was asked', asked, 1_000],
    ['adds jitter and never takes from the wait', { ...asked, random: 0.5 }, 1_125],
    ['waits 250 ms where it was asked for none', { ...asked, retryAfterMs: 0 }, 250],
    ['doubles that with every time', { ...asked, retryAfterMs: 0, before: 3 }, 2_000],
    ['leaves half a second for the call itself', { ...asked, timeLeftMs: 1_499 }, undefined],
    ['uses the last moment at which that is left', { ...asked, timeLeftMs: 1_500 }, 1_000],
    ['is for 429 and 503 alone', { ...asked, status: 502 }, undefined],
    ['needs a time', { ...asked, retryAfterMs: undefined }, undefined],
  ])('%s', (_name, answer, expected) => {
    expect(throttleWaitMs(answer)).toBe(expected);
  });
});
