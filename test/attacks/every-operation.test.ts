/**
 * Every operation of the OpenAPI document, and the proxy, tried by those who may not: nothing opens, and what is there looks like what
 * is not. Made from the document, so that a new route is tried from the day it is described.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { importPKCS8, SignJWT } from 'jose';
import { describeApi } from '../../server/compose/compose-bridge.ts';
import type { RunningBridge } from '../../server/main.ts';
import { ADMIN_KEY, startTestBridge } from '../support/bridge.ts';
import { asAdmin, putCaller, putConnection } from '../support/bridge-admin.ts';
import { makeSelfSigned } from '../support/certificates.ts';

interface Operation {
  operationId: string;
  'x-permission'?: string;
  requestBody?: { content: Record<string, { example?: unknown }> };
  parameters?: { name: string; in: string; required: boolean }[];
}

interface Tried {
  name: string;
  method: string;
  /** Of a resource that there is, or of one that there is not. */
  path(resource: string, run: string): string;
  permission: string;
  body: string | undefined;
  namesOne: boolean;
}

const DOCUMENT = describeApi() as { paths: Record<string, Record<string, Operation>> };

function triedOf(path: string, method: string, operation: Operation): Tried {
  const media = Object.values(operation.requestBody?.content ?? {})[0];
  return {
    name: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    path: (resource, run) => path.replace(/\{id\}/, run).replaceAll(/\{\w+\}/g, resource),
    permission: operation['x-permission']!,
    body: operation.requestBody === undefined ? undefined : JSON.stringify(media?.example ?? {}),
    namesOne: path.includes('{'),
  };
}

const GUARDED: Tried[] = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
  Object.entries(methods)
    .filter(([, operation]) => operation['x-permission'] !== undefined)
    .map(([method, operation]) => triedOf(path, method, operation)),
);
const PROXY: Tried = {
  name: 'ANY /proxy/{connection}/{path}',
  method: 'GET',
  path: (resource) => `/proxy/${resource}/api/v2/users/me`,
  permission: 'proxy:{name}',
  body: undefined,
  namesOne: true,
};
const ALL = [...GUARDED, PROXY];

/** Open by design: they carry their own proof, or nothing that is worth one. */
const OPEN = ['issueUpstreamToken', 'issueProxyToken', 'receiveResults', 'getLiveness', 'getReadiness'];

const THERE = 'mine';
const NOT_THERE = 'absent';
const NO_RUN = '00000000-0000-7000-8000-000000000000';

let bridge: RunningBridge;
let run = NO_RUN;
const credentials: Record<string, string | undefined> = {};
let address = 0;

