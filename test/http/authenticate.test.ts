/** The gate over HTTP: limits on callers and on failures, and bridge tokens at the door of the proxy. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import request from 'supertest';
import type { RunningBridge } from '../../server/main.ts';
import { ADMIN_KEY, startTestBridge } from '../support/bridge.ts';
import { putCaller } from '../support/bridge-admin.ts';

let bridge: RunningBridge;
beforeAll(async () => {
  bridge = await startTestBridge({ BRIDGE_TRUSTED_PROXIES: '127.0.0.1' });
});
afterAll(() => bridge.stop());

const ask = (key: string, address: string) =>
  request(bridge.url).get('/v1/connections').set('X-Forwarded-For', address).auth(key, { type: 'bearer' });

describe('an address that failed too often', () => {
  const ADDRESS = '198.51.100.1';
  let regular: string;
  let newcomer: string;

  beforeAll(async () => {
    regular = await putCaller(bridge.url, 'regular', { permissions: ['read'] });
    newcomer = await putCaller(bridge.url, 'newcomer', { permissions: ['read'] });
    expect((await ask(regular, ADDRESS)).status).toBe(200);
    for (let tries = 0; tries < 20; tries += 1) await ask('wrong', ADDRESS);
  });

  test('is told when to come back', async () => {
    const { status, body, headers } = await ask('wrong', ADDRESS);
    expect(status).toBe(429);
    expect(body).toMatchObject({ code: 'rate_limited', retryable: true });
    expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(body.retryAfterSeconds).toBe(Number(headers['retry-after']));
  });

  test('keeps no one out who signed in from there before', async () => {
    expect((await ask(regular, ADDRESS)).status).toBe(200);
  });

  test('does not tell a right key from a wrong one where its caller is new there', async () => {
    const [right, wrong] = [await ask(newcomer, ADDRESS), await ask('wrong', ADDRESS)];
    expect([right.status, wrong.status]).toEqual([429, 429]);
    expect(right.body.detail).toBe(wrong.body.detail);
  });

  test('keeps no one out elsewhere', async () => {
    expect((await ask(newcomer, '198.51.100.2')).status).toBe(200);
    expect((await ask('wrong', '198.51.100.2')).status).toBe(401);
  });

  test('meets the same at the token endpoint, in OAuth words', async () => {
    const { status, body } = await request(bridge.url)
      .post('/oauth/token')
      .set('X-Forwarded-For', ADDRESS)
      .auth('newcomer', 'wrong')
      .type('form')
      .send({ grant_type: 'client_credentials' });
    expect(status).toBe(429);
    expect(body).toMatchObject({ error: 'temporarily_unavailable', code: 'rate_limited' });
  });
});

test('a request without a key is no failed sign-in', async () => {
  const statuses = new Set<number>();
  for (let tries = 0; tries < 30; tries += 1) {
    const answer = await request(bridge.url).get('/v1/connections').set('X-Forwarded-For', '198.51.100.3');
    statuses.add(answer.status);
  }
  expect([...statuses]).toEqual([401]);
});

test('a caller with a limit of its own is held to it, and the others are not', async () => {
  const key = await putCaller(bridge.url, 'slow', { permissions: ['read'], requestsPerMinute: 3 });
  const statuses = [];
  for (let calls = 0; calls < 4; calls += 1) statuses.push((await ask(key, '198.51.100.4')).status);
  expect(statuses).toEqual([200, 200, 200, 429]);
  expect((await ask(ADMIN_KEY, '198.51.100.4')).status).toBe(200);
});

test('the port that some balancers add to the address of a client makes no other address of it', async () => {
  const statuses = [];
  for (let port = 50_000; port < 50_021; port += 1)
    statuses.push((await ask('wrong', `198.51.100.5:${port}`)).status);
  expect([statuses.at(0), statuses.at(-1)]).toEqual([401, 429]);
  expect((await ask('wrong', '198.51.100.5')).status).toBe(429);
});

test.each([['[2001:db8::5]:50000'], ['[2001:db8::5]']])('nor does %s', async (address) => {
  const bare = `2001:db8:0:${address.length}::5`;
  for (let tries = 0; tries < 21; tries += 1) await ask('wrong', address.replace('2001:db8::5', bare));
  expect((await ask('wrong', bare)).status).toBe(429);
});
