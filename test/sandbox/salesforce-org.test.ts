import { afterEach, describe, expect, test } from '@jest/globals';
import { DEMO_SALESFORCE_USER } from '../../sandbox/salesforce/create-salesforce-sandbox.ts';
import type { SalesforceOrgOptions } from '../../sandbox/salesforce/org/create-salesforce-org.ts';
import { startOrg, type RunningOrg } from '../salesforce/org-fixtures.ts';

let org: RunningOrg | undefined;
afterEach(() => org?.close());

async function start(options: SalesforceOrgOptions = {}) {
  org = await startOrg(options);
  const { CampaignMember } = org.state.tables;
  const json = async (method: string, path: string, body?: unknown) => {
    const answer = await org!.ask(method, path, body);
    return { ...answer, body: answer.text === '' ? undefined : JSON.parse(answer.text) };
  };
  const change = (row: number, values: object) => ({
    attributes: { type: 'CampaignMember' },
    id: CampaignMember.idOf(row),
    ...values,
  });
  return { ...org, json, change, members: CampaignMember };
}

describe('a collection', () => {
  test('is written row by row, and each row says how it went', async () => {
    const { json, change, members } = await start();
    members.remove(1, Date.now());
    const records = [
      change(0, { Status: 'Called' }),
      change(1, { Status: 'Called' }),
      change(2, { Phone: '1' }),
      change(3, { Nothing__c: '1' }),
      change(4, { Bridge_Last_Result__c: 'x'.repeat(256) }),
      change(5, { Bridge_Last_Attempt__c: 'yesterday' }),
      { attributes: { type: 'CampaignMember' }, id: 'nobody', Status: 'Called' },
    ];
    const { status, body } = await json('PATCH', '/composite/sobjects', { records });
    expect(status).toBe(200);
    expect(
      body.map((one: { errors: { statusCode: string }[] }) => one.errors[0]?.statusCode ?? 'ok'),
    ).toEqual([
      'ok',
      'ENTITY_IS_DELETED',
      'INVALID_FIELD_FOR_INSERT_UPDATE',
      'INVALID_FIELD',
      'STRING_TOO_LONG',
      'INVALID_TYPE_ON_FIELD_IN_RECORD',
      'INVALID_CROSS_REFERENCE_KEY',
    ]);
    expect(members.value(0, 'Status')).toBe('Called');
  });

  test('is written whole or not at all where it asks for that', async () => {
    const { json, change, members } = await start();
    const records = [change(0, { Status: 'Called' }), change(1, { Phone: '1' })];
    const { body } = await json('PATCH', '/composite/sobjects', { allOrNone: true, records });
    expect(body[0].errors[0].statusCode).toBe('ALL_OR_NONE_OPERATION_ROLLED_BACK');
    expect(members.value(0, 'Status')).toBe('Sent');
  });

  test('of more than 200 rows is refused', async () => {
    const { json, change } = await start({ campaigns: [{ name: 'a', members: 201 }] });
    const records = Array.from({ length: 201 }, (_, row) => change(row, { Status: 'Called' }));
    expect((await json('PATCH', '/composite/sobjects', { records })).status).toBe(400);
  });

  test('moves the stamp of each row that it writes, and of no other', async () => {
    const { json, change, members } = await start();
    const before = members.modstampMs(1);
    await json('PATCH', '/composite/sobjects', { records: [change(0, { Status: 'Called' })] });
    expect(members.modstampMs(0)).toBeGreaterThan(before);
    expect(members.modstampMs(1)).toBe(before);
  });

  test('adds rows, which are found from then on', async () => {
    const { json, query, state, campaignId } = await start();
    const lead = { attributes: { type: 'Lead' }, LastName: 'Neu', Company: 'x', Phone: '030 23125 100' };
    const leadId = (await json('POST', '/composite/sobjects', { records: [lead] })).body[0].id;
    const member = {
      attributes: { type: 'CampaignMember' },
      CampaignId: campaignId,
      LeadId: leadId,
      Status: 'Sent',
    };
    const memberId = (await json('POST', '/composite/sobjects', { records: [member] })).body[0].id;
    const { records } = await query(
      `SELECT Id, Phone FROM CampaignMember WHERE CampaignId = '${campaignId}' AND Lead.LastName = 'Neu'`,
    );
    expect(records).toEqual([expect.objectContaining({ Id: memberId, Phone: '030 23125 100' })]);
    expect(state.tables.CampaignMember.rows).toBe(101);
  });
});

test('a status that the campaign does not have becomes its default one, without a word', async () => {
  const { json, change, members } = await start();
  await json('PATCH', '/composite/sobjects', { records: [change(0, { Status: 'Interested' })] });
  expect(members.value(0, 'HasResponded')).toBe(true);
  const { body } = await json('PATCH', '/composite/sobjects', {
    records: [change(0, { Status: 'Delighted' })],
  });
  expect(body[0].success).toBe(true);
  expect([members.value(0, 'Status'), members.value(0, 'HasResponded')]).toEqual(['Sent', false]);
});

test('a field that the user may not see is in no describe and in no query', async () => {
  const { get, ask } = await start({
    fieldRights: {
      [DEMO_SALESFORCE_USER.username]: {
        hidden: ['CampaignMember.Phone'],
        readOnly: ['CampaignMember.Status'],
      },
    },
  });
  const { fields } = await get('/sobjects/CampaignMember/describe');
  const named = (name: string) => fields.find((field: { name: string }) => field.name === name);
  expect(named('Phone')).toBeUndefined();
  expect(named('Status').updateable).toBe(false);
  expect((await ask('GET', '/query?q=SELECT+Phone+FROM+CampaignMember')).status).toBe(400);
});

