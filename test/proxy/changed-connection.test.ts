/** A connection that becomes another account's while a call is under way: no token of the one goes where the calls of the other go. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from '@jest/globals';
import { ADMIN_KEY, startTestBridge } from '../support/bridge.ts';
import { asAdmin } from '../support/bridge-client.ts';
import { startScriptedUpstream, type Script, type ScriptedUpstream } from './support/scripted-upstream.ts';

let open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.reverse()) await one.close();
  open = [];
});

const OK: Script = () => ({ status: 200, body: 'ok' });

/** Signs in, and answers calls by the script. */
async function startTenant(name: string, script: Script = OK): Promise<ScriptedUpstream> {
  const token = { access_token: `token-of-${name}`, token_type: 'Bearer', expires_in: 3600 };
  const tenant = await startScriptedUpstream((call, number, response) =>
    call.url === '/token'
      ? { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(token) }
      : script(call, number, response),
  );
  open.push(tenant);
  return tenant;
}

async function stage() {
  const bridge = await startTestBridge();
  open.push({ close: () => bridge.stop() });
  const ask = asAdmin(bridge.url);
  const save = async ({ url }: ScriptedUpstream, changes: object = {}) => {
    const body = { provider: 'other', url: `${url}/token`, apiUrl: url, clientId: 'x', clientSecret: 'y' };
    expect((await ask('PUT', '/v1/connections/crm', { ...body, ...changes })).status).toBeLessThan(300);
  };
  return { bridge, save };
}

const callsOf = ({ calls }: ScriptedUpstream) =>
  calls.filter(({ url }) => url !== '/token').map(({ url, token }) => [url, token]);

/** A call whose body ends only after something else has happened: it was admitted by then. */
async function callAround(bridgeUrl: string, between: () => Promise<void>): Promise<string> {
  const socket = connect(Number(new URL(bridgeUrl).port), '127.0.0.1');
  const head = [
    'POST /proxy/crm/upload HTTP/1.1',
    'Host: bridge.test',
    `Authorization: Bearer ${ADMIN_KEY}`,
    'Expect: 100-continue',
    'Content-Length: 2',
    'Connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  await once(socket, 'data');
  await between();
  const answer = text(socket);
  socket.write('ok');
  return await answer;
}

test('a call that began with another account is refused, and nothing of it is sent', async () => {
  const { bridge, save } = await stage();
  const [before, after] = [await startTenant('before'), await startTenant('after')];
  await save(before);
  const answer = await callAround(bridge.url, () => save(after));
  expect(answer).toMatch(/^HTTP\/1\.1 409 /);
  expect(answer).toContain('"code":"conflict"');
  expect(answer).toContain('"retryable":true');
  expect([callsOf(before), callsOf(after)]).toEqual([[], []]);
});

test('a call is not repeated with the token of another account', async () => {
  const { bridge, save } = await stage();
  const after = await startTenant('after');
  const before = await startTenant('before', (_call, _number, response) => {
    void save(after).then(() => response.writeHead(429, { 'Retry-After': '1' }).end());
    return undefined;
  });
  await save(before);
  const { status, json } = await asAdmin(bridge.url)('GET', '/proxy/crm/again');
  expect([status, json]).toMatchObject([409, { code: 'conflict' }]);
  expect([callsOf(before), callsOf(after)]).toEqual([[['/again', 'token-of-before']], []]);
});

test('a call goes on where a secret of the same account was renewed', async () => {
  const { bridge, save } = await stage();
  const tenant = await startTenant('one');
  await save(tenant);
  expect(await callAround(bridge.url, () => save(tenant, { clientSecret: 'renewed' }))).toMatch(
    /^HTTP\/1\.1 200 /,
  );
  expect(callsOf(tenant)).toEqual([['/upload', 'token-of-one']]);
});