/** Each from an address of its own: failed sign-ins of one are not to answer for the next. */
async function ask(tried: Tried, credential: string | undefined, resource = THERE, runId = run) {
  address += 1;
  const response = await fetch(bridge.url + tried.path(resource, runId), {
    method: tried.method,
    redirect: 'manual',
    headers: {
      'x-forwarded-for': `198.51.${address >> 8}.${address & 255}`,
      ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }),
      ...(tried.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(tried.body === undefined ? {} : { body: tried.body }),
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

async function jwtsOf(name: string) {
  const { certPem, keyPem } = await makeSelfSigned({ subject: name });
  const jwt = { issuer: 'https://issuer.example', audience: 'bridge', certificate: certPem };
  await putCaller(bridge.url, name, { permissions: ['admin'], jwt });
  const key = await importPKCS8(keyPem, 'ES256').catch(() => importPKCS8(keyPem, 'RS256'));
  const alg = key.algorithm.name.startsWith('EC') ? 'ES256' : 'RS256';
  const sign = (expiresAt: number) =>
    new SignJWT({ iss: jwt.issuer, aud: jwt.audience, sub: 'x' })
      .setProtectedHeader({ alg })
      .setExpirationTime(expiresAt)
      .sign(key);
  const nowSeconds = Math.floor(Date.now() / 1000);
  return { good: await sign(nowSeconds + 600), expired: await sign(nowSeconds - 600) };
}

/** One letter in the middle of that part. */
function tampered(token: string, part: number): string {
  const parts = token.split('.');
  const text = parts[part]!;
  const at = text.length >> 1;
  parts[part] = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
  return parts.join('.');
}

beforeAll(async () => {
  bridge = await startTestBridge({ BRIDGE_TRUSTED_PROXIES: '127.0.0.1' });
  const connection = { clientId: 'the-client', clientSecret: 'the-secret', url: 'http://127.0.0.1:9/token' };
  for (const name of [THERE, 'other']) {
    await putConnection(bridge.url, name, { provider: 'other', apiUrl: 'http://127.0.0.1:9', ...connection });
  }
  for (const [name, provider] of [
    ['org', 'salesforce'],
    ['dialler', 'purecloud'],
  ] as const)
    await putConnection(bridge.url, name, { provider, apiUrl: 'http://127.0.0.1:9', ...connection });
  await asAdmin(bridge.url, 'put', `/v1/syncs/${THERE}`, {
    salesforceConnection: 'org',
    purecloudConnection: 'dialler',
    campaignId: '701000000000001AAA',
    contactListName: 'Renewals',
    columns: [{ field: 'Contact.FirstName', column: 'First name' }],
    phones: [{ field: 'Contact.MobilePhone', column: 'Mobile', type: 'Mobile' }],
    defaultCountry: 'DE',
  });
  const started = await asAdmin(bridge.url, 'post', `/v1/syncs/${THERE}/runs`, { dryRun: true });
  run = String(started.id);
  await putCaller(bridge.url, THERE, { permissions: [] });
  credentials.without = await putCaller(bridge.url, 'without', { permissions: [] });
  const scoped = ['token:other', 'proxy:other', 'sync:other'];
  credentials.elsewhere = await putCaller(bridge.url, 'elsewhere', { permissions: scoped });
  const old = await putCaller(bridge.url, 'rotated', { permissions: ['admin'] });
  await asAdmin(bridge.url, 'post', '/v1/callers/rotated/rotate', {});
  const jwt = await jwtsOf('by-jwt');
  Object.assign(credentials, {
    none: undefined,
    wrong: 'wrong-key-0123456789abcdefghijklmnop',
    almost: `${ADMIN_KEY.slice(0, -1)}${ADMIN_KEY.endsWith('f') ? 'g' : 'f'}`,
    old,
    good: jwt.good,
    expired: jwt.expired,
    'signature tampered': tampered(jwt.good, 2),
    'claims tampered': tampered(jwt.good, 1),
    'algorithm none': `${Buffer.from('{"alg":"none"}').toString('base64url')}.${jwt.good.split('.')[1]}.`,
    'bridge token made up': `pcb1.${jwt.good}`,
  });
}, 60_000);
afterAll(() => bridge.stop());

/** What differs from answer to answer by design, and the name that was asked for. */
function alike(text: string, ...names: string[]): string {
  let bare = text.replaceAll(/"(correlationId|contextId|instance)":"[^"]*"/g, '"$1":"…"');
  for (const name of names) bare = bare.replaceAll(name, 'NAME');
  return bare;
}

test('all operations but those that are open by design ask who is there', () => {
  const open = Object.values(DOCUMENT.paths).flatMap((methods) =>
    Object.values(methods)
      .filter((operation) => operation['x-permission'] === undefined)
      .map(({ operationId }) => operationId),
  );
  expect(open.sort()).toEqual([...OPEN].sort());
  expect(ALL.length).toBeGreaterThan(35);
});

test('a JWT that nobody touched is let in: the others are refused for what was done to them', async () => {
  const [connections] = GUARDED.filter(({ name }) => name === 'GET /v1/connections');
  expect((await ask(connections!, credentials.good)).status).toBe(200);
});

describe.each(ALL)('$name', (tried) => {
  test.each([
    'none',
    'wrong',
    'almost',
    'old',
    'expired',
    'signature tampered',
    'claims tampered',
    'algorithm none',
    'bridge token made up',
  ])(
    'stays shut to a credential that is: %s, and says the same of what is there and what is not',
    async (how) => {
      const there = await ask(tried, credentials[how]);
      const absent = await ask(tried, credentials[how], NOT_THERE, NO_RUN);
      expect(there.status).toBe(401);
      expect(JSON.parse(there.text)).toMatchObject({ code: 'caller_unauthenticated' });
      expect(there.headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(alike(absent.text, NOT_THERE, THERE, NO_RUN, run)).toBe(
        alike(there.text, NOT_THERE, THERE, NO_RUN, run),
      );
      expect(absent.status).toBe(there.status);
    },
  );

  test.each(['without', 'elsewhere'])(
    'opens nothing to a key that has no permission for it: %s',
    async (who) => {
      const there = await ask(tried, credentials[who]);
      const absent = await ask(tried, credentials[who], NOT_THERE, NO_RUN);
      const isOwnList = who === 'elsewhere' && !tried.namesOne && tried.permission.includes('sync:');
      if (isOwnList) {
        expect([200, 400, 403, 404]).toContain(there.status);
        expect(there.text).not.toContain(THERE);
        return;
      }
      expect([403, 404]).toContain(there.status);
      expect(['caller_forbidden', 'not_found']).toContain((JSON.parse(there.text) as { code: string }).code);
      expect(alike(there.text, NOT_THERE, THERE, NO_RUN, run)).toBe(
        alike(absent.text, NOT_THERE, THERE, NO_RUN, run),
      );
      expect(there.status).toBe(absent.status);
    },
  );
});

describe('what is open by design', () => {
  async function send(path: string, headers: Record<string, string>, body: string) {
    address += 1;
    const forwarded = { 'x-forwarded-for': `198.51.${address >> 8}.${address & 255}` };
    const response = await fetch(bridge.url + path, {
      method: 'POST',
      headers: { ...forwarded, ...headers },
      body,
    });
    return { status: response.status, text: alike(await response.text(), THERE, NOT_THERE) };
  }
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const json = { 'content-type': 'application/json' };
  const grant = (key: string, scope: string) =>
    new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'elsewhere',
      client_secret: key,
      scope,
    }).toString();

  test.each([
    {
      what: 'POST /oauth/token',
      ask: (name: string) => send('/oauth/token', form, grant(credentials.elsewhere!, name)),
    },
    {
      what: 'POST /oauth/token with a wrong key',
      ask: (name: string) => send('/oauth/token', form, grant('wrong', name)),
    },
    {
      what: 'POST /login/{name}/oauth/token',
      ask: (name: string) => send(`/login/${name}/oauth/token`, form, grant(credentials.elsewhere!, '')),
    },
    {
      what: 'POST /v1/webhooks/purecloud/{sync}',
      ask: (name: string) =>
        send(`/v1/webhooks/purecloud/${name}`, { ...json, 'x-bridge-webhook-secret': 'wrong' }, '{}'),
    },
  ])('$what says the same of what is there and what is not', async ({ ask: askFor }) => {
    const [there, absent] = [await askFor(THERE), await askFor(NOT_THERE)];
    expect(there.status).toBeGreaterThanOrEqual(400);
    expect(there).toEqual(absent);
  });
});

describe('in time', () => {
  const TIMES = 300;
  /** What differs by itself differs every time; what the machine does meanwhile does not. */
  const MEASURED_MAX = 3;

  function median(times: number[]): number {
    return times.sort((a, b) => a - b)[times.length >> 1]!;
  }

  async function timesOf(first: () => Promise<unknown>, second: () => Promise<unknown>) {
    const times: [number[], number[]] = [[], []];
    for (let asked = 0; asked < TIMES; asked += 1) {
      // Now the one first, now the other: what the machine does besides meets both.
      for (const which of asked % 2 === 0 ? [0, 1] : [1, 0]) {
        const startedAtMs = performance.now();
        await (which === 0 ? first : second)();
        times[which]!.push(performance.now() - startedAtMs);
      }
    }
    return times.map(median) as [number, number];
  }

  async function expectAlike(first: () => Promise<unknown>, second: () => Promise<unknown>): Promise<void> {
    let differs = '';
    for (let measured = 0; measured < MEASURED_MAX; measured += 1) {
      const [one, other] = await timesOf(first, second);
      if (Math.abs(one - other) < Math.max(0.3, 0.3 * Math.min(one, other))) return;
      differs += `${one.toFixed(2)} ms and ${other.toFixed(2)} ms; `;
    }
    expect(differs).toBe('');
  }

  const tokenOf = GUARDED.find(({ name }) => name === 'GET /v1/connections/{name}/token')!;
  test.each([
    { what: 'a connection that is there from one that is not', tried: tokenOf, who: 'elsewhere' },
    { what: 'the same through the proxy', tried: PROXY, who: 'elsewhere' },
  ])(
    'nobody tells $what',
    async ({ tried, who }) => {
      await expectAlike(
        () => ask(tried, credentials[who], THERE),
        () => ask(tried, credentials[who], NOT_THERE),
      );
    },
    60_000,
  );

  test('nobody tells a key that is almost right from one that is all wrong', async () => {
    await expectAlike(
      () => ask(tokenOf, credentials.almost),
      () => ask(tokenOf, credentials.wrong),
    );
  }, 60_000);
});