test('calls are counted, told with every answer, and refused beyond the maximum', async () => {
  const { ask, state } = await start({ apiCallsMax: 3 });
  const usage = async () => (await ask('GET', '/limits')).headers.get('sforce-limit-info');
  expect([await usage(), await usage(), await usage()]).toEqual([
    'api-usage=1/3',
    'api-usage=2/3',
    'api-usage=3/3',
  ]);
  const { status, text } = await ask('GET', '/limits');
  expect([status, JSON.parse(text)[0].errorCode]).toEqual([403, 'REQUEST_LIMIT_EXCEEDED']);
  state.limits.max = 10;
  expect((await ask('GET', '/limits')).status).toBe(200);
});

describe('deletions', () => {
  test('leave queries, stay in queryAll, and are told by getDeleted', async () => {
    const { ask, get, query, members } = await start();
    await ask('DELETE', `/sobjects/CampaignMember/${members.idOf(4)}`);
    const soql = `SELECT Id, IsDeleted FROM CampaignMember WHERE Id = '${members.idOf(4)}'`;
    expect((await query(soql)).totalSize).toBe(0);
    expect((await get(`/queryAll?q=${encodeURIComponent(soql)}`)).records[0].IsDeleted).toBe(true);
    const [from, to] = [-600_000, 120_000].map((ms) => new Date(Date.now() + ms).toISOString());
    const deleted = await get(`/sobjects/CampaignMember/deleted?start=${from}&end=${to}`);
    expect(deleted.deletedRecords).toEqual([expect.objectContaining({ id: members.idOf(4) })]);
    expect(await get(`/sobjects/CampaignMember/updated?start=${from}&end=${to}`)).toMatchObject({
      ids: [],
    });
  });

  test.each([
    ['a span of less than a minute', -30_000, 0],
    ['a start of long ago', -20 * 86_400_000, 0],
  ])('are not told for %s', async (_name, fromMs, toMs) => {
    const { ask } = await start();
    const now = Math.floor(Date.now() / 60_000) * 60_000 + 50_000;
    const [from, to] = [fromMs, toMs].map((ms) => new Date(now + ms).toISOString());
    const { text } = await ask('GET', `/sobjects/CampaignMember/deleted?start=${from}&end=${to}`);
    expect(JSON.parse(text)[0].errorCode).toBe('INVALID_REPLICATION_DATE');
  });
});

test('an eleventh cursor closes the first', async () => {
  const { query, ask } = await start({ campaigns: [{ name: 'a', members: 2_001 }] });
  const pages = [];
  for (let number = 0; number < 11; number += 1) pages.push(await query('SELECT Id FROM CampaignMember'));
  expect((await ask('GET', pages[1]!.nextRecordsUrl!)).status).toBe(200);
  const { status, text } = await ask('GET', pages[0]!.nextRecordsUrl!);
  expect([status, JSON.parse(text)[0].errorCode]).toEqual([400, 'INVALID_QUERY_LOCATOR']);
});

test('a Bulk job that is still at work has no results', async () => {
  const { json, ask } = await start({ bulkPolls: 2 });
  const { body } = await json('POST', '/jobs/query', {
    operation: 'query',
    query: 'SELECT Id FROM CampaignMember',
  });
  expect(body.state).toBe('UploadComplete');
  expect((await ask('GET', `/jobs/query/${body.id}/results`)).status).toBe(400);
  const states = [];
  for (let poll = 0; poll < 3; poll += 1)
    states.push((await json('GET', `/jobs/query/${body.id}`)).body.state);
  expect(states).toEqual(['InProgress', 'InProgress', 'JobComplete']);
  const first = await ask('GET', `/jobs/query/${body.id}/results?maxRecords=60`);
  expect(first.headers.get('sforce-numberofrecords')).toBe('60');
  const rest = await ask(
    'GET',
    `/jobs/query/${body.id}/results?locator=${first.headers.get('sforce-locator')}`,
  );
  expect(rest.headers.get('sforce-locator')).toBe('null');
  expect(first.text.split('\n').length + rest.text.split('\n').length).toBe(100 + 2 + 2);
});

test('a Bulk job takes rows under their columns, and refuses a row that has others', async () => {
  const { json, members } = await start({ bulkPolls: 0 });
  const ids = [members.idOf(0), members.idOf(1)];
  const { body } = await json('POST', '/jobs/ingest', { object: 'CampaignMember', operation: 'update' });
  const upload = `/jobs/ingest/${body.id}/batches`;
  const refused = await json('PUT', upload, `Id,Status\n${ids[0]}\n`);
  expect([refused.status, refused.body[0].errorCode]).toEqual([400, 'INVALIDJOB']);
  expect((await json('PUT', upload, `Id,Status\n${ids[0]},Called\n${ids[1]},"Not Reached"\n`)).status).toBe(
    201,
  );
  await json('PATCH', `/jobs/ingest/${body.id}`, { state: 'UploadComplete' });
  expect((await json('GET', `/jobs/ingest/${body.id}`)).body.numberRecordsProcessed).toBe(2);
  expect([members.value(0, 'Status'), members.value(1, 'Status')]).toEqual(['Called', 'Not Reached']);
});
