/** The short way answers as the long way does: the same request, spelt so that it takes the one or the other. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import request from 'supertest';
import type { RunningBridge } from '../../server/main.ts';
import { ADMIN_KEY, CREDENTIALS, startTestBridge } from '../support/bridge.ts';
import { putCaller, putConnection } from '../support/bridge-admin.ts';
import { startOauth2Server } from '../support/sign-in-servers.ts';

const SHORT = '/v1/connections/crm/token';
/** An encoded letter: the same path to a router, and none that the short way knows. */
const LONG = '/v1/connections/cr%6D/token';

/** What differs from one request to the next, whichever way it takes. */
const ITS_OWN = new Set(['date', 'x-correlation-id', 'traceparent', 'content-length']);

let bridge: RunningBridge;
let stopUpstream: () => Promise<void>;
let tokenUrl: string;
const keys: Record<string, string> = {};

beforeAll(async () => {
  const upstream = await startOauth2Server(CREDENTIALS);
  stopUpstream = upstream.close;
  tokenUrl = upstream.tokenUrl;
  bridge = await startTestBridge();
  const connection = { provider: 'other', url: upstream.tokenUrl, ...CREDENTIALS };
  await putConnection(bridge.url, 'crm', connection);
  await putConnection(bridge.url, 'closed', { ...connection, allowTokenHandout: false });
  keys.holder = await putCaller(bridge.url, 'holder', { permissions: ['token:*'] });
  keys.reader = await putCaller(bridge.url, 'reader', { permissions: ['read'] });
  keys.stranger = await putCaller(bridge.url, 'stranger', { permissions: ['request'] });
  keys.admin = ADMIN_KEY;
});
afterAll(async () => {
  await bridge.stop();
  await stopUpstream();
});

async function ask(path: string, headers: Record<string, string>) {
  return compared(await request(bridge.url).get(path).set(headers));
}

function compared(answer: request.Response) {
  const shared = Object.entries(answer.headers as Record<string, string>).filter(
    ([name]) => !ITS_OWN.has(name),
  );
  const {
    correlationId: _id,
    contextId: _context,
    expiresInSeconds: _left,
    source: _source,
    durationMs: _duration,
    bearerAccessToken: _token,
    upstreamHeaders: _its,
    ...body
  } = answer.body as Record<string, unknown>;
  // A token of an hour may have a second less by the time that the second one is made.
  if (typeof body.upstreamBody === 'string')
    body.upstreamBody = body.upstreamBody.replace(/"expires_in":(3600|3599)/, '"expires_in":"an hour"');
  return { status: answer.status, headers: Object.fromEntries(shared), body, all: answer };
}

describe.each([
  { name: 'a holder', headers: () => ({ authorization: `Bearer ${keys.holder}` }), status: 200 },
  { name: 'an administrator', headers: () => ({ authorization: `Bearer ${keys.admin}` }), status: 200 },
  { name: 'a reader', headers: () => ({ authorization: `Bearer ${keys.reader}` }), status: 403 },
  {
    name: 'one who may not know',
    headers: () => ({ authorization: `Bearer ${keys.stranger}` }),
    status: 404,
  },
  { name: 'nobody', headers: () => ({}), status: 401 },
  { name: 'a wrong key', headers: () => ({ authorization: 'Bearer wrong' }), status: 401 },
  { name: 'another scheme', headers: () => ({ authorization: 'Digest x' }), status: 401 },
])('to $name', ({ headers, status }) => {
  test.each([
    { query: '' },
    { query: '?minimumLifetimeSeconds=30' },
    { query: '?minimumLifetimeSeconds=a' },
    { query: '?unknown=1' },
    { query: '?minimumLifetimeSeconds=1&minimumLifetimeSeconds=2' },
    { query: '?' },
  ])('both ways give the same answer to "$query"', async ({ query }) => {
    const given = headers() as Record<string, string>;
    const [short, long] = [await ask(SHORT + query, given), await ask(LONG + query, given)];
    expect({ ...short, all: 0 }).toEqual({ ...long, all: 0 });
    if (query === '') expect(short.status).toBe(status);
  });
});

describe('a bearer token request', () => {
  const JSON_TYPE = 'application/json';
  const FORM_TYPE = 'application/x-www-form-urlencoded';
  const valid = () => JSON.stringify({ url: tokenUrl, ...CREDENTIALS });

  test.each([
    { what: 'that is right', status: 200, type: JSON_TYPE, body: valid },
    { what: 'labelled as a form, as Apex does', status: 200, type: FORM_TYPE, body: valid },
    { what: 'with an unknown member', status: 400, type: JSON_TYPE, body: () => '{"nobody":1}' },
    { what: 'cut off', status: 400, type: JSON_TYPE, body: () => '{"url":' },
    { what: 'without a body', status: 400, type: JSON_TYPE, body: () => '' },
    { what: 'as a form', status: 415, type: FORM_TYPE, body: () => 'url=x' },
    { what: 'as XML', status: 415, type: 'text/xml', body: () => '<url/>' },
    { what: 'of two megabytes', status: 413, type: JSON_TYPE, body: () => '1'.repeat(2_000_000) },
    { what: 'by a stranger to it', key: 'reader', status: 403, type: JSON_TYPE, body: valid },
    { what: 'by nobody', key: 'nobody', status: 401, type: JSON_TYPE, body: valid },
  ])('$what gets the same answer both ways', async ({ key = 'stranger', status, type, body }) => {
    const post = async (path: string) =>
      compared(
        await request(bridge.url)
          .post(path)
          .set({
            ...(key === 'nobody' ? {} : { authorization: `Bearer ${keys[key]}` }),
            'content-type': type,
          })
          .send(body()),
      );
    const short = await post('/v1/bearer-token-requests');
    const long = await post('/v1/bearer-token-requests?');
    expect(short.status).toBe(status);
    expect({ ...short, all: 0 }).toEqual({ ...long, all: 0 });
  });
});

test('both ways refuse what hands out no tokens in the same words', async () => {
  const headers = { authorization: `Bearer ${keys.holder}` };
  const short = await ask('/v1/connections/closed/token', headers);
  const long = await ask('/v1/connections/close%64/token', headers);
  expect(short.status).toBe(403);
  expect({ ...short, all: 0 }).toEqual({ ...long, all: 0 });
});

test('both ways are counted', async () => {
  const metrics = async () =>
    Number(
      /bridge_http_request_seconds_count\{area="v1",status_class="2xx"\} (\d+)/.exec(
        (await request(bridge.url).get('/metrics').auth(ADMIN_KEY, { type: 'bearer' })).text,
      )?.[1],
    );
  const before = await metrics();
  for (const path of [SHORT, LONG]) await ask(path, { authorization: `Bearer ${keys.holder}` });
  expect((await metrics()) - before).toBe(2);
});

test('both ways give the ids back that came with the request', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  for (const path of [SHORT, LONG]) {
    const { all } = await ask(path, { 'x-correlation-id': 'mine', traceparent });
    expect(all.headers).toMatchObject({ 'x-correlation-id': 'mine', traceparent });
  }
});
