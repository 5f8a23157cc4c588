import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';
import { compareIdentities } from '../../server/connections/grant-ladder.ts';
import { deprecationOf } from '../../server/connections/deprecation.ts';
import { readIdentity } from '../../server/connections/upstream-identity.ts';
import type { RunningBridge } from '../../server/main.ts';
import { asAdmin, type AskBridge } from '../support/bridge-client.ts';
import { startTestBridge } from '../support/bridge.ts';

const USER = { username: 'old@org.example', password: 'old-password', securityToken: 'TOKEN' };
const SERVICE = { username: 'service@org.example', password: 'unused-password' };
const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const APP = { clientId: 'legacy-app', clientSecret: 'legacy-secret' };
const SERVICE_APP = { clientId: 'service-app', clientSecret: 'service-secret', runAs: SERVICE.username };
const JWT_APP = { clientId: 'jwt-app', clientSecret: 'jwt-secret', certificate: publicKey };
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

let org: RunningSandbox;
let otherOrg: RunningSandbox;
let bridge: RunningBridge;
let ask: AskBridge;

beforeAll(async () => {
  const users = [USER, SERVICE];
  const apps = [APP, SERVICE_APP, JWT_APP];
  [org, otherOrg, bridge] = await Promise.all([
    startSandbox({ salesforce: { users, apps } }),
    startSandbox({ salesforce: { users, apps, organizationId: '00Dyy0000009ZZZEAY' } }),
    startTestBridge(),
  ]);
  ask = asAdmin(bridge.url);
});
afterAll(async () => {
  await bridge.stop();
  await Promise.all([org.close(), otherOrg.close()]);
});
beforeEach(async () => {
  org.salesforce.settings.passwordFlowBlocked = false;
  await ask('DELETE', '/v1/connections/org');
  const put = await ask('PUT', '/v1/connections/org', {
    provider: 'salesforce',
    url: org.salesforce.tokenUrl,
    grantType: 'password',
    ...APP,
    ...USER,
  });
  expect(put.status).toBe(200);
});

const climb = (body: object) => ask('POST', '/v1/connections/org/grant-ladder', body);
const service = {
  grantType: 'client_credentials',
  clientId: SERVICE_APP.clientId,
  clientSecret: SERVICE_APP.clientSecret,
};

