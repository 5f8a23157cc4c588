/** Whole runs over HTTP: the walk, both clients and both sandboxes. Only the journal is in memory. */
import { afterEach, expect, test } from '@jest/globals';
import { DEMO_SALESFORCE_USER } from '../../sandbox/salesforce/create-salesforce-sandbox.ts';
import { startHttpStage, type HttpStage, type HttpStageOptions } from './support/http-stage.ts';

let open: HttpStage[] = [];
afterEach(async () => {
  await Promise.all(open.map((stage) => stage.close()));
  open = [];
});

async function stage(members: number, client: HttpStageOptions['client'] = {}): Promise<HttpStage> {
  const made = await startHttpStage(members, { client });
  open.push(made);
  return made;
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
  const [pages, bulk] = [await stage(2_500), await stage(2_500, { bulkFromMembers: 1_000 })];
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
  const dataOf = ({ contacts }: HttpStage) => [...contacts()].map(([id, { data }]) => [id, data]);
  expect(dataOf(bulk)).toEqual(dataOf(pages));
});

test('many results go to the members in a Bulk job, each once, and what it could not write is written or named', async () => {
  const { org, outbound, run, contacts } = await stage(3_000, { bulkFromChanges: 1_000 });
  await run();
  const [listId] = outbound.state.lists.keys();
  const { calls } = await outbound.dial({ listId: listId!, callsPerSecond: Infinity }).done;
  expect(calls).toBe(contacts().size);
  const [locked, refused] = [...contacts().keys()];
  org.state.rowFaults.switchOn({ statusCode: 'UNABLE_TO_LOCK_ROW', ids: new Set([locked!]), timesEach: 2 });
  org.state.rowFaults.switchOn({
    statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
    fields: ['Status'],
    ids: new Set([refused!]),
  });
  const { run: second } = await run();
  expect(org.state.bulkJobs.ingest).toBe(1);
  expect(second.counts).toMatchObject({ resultsRead: calls, membersUpdated: calls - 1, failed: 1 });
  expect(second.rows).toMatchObject([
    { memberId: refused, reason: { code: 'update_refused', field: 'Status' } },
  ]);
  const { CampaignMember } = org.state.tables;
  const lastResultOf = (id: string) =>
    CampaignMember.value(CampaignMember.rowOf(id), 'Bridge_Last_Result__c');
  for (const [id, { callRecords }] of contacts()) {
    const [record] = Object.values(callRecords);
    expect([id, lastResultOf(id)]).toEqual([id, id === refused ? null : record!.lastResult]);
  }
  const third = await run();
  expect(third.run.counts).toMatchObject({ resultsRead: 0, membersUpdated: 0, failed: 0, changed: 0 });
  expect(org.state.bulkJobs.ingest).toBe(1);
}, 60_000);

test('a list that was renamed in PureCloud is the list still, beside another of its old name too, and loses who opts out', async () => {
  const { org, outbound, run, contacts } = await stage(20);
  const { CampaignMember, Lead } = org.state.tables;
  await run();
  const [stored] = outbound.state.lists.values();
  stored!.list.name = 'Spring, called since March';
  const withdrawn = [...contacts().keys()].find(
    (id) => CampaignMember.value(CampaignMember.rowOf(id), 'LeadId') !== null,
  )!;
  const leadId = CampaignMember.value(CampaignMember.rowOf(withdrawn), 'LeadId');
  Lead.write(Lead.rowOf(leadId), { DoNotCall: true }, Date.now() + 1_000);
  const second = await run();
  expect(second.run.counts).toMatchObject({ added: 0, removed: 1 });
  expect([outbound.state.lists.size, stored!.contacts.has(withdrawn)]).toEqual([1, false]);

  const { columnNames, phoneColumns } = stored!.list;
  const other = outbound.state.addList({ name: 'Spring', columnNames, phoneColumns });
  const third = await run();
  expect([third.run.counts.added, other.contacts.size]).toEqual([0, 0]);
});

test('a run stops where consent that it could read before cannot be read any more', async () => {
  const { org, run, contacts, state } = await stage(20);
  const { CampaignMember, Lead, Individual } = org.state.tables;
  await run();
  const withdrawn = [...contacts().keys()].find(
    (id) => CampaignMember.value(CampaignMember.rowOf(id), 'LeadId') !== null,
  )!;
  const individual = Individual.idOf(Individual.add({ HasOptedOutProcessing: true }, Date.now()));
  const leadId = CampaignMember.value(CampaignMember.rowOf(withdrawn), 'LeadId');
  Lead.write(Lead.rowOf(leadId), { IndividualId: individual }, Date.now() + 1_000);
  await run();
  expect(contacts().has(withdrawn)).toBe(false);
  const hidden = { hidden: ['Lead.IndividualId', 'Contact.IndividualId'] };
  org.state.fieldRights[DEMO_SALESFORCE_USER.username] = hidden;
  state.progress.lastFullAt = '2020-01-01T00:00:00.000Z';
  await expect(run()).rejects.toMatchObject({
    code: 'field_unknown',
    message: expect.stringContaining('Lead.Individual.HasOptedOutProcessing'),
    remedy: expect.stringContaining('read access'),
  });
  expect(contacts().has(withdrawn)).toBe(false);
  delete org.state.fieldRights[DEMO_SALESFORCE_USER.username];
  expect((await run()).end).toBe('finished');
  expect(contacts().has(withdrawn)).toBe(false);
});
