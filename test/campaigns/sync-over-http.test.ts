/** Whole runs over HTTP: the walk, both clients and both sandboxes. Only the journal is in memory. */
import { afterEach, expect, test } from '@jest/globals';
import type { WalkEnd } from '../../server/campaigns/run/walk-context.ts';
import { walkRun } from '../../server/campaigns/run/walk.ts';
import { fieldsOf, type SyncSettings } from '../../server/campaigns/sync.ts';
import { createOutboundClient } from '../../server/purecloud/outbound-client.ts';
import { createSalesforceClient } from '../../server/salesforce/salesforce-client.ts';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { createOutbound, type Outbound } from '../../sandbox/purecloud/outbound/create-outbound.ts';
import type { Contact } from '../../sandbox/purecloud/outbound/outbound-state.ts';
import { DEMO_SALESFORCE_APP } from '../../sandbox/salesforce/create-salesforce-sandbox.ts';
import {
  createSalesforceOrg,
  type SalesforceOrg,
} from '../../sandbox/salesforce/org/create-salesforce-org.ts';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';
import { createUpstreamParts } from '../support/upstream-client.ts';
import { settingsWith } from './support/campaign-fixtures.ts';
import { createMemoryJournal, createState, startRun, type MemoryRun } from './support/memory-journal.ts';

interface Stage {
  sandbox: RunningSandbox;
  org: SalesforceOrg;
  outbound: Outbound;
  run(wish?: { dryRun?: boolean }): Promise<{ end: WalkEnd; run: MemoryRun }>;
  contacts(): Map<string, Contact>;
}

let open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(open.map((close) => close()));
  open = [];
});

async function stage(members: number, bulkFromMembers = Infinity): Promise<Stage> {
  const org = createSalesforceOrg({ campaigns: [{ name: 'Spring', members }] });
  const outbound = createOutbound();
  const { api, files } = outbound;
  const sandbox = await startSandbox({
    purecloud: { api, files, requestsPerMinute: Infinity },
    salesforce: { org: org.org },
  });
  const { id: clientId, secret: clientSecret } = DEMO_PURECLOUD_CLIENT;
  const purecloud = createUpstreamParts({
    ...sandbox.purecloud,
    clientId,
    clientSecret,
    provider: 'purecloud',
  });
  const salesforce = createUpstreamParts({
    ...sandbox.salesforce,
    ...DEMO_SALESFORCE_APP,
    provider: 'salesforce',
  });
  open.push(
    () => purecloud.close(),
    () => salesforce.close(),
    () => sandbox.close(),
  );
  const settings: SyncSettings = settingsWith({
    campaignId: org.state.tables.Campaign.idOf(0),
    columns: [{ field: 'FirstName', column: 'FirstName' }],
    phones: [
      { field: 'Phone', column: 'Phone', type: 'Work' },
      { field: 'MobilePhone', column: 'Mobile', type: 'Cell' },
    ],
    results: [{ result: 'Sale', memberStatus: 'Interested' }],
    resultFields: { lastResult: 'Bridge_Last_Result__c', lastAttempt: 'Bridge_Last_Attempt__c' },
  });
  const state = createState();

  async function run({ dryRun = false } = {}) {
    const id = startRun(state);
    const source = createSalesforceClient({
      ...salesforce,
      campaignId: settings.campaignId,
      fields: fieldsOf(settings),
      bulkFromMembers,
    });
    const contacts = createOutboundClient({
      ...purecloud,
      budget: { acquire: () => Promise.resolve(), report: () => undefined },
      caller: 'sync:spring',
      contactListName: settings.contactListName,
      log: { warn: () => undefined },
    });
    const order = { settings, dryRun, progress: { ...state.progress } };
    const journal = createMemoryJournal(state, id);
    const end = await walkRun(order, { source, sink: source, contacts, journal });
    await Promise.all([source.close(), contacts.close()]);
    return { end, run: state.runs[id]! };
  }
  const contacts = () => new Map([...outbound.state.lists.values()][0]?.contacts ?? []);
  return { sandbox, org, outbound, run, contacts };
}

test('sends who may be called, takes results back, and then finds next to nothing to do', async () => {
  const { org, outbound, run, contacts } = await stage(1_500);
  const { CampaignMember, Lead } = org.state.tables;
  const planned = await run({ dryRun: true });
  expect(contacts().size).toBe(0);
  const first = await run();
  expect(first.run.counts).toEqual(planned.run.counts);
  expect(first.run.counts.membersRead).toBe(1_500);
  expect(contacts().size).toBe(first.run.counts.added);
  expect(first.run.counts.added).toBeGreaterThan(1_300);
  for (const { data } of contacts().values())
    expect(data.Phone === '' || data.Phone === undefined || data.Phone.startsWith('+')).toBe(true);

  const [listId] = outbound.state.lists.keys();
  const [called, withdrawn] = [...contacts().keys()].filter(
    (id) => CampaignMember.value(CampaignMember.rowOf(id), 'LeadId') !== null,
  );
  outbound.state.recordCall(listId!, called!, 'Phone', {
    lastAttempt: new Date().toISOString(),
    lastResult: 'sale',
  });
  const leadId = CampaignMember.value(CampaignMember.rowOf(withdrawn!), 'LeadId');
  Lead.write(Lead.rowOf(leadId), { DoNotCall: true }, Date.now() + 1_000);
  const second = await run();
  expect(second.run.counts).toMatchObject({
    added: 0,
    changed: 0,
    removed: 1,
    resultsRead: 1,
    membersUpdated: 1,
  });
  expect(contacts().has(withdrawn!)).toBe(false);
  const row = CampaignMember.rowOf(called!);
  expect([CampaignMember.value(row, 'Status'), CampaignMember.value(row, 'Bridge_Last_Result__c')]).toEqual([
    'Interested',
    'sale',
  ]);

  const third = await run();
  expect(third.run.counts).toMatchObject({ added: 0, changed: 0, removed: 0, failed: 0, membersUpdated: 0 });
});

test('a member that is deleted leaves the list', async () => {
  const { org, run, contacts } = await stage(50);
  await run();
  const [gone] = contacts().keys();
  const { CampaignMember } = org.state.tables;
  // Salesforce tells of the minute that is not over yet with the next run.
  CampaignMember.remove(CampaignMember.rowOf(gone!), Date.now() - 120_000);
  await run();
  expect(contacts().has(gone!)).toBe(false);
});

test('a Bulk job and pages lead to the same list, and so do faults on both sides', async () => {
  const [pages, bulk] = [await stage(2_500), await stage(2_500, 1_000)];
  const faults = [
    { kind: 'html', status: 503, target: 'api', times: 2 },
    { kind: 'resetDuring', target: 'api', times: 1 },
    { kind: 'truncatedJson', target: 'api', times: 1 },
    { kind: 'retryAfter', retryAfter: '2', target: 'api', times: 1 },
  ] as const;
  for (const fault of faults) {
    bulk.sandbox.salesforce.faults.switchOn(fault);
    bulk.sandbox.purecloud.faults.switchOn(fault);
  }
  const [one, other] = [await pages.run(), await bulk.run()];
  expect(other.run.counts).toEqual(one.run.counts);
  const dataOf = ({ contacts }: Stage) => [...contacts()].map(([id, { data }]) => [id, data]);
  expect(dataOf(bulk)).toEqual(dataOf(pages));
});