describe('the grant ladder', () => {
  test('tries client_credentials beside the password, compares, and changes nothing', async () => {
    const before = (await ask('GET', '/v1/connections/org')).json;
    const { status, json, text } = await climb(service);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      exitPath: 'Success',
      actsAs: SERVICE.username,
      presentActsAs: USER.username,
      isSameOrganization: true,
      isSameUser: false,
      isClean: true,
      isSwitched: false,
    });
    expect((await ask('GET', '/v1/connections/org')).json).toEqual(before);
    expect(text).not.toContain('service-secret');
    expect(text).not.toMatch(/00Dxx0000001gPL!/);
  });

  test('switches when told to, and the next token is of the new grant', async () => {
    const { json } = await climb({ ...service, switchOver: true });
    expect(json.isSwitched).toBe(true);
    const { json: view } = await ask('GET', '/v1/connections/org');
    expect(view).toMatchObject({ grantType: 'client_credentials', clientId: SERVICE_APP.clientId });
    expect(view).not.toHaveProperty('deprecation');
    expect(view).not.toHaveProperty('username');
    expect(view.clientSecretSet).toBe(true);
    for (const gone of ['passwordSet', 'securityTokenSet', 'privateKeySet'])
      expect(view).not.toHaveProperty(gone);
    const { json: token } = await ask('GET', '/v1/connections/org/token');
    const me = await fetch(`${org.salesforce.url}/services/oauth2/userinfo`, {
      headers: { authorization: `Bearer ${token.accessToken}` },
    });
    expect(await me.json()).toMatchObject({ preferred_username: SERVICE.username });
  });

  test('goes to JWT with the present user name and the address as audience', async () => {
    const { json } = await climb({
      grantType: JWT_BEARER,
      clientId: JWT_APP.clientId,
      privateKey,
      switchOver: true,
    });
    expect(json).toMatchObject({ isSameUser: true, isSwitched: true });
    expect((await ask('GET', '/v1/connections/org')).json).toMatchObject({
      grantType: JWT_BEARER,
      subject: USER.username,
      audience: org.salesforce.url,
    });
  });

  test('counts blank and null members as absent, as Apex and forms send them', async () => {
    const unset = { privateKey: null, subject: '', audience: null, scope: null, credentialsInBody: null };
    const { status, json } = await climb({ ...service, ...unset });
    expect({ status, json }).toMatchObject({ status: 200, json: { exitPath: 'Success', isClean: true } });
  });

  test('does not switch to a grant that is refused, and says why', async () => {
    const { json } = await climb({ ...service, clientSecret: 'wrong', switchOver: true });
    expect(json).toMatchObject({
      exitPath: 'Failure',
      isClean: false,
      isSwitched: false,
      diagnosis: { code: expect.any(String) },
    });
    expect((await ask('GET', '/v1/connections/org')).json.grantType).toBe('password');
  });

  test('does not switch to another organisation', async () => {
    const { json } = await climb({ ...service, url: otherOrg.salesforce.tokenUrl, switchOver: true });
    expect(json).toMatchObject({ isSameOrganization: false, isClean: false, isSwitched: false });
    expect(json.sentence).toContain('00Dyy0000009ZZZEAY');
  });

  test('is the way out where the password flow is blocked already, and tries the password once', async () => {
    org.salesforce.settings.passwordFlowBlocked = true;
    const before = org.salesforce.state.counts.signIns;
    const { json: first } = await climb(service);
    expect(first).toMatchObject({ isClean: true, actsAs: SERVICE.username });
    expect(first).not.toHaveProperty('isSameOrganization');
    await climb(service);
    // Two of the new grant, one of the old: refused, it is latched.
    expect(org.salesforce.state.counts.signIns).toBe(before + 3);
    expect((await climb({ ...service, switchOver: true })).json.isSwitched).toBe(true);
    expect((await ask('GET', '/v1/connections/org/token')).status).toBe(200);
  });

  test.each([
    { name: 'the password grant', body: { grantType: 'password' }, field: 'grantType' },
    { name: 'a JWT without a key', body: { grantType: JWT_BEARER }, field: 'privateKey' },
    {
      name: 'an unknown member',
      body: { grantType: 'client_credentials', switchover: true },
      field: 'switchover',
    },
  ])('refuses $name, naming the field', async ({ body, field }) => {
    const { status, json } = await climb(body);
    expect(status).toBe(400);
    expect(json.errors.map((error: { field: string }) => error.field)).toContain(field);
  });

  test('counts its sign-ins in the hourly budget of the user, and signs in no more when it is used up', async () => {
    const hurried = { ...service, clientId: 'unknown-app', url: org.salesforce.tokenUrl };
    const before = org.salesforce.state.counts.signIns;
    let last = await climb(hurried);
    for (let tries = 1; tries < 60; tries += 1) last = await climb(hurried);
    expect(last.status).toBe(200);
    const sent = org.salesforce.state.counts.signIns - before;
    const { status, json } = await climb(hurried);
    expect([status, json.code]).toEqual([429, 'rate_limited']);
    expect(json.retryAfterSeconds).toBeGreaterThan(3_000);
    expect(org.salesforce.state.counts.signIns - before).toBe(sent);
  });

  test('tries one new grant of a connection at a time', async () => {
    org.salesforce.faults.switchOn({ kind: 'slow', delayMs: 200, target: 'signIn', times: 1 });
    const answers = await Promise.all([climb(service), climb(service)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });
});

describe('identities', () => {
  const a = { organizationId: 'A', actsAs: 'x' };
  test.each([
    { name: 'the same', next: a, present: a, says: { isSameOrganization: true, isSameUser: true } },
    {
      name: 'another user',
      next: a,
      present: { ...a, actsAs: 'y' },
      says: { isSameOrganization: true, isSameUser: false },
    },
    {
      name: 'the same user name elsewhere',
      next: a,
      present: { ...a, organizationId: 'B' },
      says: { isSameOrganization: false, isSameUser: false },
    },
    {
      name: 'no user to compare',
      next: { organizationId: 'A' },
      present: a,
      says: { isSameOrganization: true },
    },
    { name: 'nothing to compare with', next: a, present: undefined, says: {} },
  ])('$name', ({ next, present, says }) => {
    expect(compareIdentities(next, present)).toEqual(says);
  });

  test.each([
    { name: 'a refusal', provider: 'salesforce' as const, status: 403, body: 'Bad_OAuth_Token' },
    { name: 'no JSON', provider: 'salesforce' as const, status: 200, body: '<html>' },
    { name: 'no organisation', provider: 'purecloud' as const, status: 200, body: '{}' },
  ])('tells nobody from $name', ({ provider, status, body }) => {
    expect(readIdentity(provider, { status, body })).toBeUndefined();
  });
});

test.each([
  { provider: 'salesforce' as const, code: 'password_grant_ends', endsOn: '2027-02-20' },
  { provider: 'purecloud' as const, code: 'password_grant_unknown', endsOn: undefined },
  { provider: 'other' as const, code: 'password_grant_discouraged', endsOn: undefined },
])('the password grant of $provider is called deprecated: $code', ({ provider, code, endsOn }) => {
  expect(deprecationOf({ provider, grantType: 'password' })).toMatchObject({
    code,
    ...(endsOn === undefined ? {} : { endsOn }),
  });
  expect(deprecationOf({ provider, grantType: 'client_credentials' })).toBeUndefined();
});
