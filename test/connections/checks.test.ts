import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import express, { type RequestHandler } from 'express';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';
import {
  DEMO_PURECLOUD_CLIENT,
  type PureCloudApiParts,
} from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import {
  DEMO_SALESFORCE_APP,
  DEMO_SALESFORCE_USER,
  type SalesforceOrgParts,
} from '../../sandbox/salesforce/create-salesforce-sandbox.ts';
import { judgeSkew } from '../../server/connections/checks/clock-check.ts';
import { judgeUse, tokenRateOf } from '../../server/connections/checks/rate-room-check.ts';
import { createConnectionChecks, worstOf } from '../../server/connections/checks/run-checks.ts';
import type { RunningBridge } from '../../server/main.ts';
import { createSystemClock } from '../../server/tokens/broker-clock.ts';
import { testConnection } from '../proxy/support/start-proxy.ts';
import { asAdmin, type AskBridge } from '../support/bridge-client.ts';
import { startTestBridge } from '../support/bridge.ts';
import { temporaryDirectory } from '../support/databases.ts';
import { startFaultyTlsServer, joinCaPems, type FaultyTlsServer } from '../support/faulty-tls-servers.ts';
import { startForwardProxy, type ForwardProxy } from '../support/forward-proxy.ts';

/** Of the outbound API as much as a check reads. */
function readable({ requirePermission }: PureCloudApiParts) {
  const router = express.Router();
  const page = { entities: [], pageNumber: 1, pageSize: 1, total: 0 };
  for (const [path, permission] of [
    ['/outbound/contactlists', 'outbound:contactList:view'],
    ['/routing/wrapupcodes', 'routing:wrapupCode:view'],
  ] as const)
    router.get(path, requirePermission(permission), (_req, res) => void res.json(page));
  return router;
}

const NARROW = { id: 'narrow-client', secret: 'narrow-secret', permissions: ['outbound:campaign:view'] };
/** All that a campaign sync asks for, and no more. */
const SYNCING = {
  id: 'syncing-client',
  secret: 'syncing-secret',
  permissions: ['outbound:contactList:view', 'routing:wrapupCode:view', 'limits:organization:view'],
};
/** Of the Salesforce user: GET /limits takes it. */
let mayViewSetup = true;

const limitsOfOrg =
  ({ sendOrgError }: SalesforceOrgParts): RequestHandler =>
  (req, res, next) => {
    if (mayViewSetup || req.path !== '/limits') next();
    else sendOrgError(res, 403, 'INSUFFICIENT_ACCESS', 'insufficient access rights');
  };

let sandbox: RunningSandbox;
let bridge: RunningBridge;
let ask: AskBridge;
let proxy: ForwardProxy;
let expired: FaultyTlsServer;
let sound: FaultyTlsServer;
let directory: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
  [sandbox, proxy, expired, sound] = await Promise.all([
    startSandbox({
      purecloud: { clients: [DEMO_PURECLOUD_CLIENT, NARROW, SYNCING], api: readable },
      salesforce: { org: limitsOfOrg },
    }),
    startForwardProxy({ names: { 'far.test': '127.0.0.1' } }),
    startFaultyTlsServer(['invalidCertificateDate']),
    startFaultyTlsServer([]),
  ]);
  const caFile = join(directory, 'ca.pem');
  await writeFile(caFile, joinCaPems([expired, sound]));
  bridge = await startTestBridge({ BRIDGE_CA_FILE: caFile });
  ask = asAdmin(bridge.url);
});
afterEach(() => {
  sandbox.purecloud.faults.switchOff();
  sandbox.salesforce.faults.switchOff();
  mayViewSetup = true;
});
afterAll(async () => {
  await bridge.stop();
  await Promise.all([sandbox.close(), proxy.close(), expired.close(), sound.close()]);
  await rm(directory, { recursive: true, force: true });
});

function pureCloud(more: object = {}): object {
  return {
    provider: 'purecloud',
    url: sandbox.purecloud.tokenUrl,
    apiUrl: sandbox.purecloud.url,
    clientId: DEMO_PURECLOUD_CLIENT.id,
    clientSecret: DEMO_PURECLOUD_CLIENT.secret,
    ...more,
  };
}

function salesforce(more: object = {}): object {
  const { clientId, clientSecret } = DEMO_SALESFORCE_APP;
  return { provider: 'salesforce', url: sandbox.salesforce.tokenUrl, clientId, clientSecret, ...more };
}

let made = 0;
async function testOf(connection: object) {
  const name = `connection-${(made += 1)}`;
  const put = await ask('PUT', `/v1/connections/${name}`, connection);
  expect(put.status).toBe(200);
  return {
    name,
    again: () => ask('POST', `/v1/connections/${name}/test`),
    ...(await ask('POST', `/v1/connections/${name}/test`)),
  };
}

function outcomes(json: { checks: { name: string; outcome: string }[] }): Record<string, string> {
  return Object.fromEntries(json.checks.map(({ name, outcome }) => [name, outcome]));
}

const ALL_OK = { name: 'ok', tls: 'ok', clock: 'ok', signIn: 'ok', permissions: 'ok', rateRoom: 'ok' };

