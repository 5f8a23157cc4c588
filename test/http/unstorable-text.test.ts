/** What no database keeps and no UTF-8 can write is refused by its name, and is no mistake of the bridge. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RunningBridge } from '../../server/main.ts';
import { ADMIN_KEY, startTestBridge } from '../support/bridge.ts';

let bridge: RunningBridge;
beforeAll(async () => {
  bridge = await startTestBridge();
});
afterAll(() => bridge.stop());

async function ask(method: string, path: string, body?: string) {
  const answer = await fetch(`${bridge.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body }),
  });
  return { status: answer.status, problem: (await answer.json()) as { errors?: { field: string }[] } };
}

const jwt = '"audience":"a","jwksUrl":"https://idp.test/keys"';

test.each([
  [
    'PUT',
    '/v1/connections/x',
    String.raw`{"provider":"purecloud","region":"us_east_1","clientId":"a\ud800b"}`,
    'clientId',
  ],
  [
    'PUT',
    '/v1/connections/x',
    String.raw`{"provider":"purecloud","region":"us_east_1","clientId":"a","clientSecret":"\udfff"}`,
    'clientSecret',
  ],
  [
    'PUT',
    '/v1/callers/x',
    String.raw`{"permissions":["read"],"jwt":{"issuer":"a\u0000b",${jwt}}}`,
    'jwt.issuer',
  ],
  ['PUT', '/v1/callers/x', String.raw`{"permissions":["read","\ud800"]}`, 'permissions[1]'],
  ['PUT', '/v1/syncs/x', String.raw`{"columns":[{"field":"a","column":"\u0000"}]}`, 'columns[0].column'],
  ['POST', '/v1/forget', String.raw`{"email":"\u0000"}`, 'email'],
  [
    'POST',
    '/v1/bearer-token-requests',
    String.raw`{"url":"https://a.test","clientSecret":"\ud800"}`,
    'clientSecret',
  ],
  ['GET', '/v1/activity?connection=%00', undefined, 'connection'],
  ['GET', '/v1/activity?result=%00', undefined, 'result'],
])('%s %s names the field of a text that cannot be kept: %s', async (method, path, body, field) => {
  const { status, problem } = await ask(method, path, body);
  expect([status, problem.errors?.map((error) => error.field)]).toEqual([400, [field]]);
});

test('what is only looked at may hold anything', async () => {
  const pasted = String.raw`{"text":"{\"error\":\"invalid_client\"} \ud83d\u0000"}`;
  expect((await ask('POST', '/v1/diagnoses', pasted)).status).toBe(200);
});
