import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import {
  DEMO_SALESFORCE_APP,
  DEMO_SALESFORCE_USER,
} from '../../sandbox/salesforce/create-salesforce-sandbox.ts';
import type { RunningBridge } from '../../server/main.ts';
import { ADMIN_KEY, startTestBridge } from '../support/bridge.ts';

let sandbox: RunningSandbox;
let bridge: RunningBridge;

/** As much of the answer as is looked at here. */
interface Status {
  bridge: object;
  connections: { name: string; status: string; [member: string]: unknown }[];
  attention: { connection: string; [member: string]: unknown }[];
  [member: string]: unknown;
}

async function ask(
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; json: Status; text: string }> {
  const response = await fetch(`${bridge.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return { status: response.status, json: isJson ? JSON.parse(text) : undefined, text };
}

beforeAll(async () => {
  [sandbox, bridge] = await Promise.all([startSandbox(), startTestBridge()]);
  const purecloud = {
    provider: 'purecloud',
    url: sandbox.purecloud.tokenUrl,
    apiUrl: sandbox.purecloud.url,
    clientId: DEMO_PURECLOUD_CLIENT.id,
    clientSecret: DEMO_PURECLOUD_CLIENT.secret,
    ignoreCertificateNameMismatch: true,
  };
  await ask('PUT', '/v1/connections/good', purecloud);
  await ask('PUT', '/v1/connections/wrong', { ...purecloud, clientSecret: 'canary-wrong-secret' });
  await ask('PUT', '/v1/connections/org', {
    provider: 'salesforce',
    url: sandbox.salesforce.tokenUrl,
    grantType: 'password',
    clientId: DEMO_SALESFORCE_APP.clientId,
    clientSecret: DEMO_SALESFORCE_APP.clientSecret,
    username: DEMO_SALESFORCE_USER.username,
    password: DEMO_SALESFORCE_USER.password,
    securityToken: DEMO_SALESFORCE_USER.securityToken,
  });
  await ask('GET', '/v1/connections/good/token');
  await ask('GET', '/v1/connections/good/token');
  await ask('GET', '/v1/connections/wrong/token');
  await ask('GET', `/v1/connections/no-such-thing/token`);
});
afterAll(async () => {
  await bridge.stop();
  await sandbox.close();
});

describe('GET /v1/status', () => {
  test('says of each connection how it is, in one of the eight words', async () => {
    const { json } = await ask('GET', '/v1/status');
    expect(json.bridge).toMatchObject({ status: 'Healthy', database: { isHealthy: true } });
    const words = json.connections.map(({ name, status }) => [name, status]);
    expect(words).toEqual([
      ['good', 'Healthy'],
      ['org', 'Unknown'],
      ['wrong', 'Action needed'],
    ]);
    const [good, org, wrong] = json.connections;
    expect(good).toMatchObject({
      usesToday: 2,
      lastUsedAt: expect.any(String),
      token: { hasToken: true, generation: 1 },
      certificateExceptions: ['ignoreCertificateNameMismatch'],
      budget: { limitPerMinute: 300, usedLastMinute: 0, isShared: true },
    });
    expect(org).toMatchObject({ deprecation: { code: 'password_grant_ends', endsOn: '2027-02-20' } });
    expect(wrong!.failure).toMatchObject({
      isLatched: true,
      failureClass: 'credential',
      remedy: expect.any(String),
    });
  });

  test('puts what stops work before what will stop it, and that before what is merely risky', async () => {
    const { json } = await ask('GET', '/v1/status');
    expect(json.attention.map(({ connection }) => connection)).toEqual(['wrong', 'org', 'good', 'wrong']);
  });

  test('holds no secret and no token', async () => {
    const token = (await ask('GET', '/v1/connections/good/token')).json.accessToken as string;
    const { text } = await ask('GET', '/v1/status');
    for (const secret of [token, DEMO_PURECLOUD_CLIENT.secret, 'canary-wrong-secret'])
      expect(text).not.toContain(secret);
  });

  test('is for callers with the permission read', async () => {
    const { json } = await ask('PUT', '/v1/callers/job', { permissions: ['token:good'] });
    for (const path of ['/v1/status', '/metrics']) {
      const refused = await fetch(`${bridge.url}${path}`, {
        headers: { authorization: `Bearer ${String(json.key)}` },
      });
      expect(refused.status).toBe(403);
      expect((await fetch(`${bridge.url}${path}`)).status).toBe(401);
    }
  });
});

describe('the view of a connection', () => {
  test('carries the deprecation of its grant, and can be sent back as it is', async () => {
    const { json: view } = await ask('GET', '/v1/connections/org');
    expect(view.deprecation).toMatchObject({ remedy: expect.stringContaining('grant-ladder') });
    const back = await ask('PUT', '/v1/connections/org', view);
    expect(back.status).toBe(200);
    expect(back.json.version).toBe(view.version);
  });
});

describe('GET /metrics', () => {
  test('counts grants, uses and failures by connection, and no name that is none', async () => {
    const { text } = await ask('GET', '/metrics');
    for (const line of [
      'bridge_grants_total{connection="good",exit_path="Success"} 1',
      'bridge_grants_total{connection="wrong",exit_path="Failure"} 1',
      'bridge_token_uses_total{connection="good",source="upstream"} 1',
      'bridge_connection_latched{connection="wrong"} 1',
      'bridge_connection_latched{connection="good"} 0',
      'bridge_connection_status{connection="wrong",status="Action needed"} 1',
      'bridge_certificate_exceptions{connection="good"} 1',
      'bridge_budget_limit{connection="good"} 300',
      'bridge_database_up 1',
      'bridge_activity_dropped_total 0',
    ])
      expect(text).toContain(line);
    expect(text).toMatch(/bridge_token_uses_total\{connection="good",source="cache"\} [1-9]/);
    expect(text).toMatch(/bridge_http_request_seconds_count\{area="v1",status_class="2xx"\} \d/);
    expect(text).toMatch(/bridge_clock_skew_seconds\{connection="good"\}/);
    expect(text).toContain('process_cpu_seconds_total');
    expect(text).not.toContain('no-such-thing');
  });

  test('forgets a connection that is removed', async () => {
    await ask('DELETE', '/v1/connections/wrong');
    const { text } = await ask('GET', '/metrics');
    expect(text).not.toContain('connection="wrong",exit_path');
    expect(text).not.toContain('bridge_token_uses_total{connection="wrong"');
  });
});
