/** A campaign from nothing to results, over HTTP alone, on the bridge as it is composed: an administrator's day. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createOutbound } from '../../sandbox/purecloud/outbound/create-outbound.ts';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { DEMO_SALESFORCE_APP } from '../../sandbox/salesforce/create-salesforce-sandbox.ts';
import { createSalesforceOrg } from '../../sandbox/salesforce/org/create-salesforce-org.ts';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';
import type { RunningBridge } from '../../server/main.ts';
import { startTestBridge } from '../support/bridge.ts';
import { asAdmin, type AskBridge } from '../support/bridge-client.ts';

const MEMBERS = 300;
const org = createSalesforceOrg({ campaigns: [{ name: 'Spring', members: MEMBERS }] });
const outbound = createOutbound();
outbound.state.addWrapUpCode('Sale');
const { CampaignMember, Campaign } = org.state.tables;

let sandbox: RunningSandbox;
let bridge: RunningBridge;
let ask: AskBridge;

beforeAll(async () => {
  [sandbox, bridge] = await Promise.all([
    startSandbox({
      purecloud: { api: outbound.api, files: outbound.files, requestsPerMinute: Infinity },
      salesforce: { org: org.org },
    }),
    startTestBridge(),
  ]);
  ask = asAdmin(bridge.url);
  await ask('PUT', '/v1/connections/genesys', {
    provider: 'purecloud',
    url: sandbox.purecloud.tokenUrl,
    apiUrl: sandbox.purecloud.url,
    clientId: DEMO_PURECLOUD_CLIENT.id,
    clientSecret: DEMO_PURECLOUD_CLIENT.secret,
  });
  await ask('PUT', '/v1/connections/crm', {
    provider: 'salesforce',
    url: sandbox.salesforce.tokenUrl,
    apiUrl: sandbox.salesforce.url,
    clientId: DEMO_SALESFORCE_APP.clientId,
    clientSecret: DEMO_SALESFORCE_APP.clientSecret,
  });
}, 60_000);
afterAll(async () => {
  await bridge.stop();
  await sandbox.close();
});

const settings = {
  salesforceConnection: 'crm',
  purecloudConnection: 'genesys',
  campaignId: Campaign.idOf(0),
  contactListName: 'Spring',
  columns: [{ field: 'FirstName', column: 'First name' }],
  phones: [{ field: 'Phone', column: 'Phone', type: 'Work' }],
  results: [{ result: 'Sale', memberStatus: 'Interested' }],
};

async function until<Value>(look: () => Promise<Value | undefined>): Promise<Value> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function finished(id: string) {
  return await until(async () => {
    const { json } = await ask('GET', `/v1/runs/${id}`);
    return json.finishedAt === undefined ? undefined : json;
  });
}

test('a mapping is checked, saved, planned, run, and a result comes back by the webhook', async () => {
  const check = await ask('POST', '/v1/syncs/spring/check', settings);
  expect(check.json).toMatchObject({ outcome: 'passed', membersTotal: MEMBERS, createsContactList: true });
  const saved = await ask('PUT', '/v1/syncs/spring', settings);
  expect([saved.status, saved.json.status]).toEqual([200, 'Unknown']);

  const plan = await ask('POST', '/v1/syncs/spring/runs', { dryRun: true });
  const planned = await finished(plan.json.id);
  expect(planned).toMatchObject({ status: 'Healthy', counts: { membersRead: MEMBERS } });
  expect(outbound.state.lists.size).toBe(0);

  const headers = { 'idempotency-key': 'the-first-run' };
  const starts = await Promise.all(
    Array.from({ length: 20 }, () => ask('POST', '/v1/syncs/spring/runs', { planOf: plan.json.id }, headers)),
  );
  expect(new Set(starts.map(({ status, json }) => `${status} ${json.id}`)).size).toBe(1);
  const run = await finished(starts[0]!.json.id);
  expect(run.counts).toEqual(planned.counts);
  expect((await ask('GET', '/v1/syncs/spring')).json).toMatchObject({
    status: 'Healthy',
    freshAt: expect.any(String),
    lastRun: { id: run.id },
  });
  const { json: rows } = await ask('GET', `/v1/runs/${run.id}/rows?limit=2000`);
  expect(rows.rows).toHaveLength(run.counts.skipped + run.counts.invalid);

  const [list] = outbound.state.lists.values();
  const called = [...list!.contacts.keys()][0]!;
  const { json: webhook } = await ask('GET', '/v1/syncs/spring/webhook');
  const pushed = await fetch(webhook.address, {
    method: 'POST',
    headers: { authorization: `Bearer ${webhook.secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      eventTime: new Date().toISOString(),
      outboundContactId: called,
      wrapupCode: 'sale',
    }),
  });
  expect(pushed.status).toBe(202);
  await until(async () => {
    const { json } = await ask('GET', '/v1/syncs/spring/webhook');
    return json.written === 1 ? true : undefined;
  });
  expect(CampaignMember.value(CampaignMember.rowOf(called), 'Status')).toBe('Interested');

  list!.list.name = 'Renamed in PureCloud';
  const { json: renamed } = await ask('POST', '/v1/syncs/spring/check');
  expect(renamed).toMatchObject({ outcome: 'passed', createsContactList: false });
  const again = await finished((await ask('POST', '/v1/syncs/spring/runs')).json.id);
  expect(outbound.state.lists.size).toBe(1);
  expect(again.counts).toMatchObject({ added: 0, changed: 0, removed: 0, membersUpdated: 0 });
  expect((await ask('DELETE', '/v1/connections/crm')).json).toMatchObject({
    code: 'conflict',
    detail: expect.stringContaining('spring'),
  });
  expect((await ask('PUT', '/v1/connections/crm', { provider: 'other', url: 'https://a.test' })).status).toBe(
    409,
  );
}, 120_000);

test('a mapping that does not fit is told part by part, and ends a run with what to do', async () => {
  const wrong = {
    ...settings,
    contactListName: 'Spring 2',
    columns: [{ field: 'Nickname__c', column: 'Nickname' }],
    results: [{ result: 'Sale', memberStatus: 'Intrested' }],
  };
  const { json } = await ask('POST', '/v1/syncs/wrong/check', wrong);
  const failed = json.checks.filter(({ outcome }: { outcome: string }) => outcome === 'failed');
  expect(failed.map(({ name }: { name: string }) => name)).toEqual(['fields', 'results']);
  const missing = await ask('POST', '/v1/syncs/wrong/check', { ...wrong, campaignId: '701000000000999' });
  expect(missing.json.checks[0]).toMatchObject({ name: 'campaign', outcome: 'failed' });
  await ask('PUT', '/v1/syncs/wrong', wrong);
  const run = await finished((await ask('POST', '/v1/syncs/wrong/runs')).json.id);
  expect(run).toMatchObject({ status: 'Action needed', failure: { remedy: expect.any(String) } });
  expect((await ask('GET', '/v1/syncs/wrong')).json.status).toBe('Action needed');
}, 60_000);