describe('the test of a PureCloud connection', () => {
  test('finds nothing wrong where nothing is', async () => {
    const { status, json, text } = await testOf(pureCloud());
    expect(status).toBe(200);
    expect(outcomes(json)).toEqual(ALL_OK);
    expect(Object.keys(outcomes(json))).toEqual(Object.keys(ALL_OK));
    expect(json.checks[4].sentence).toContain('Sandbox');
    expect(json.checks[5].sentence).toContain('PureCloud allows 300 a minute');
    expect(text).not.toContain(DEMO_PURECLOUD_CLIENT.secret);
  });

  test('names the permissions that are missing, and what they are for', async () => {
    const { json } = await testOf(pureCloud({ clientId: NARROW.id, clientSecret: NARROW.secret }));
    expect(outcomes(json)).toEqual({ ...ALL_OK, permissions: 'failed' });
    expect(json.outcome).toBe('failed');
    const { sentence, diagnosis } = json.checks[4];
    expect(sentence).toContain('Missing: outbound:contactList:view, routing:wrapupCode:view.');
    expect(diagnosis).toMatchObject({ code: 'purecloud_permission_missing' });
  });

  test('asks for no permission that a campaign sync does without', async () => {
    const { json } = await testOf(pureCloud({ clientId: SYNCING.id, clientSecret: SYNCING.secret }));
    expect(outcomes(json)).toEqual(ALL_OK);
  });

  test('signs in once, however often it is made, and never on a latched connection', async () => {
    const before = sandbox.purecloud.state.counts.signIns;
    const { json, again } = await testOf(pureCloud({ clientSecret: 'wrong' }));
    expect(outcomes(json)).toMatchObject({ signIn: 'failed', permissions: 'notRun', rateRoom: 'notRun' });
    expect(json.checks[3].diagnosis.code).toBe('client_not_accepted');
    const second = (await again()).json;
    expect(second.checks[3].sentence).toMatch(/^Not tried/);
    expect(second.checks[3].diagnosis.code).toBe('client_not_accepted');
    expect(sandbox.purecloud.state.counts.signIns).toBe(before + 1);
  });

  test('warns where the clocks differ, and goes on', async () => {
    sandbox.purecloud.faults.switchOn({ kind: 'clockSkew', skewSeconds: 90 });
    const { json } = await testOf(pureCloud());
    expect(outcomes(json)).toEqual({ ...ALL_OK, clock: 'warning' });
    expect(json.checks[2].sentence).toMatch(/90 s behind/);
  });

  test('signs in again where the token at hand was revoked', async () => {
    const { again } = await testOf(pureCloud());
    const before = sandbox.purecloud.state.counts.signIns;
    sandbox.purecloud.faults.switchOn({ kind: 'revokeAllTokens' });
    expect(outcomes((await again()).json)).toEqual(ALL_OK);
    expect(sandbox.purecloud.state.counts.signIns).toBe(before + 1);
  });

  test('says that a name does not resolve, and runs nothing after it', async () => {
    const { json } = await testOf(pureCloud({ url: 'https://nowhere.test/oauth/token' }));
    expect(outcomes(json)).toEqual({
      name: 'failed',
      tls: 'notRun',
      clock: 'notRun',
      signIn: 'notRun',
      permissions: 'notRun',
      rateRoom: 'notRun',
    });
    expect(json.checks[0].diagnosis.code).toBe('host_name_not_found');
  });

  test('says that an address may not be called', async () => {
    const { json } = await testOf(pureCloud({ apiUrl: 'https://elsewhere.example' }));
    expect(json.checks[0]).toMatchObject({ outcome: 'failed', diagnosis: { code: 'egress_denied' } });
  });

  test('looks up the forward proxy where there is one, and leaves the target to it', async () => {
    const far = sandbox.purecloud.url.replace('127.0.0.1', 'far.test');
    const { json } = await testOf(pureCloud({ url: `${far}/oauth/token`, apiUrl: far, proxyUri: proxy.url }));
    expect(json.checks[0].sentence).toMatch(/forward proxy 127\.0\.0\.1 resolves; far\.test/);
    expect(outcomes(json)).toMatchObject({ name: 'ok', signIn: 'ok', permissions: 'ok' });
  });

  test('is 404 for a connection that does not exist', async () => {
    expect((await ask('POST', '/v1/connections/no-such/test')).status).toBe(404);
  });

  test('keeps to the time that the caller has', async () => {
    sandbox.purecloud.faults.switchOn({ kind: 'slow', delayMs: 60_000 });
    const name = 'slow';
    await ask('PUT', `/v1/connections/${name}`, pureCloud({ timeoutSeconds: 2 }));
    const { json } = await ask('POST', `/v1/connections/${name}/test`, undefined, {
      'x-bridge-timeout-seconds': '1',
    });
    expect(outcomes(json)).toMatchObject({ name: 'ok', tls: 'ok', clock: 'failed', signIn: 'failed' });
    expect(json.checks[2].sentence).toContain('ran out of time');
  });
});

describe('the TLS check', () => {
  const other = (server: FaultyTlsServer, more: object = {}) => ({
    provider: 'other',
    url: `https://localhost:${server.port}/token`,
    clientId: 'a',
    clientSecret: 'b',
    ...more,
  });

  test('tells protocol and end of the certificate, and has no word for an unknown upstream', async () => {
    const { json } = await testOf(other(sound));
    expect(json.checks[1].sentence).toMatch(
      /speaks TLS 1\.3; its certificate ends on \d{4}-\d\d-\d\d, \d+ days left\./,
    );
    expect(outcomes(json)).toMatchObject({
      clock: 'notRun',
      signIn: 'ok',
      permissions: 'notRun',
      rateRoom: 'notRun',
    });
  });

  test('fails on a certificate that a request would be refused for', async () => {
    const { json } = await testOf(other(expired));
    expect(outcomes(json)).toMatchObject({ tls: 'failed', signIn: 'notRun' });
    expect(json.checks[1].diagnosis.code).toBe('certificate_date_invalid');
    expect(expired.applicationBytes()).toBe(0);
  });

  test('warns of a fault that a flag forgives, and of a flag that forgives nothing', async () => {
    const { json } = await testOf(
      other(expired, { ignoreInvalidCertificateDate: true, ignoreCertificateNameMismatch: true }),
    );
    const { outcome, sentence } = json.checks[1];
    expect(outcome).toBe('warning');
    expect(sentence).toMatch(/faults are forgiven by the flags of this connection: outside its dates/);
    expect(sentence).toMatch(/forgives what is not wrong here \(another name\)/);
  });

  test('fails where the client certificate is missing, before anything is sent', async () => {
    const { json } = await testOf(other(sound, { clientCertificate: 'not-there' }));
    expect(json.checks[1]).toMatchObject({
      outcome: 'failed',
      diagnosis: { code: 'client_certificate_unusable' },
    });
  });
});

describe('the test of a Salesforce connection', () => {
  test('says whom it acts as, and how much of the day is used', async () => {
    const { json } = await testOf(salesforce());
    expect(outcomes(json)).toEqual(ALL_OK);
    expect(json.checks[4].sentence).toContain(DEMO_SALESFORCE_USER.username);
    expect(json.checks[5].sentence).toMatch(/of 15000 API calls of the day used/);
  });

  test('passes for a user who may not look into the setup, and cannot tell the limits then', async () => {
    mayViewSetup = false;
    const { json } = await testOf(salesforce());
    expect(outcomes(json)).toEqual({ ...ALL_OK, rateRoom: 'warning' });
  });

  test('explains a refused sign-in, once', async () => {
    const before = sandbox.salesforce.state.lockOut.wrongPasswords(DEMO_SALESFORCE_USER.username);
    const { again, json } = await testOf(
      salesforce({ grantType: 'password', username: DEMO_SALESFORCE_USER.username, password: 'wrong' }),
    );
    await again();
    await again();
    expect(outcomes(json).signIn).toBe('failed');
    expect(sandbox.salesforce.state.lockOut.wrongPasswords(DEMO_SALESFORCE_USER.username)).toBe(before + 1);
  });
});

describe('the judgements', () => {
  test.each([
    { skewMs: 0, outcome: 'ok' },
    { skewMs: 30_000, outcome: 'ok' },
    { skewMs: 30_001, outcome: 'warning' },
    { skewMs: -30_001, outcome: 'warning' },
  ])('of a clock that is $skewMs ms off: $outcome', ({ skewMs, outcome }) => {
    expect(judgeSkew(skewMs).outcome).toBe(outcome);
  });

  test.each([
    { used: 0, max: 300, outcome: 'ok' },
    { used: 239, max: 300, outcome: 'ok' },
    { used: 240, max: 300, outcome: 'warning' },
    { used: 0, max: 0, outcome: 'warning' },
  ])('of $used used out of $max: $outcome', ({ used, max, outcome }) => {
    expect(judgeUse(used, max, 'calls').outcome).toBe(outcome);
  });

  test.each([
    { json: undefined, rate: undefined },
    { json: { entities: 'x' }, rate: undefined },
    {
      json: { entities: [null, { key: 'client.credentials.token.rate.per.minute', value: 180 }] },
      rate: 180,
    },
  ])('of a list of limits: $rate', ({ json, rate }) => {
    expect(tokenRateOf(json)).toBe(rate);
  });

  test.each([
    { outcomes: ['ok', 'notRun', 'warning'] as const, worst: 'warning' },
    { outcomes: ['failed', 'warning'] as const, worst: 'failed' },
    { outcomes: ['notRun'] as const, worst: 'notRun' },
  ])('of $outcomes together: $worst', ({ outcomes: all, worst }) => {
    expect(worstOf(all)).toBe(worst);
  });
});

test('a test whose caller has left finds nothing: what was not looked at is not said to have run out of time', async () => {
  const parts = { clock: createSystemClock() } as unknown as Parameters<typeof createConnectionChecks>[0];
  const checks = createConnectionChecks(parts);
  const signal = AbortSignal.abort(new Error('left'));
  await expect(checks.run(testConnection({}), { signal })).rejects.toThrow('left');
});
