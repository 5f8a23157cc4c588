/** The outbound sandbox answers as PureCloud does, limits and refusals included. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createOutbound, type Outbound } from '../../sandbox/purecloud/outbound/create-outbound.ts';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';

let outbound: Outbound;
let sandbox: RunningSandbox;
let token: string;

beforeEach(async () => {
  outbound = createOutbound();
  const { api, files } = outbound;
  sandbox = await startSandbox({ purecloud: { api, files, requestsPerMinute: Infinity } });
  const client = sandbox.purecloud.state.clients.get(DEMO_PURECLOUD_CLIENT.id)!;
  token = sandbox.purecloud.state.issueToken(client).value;
});
afterEach(() => sandbox.close());

interface Answer {
  status: number;
  body: Record<string, unknown> & { entities?: Record<string, unknown>[] };
}

async function call(method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await fetch(`${sandbox.purecloud.url}/api/v2${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: (text === '' ? {} : JSON.parse(text)) as Answer['body'] };
}

const LIST = {
  name: 'Spring',
  columnNames: ['Name', 'Phone'],
  phoneColumns: [{ columnName: 'Phone', type: 'mobile' }],
};

async function newList(members: object = {}): Promise<string> {
  return String((await call('POST', '/outbound/contactlists', { ...LIST, ...members })).body.id);
}

function contactsOf(contactListId: string, count: number) {
  return Array.from({ length: count }, (_item, index) => ({
    id: `c${index}`,
    contactListId,
    data: { Name: `Name ${index}`, Phone: '+15555550100' },
  }));
}

describe('contact lists', () => {
  test('are created, found by name, read with their size and deleted', async () => {
    const id = await newList();
    await newList({ name: 'Spring 2' });
    await call('POST', `/outbound/contactlists/${id}/contacts`, contactsOf(id, 3));
    expect((await call('GET', `/outbound/contactlists/${id}?includeSize=true`)).body).toMatchObject({
      ...LIST,
      id,
      size: 3,
    });
    const found = (query: string) =>
      call('GET', `/outbound/contactlists?${query}`).then(({ body }) => body.total);
    expect(await found('name=spr')).toBe(2);
    expect(await found('name=Spring&filterType=Equals')).toBe(1);
    expect(await found(`id=${id},other`)).toBe(1);
    expect(await found(`id=${id}&id=other`)).toBe(1);
    expect((await call('DELETE', `/outbound/contactlists/${id}`)).status).toBe(200);
    expect((await call('GET', `/outbound/contactlists/${id}`)).body).toMatchObject({
      code: 'contact.list.not.found',
    });
  });

  test('come in pages', async () => {
    for (let number = 0; number < 30; number += 1) await newList({ name: `List ${number}` });
    const { body } = await call('GET', '/outbound/contactlists');
    expect(body).toMatchObject({ pageSize: 25, pageNumber: 1, total: 30, pageCount: 2 });
    expect(body.nextUri).toBe('/api/v2/outbound/contactlists?pageSize=25&pageNumber=2');
    expect((await call('GET', String(body.nextUri).replace('/api/v2', ''))).body.entities).toHaveLength(5);
    expect((await call('GET', '/outbound/contactlists?pageSize=101')).status).toBe(400);
  });

  test.each([
    ['name.cannot.be.blank', { name: ' ' }],
    ['name.length.exceeded', { name: 'x'.repeat(65) }],
    ['no.contact.columns.defined', { columnNames: [] }],
    [
      'contact.columns.limit.exceeded',
      { columnNames: Array.from({ length: 51 }, (_item, index) => `C${index}`) },
    ],
    ['not.unique.contact.columns', { columnNames: ['Phone', 'phone'] }],
    ['no.phone.columns', { phoneColumns: [] }],
    ['invalid.contact.phone.column', { phoneColumns: [{ columnName: 'Mobile', type: 'mobile' }] }],
    ['duplicate.name', { name: 'spring' }],
    ['bad.request', { columnNames: 'Phone' }],
  ])('are refused with %s', async (code, members) => {
    await newList();
    const { status, body } = await call('POST', '/outbound/contactlists', {
      ...LIST,
      name: 'Other',
      ...members,
    });
    expect([status, body]).toMatchObject([400, { code, status: 400, details: [], errors: [] }]);
    expect(body.message).toMatch(/\w/);
    expect(body.contextId).toMatch(/\w/);
  });

  test('that a campaign uses cannot be deleted', async () => {
    const id = await newList();
    outbound.state.addCampaign({ name: 'Campaign', contactListId: id });
    expect((await call('DELETE', `/outbound/contactlists/${id}`)).body).toMatchObject({
      code: 'contact.list.in.use',
    });
  });
});

describe('contacts', () => {
  test('are added up to 1,000 at once, and found again', async () => {
    const id = await newList();
    const path = `/outbound/contactlists/${id}/contacts`;
    const added = await call('POST', path, contactsOf(id, 1000));
    expect(added.status).toBe(200);
    expect((await call('POST', path, contactsOf(id, 1001))).body).toMatchObject({
      code: 'too.many.contacts.added',
      message: 'Too many contacts added, the limit is 1000',
    });
    const criteria = {
      clauses: [{ predicates: [{ column: 'Name', operator: 'BEGINS_WITH', value: 'Name 99' }] }],
    };
    const found = await call('POST', `${path}/search`, { pageNumber: 1, pageSize: 5, criteria });
    expect(found.body).toMatchObject({ total: 11, contactsCount: 11, pageCount: 3 });
    expect((await call('POST', `${path}/bulk`, ['c1', 'gone', 'c2'])).body).toMatchObject([
      { id: 'c1' },
      { id: 'c2' },
    ]);
    expect((await call('POST', `${path}/bulk`, Array.from({ length: 51 }, String))).body).toMatchObject({
      code: 'too.many.contacts.requested',
    });
  });

  test('sent again with doNotQueue keep their place, their calls and whether they may be called', async () => {
    const id = await newList();
    const path = `/outbound/contactlists/${id}/contacts`;
    await call('POST', path, contactsOf(id, 3));
    const { state } = outbound;
    state.recordCall(id, 'c0', 'Phone', { lastAttempt: state.timestamp(), lastResult: 'ININ-OUTBOUND-BUSY' });
    await call('POST', `${path}?doNotQueue=true&clearSystemData=false`, contactsOf(id, 3));
    expect([...state.lists.get(id)!.queue]).toEqual(['c1', 'c2']);
    expect((await call('GET', `${path}/c0`)).body).toMatchObject({
      callRecords: { Phone: { lastResult: 'ININ-OUTBOUND-BUSY' } },
    });
  });

  test('sent again without doNotQueue are called again, first ones first where they have priority', async () => {
    const id = await newList();
    const path = `/outbound/contactlists/${id}/contacts`;
    await call('POST', path, contactsOf(id, 3));
    await call('POST', `${path}?priority=true`, [contactsOf(id, 3)[1]]);
    await call('POST', `${path}?clearSystemData=true`, [contactsOf(id, 3)[0]]);
    expect([...outbound.state.lists.get(id)!.queue]).toEqual(['c1', 'c2', 'c0']);
  });

  test('are deleted up to 250 at once, however their ids are joined', async () => {
    const id = await newList();
    const path = `/outbound/contactlists/${id}/contacts`;
    await call('POST', path, contactsOf(id, 300));
    expect((await call('DELETE', `${path}?contactIds=c0,c1&contactIds=c2`)).status).toBe(200);
    const many = Array.from({ length: 251 }, (_item, index) => `c${index}`).join(',');
    expect((await call('DELETE', `${path}?contactIds=${many}`)).body).toMatchObject({
      code: 'too.many.contacts.added',
    });
    expect((await call('DELETE', path)).body).toMatchObject({ code: 'no.contacts.specified' });
    expect(outbound.state.lists.get(id)!.contacts.size).toBe(297);
  });

  test('of a running campaign stay, though the answer is 200', async () => {
    const id = await newList();
    const path = `/outbound/contactlists/${id}/contacts`;
    await call('POST', path, contactsOf(id, 1));
    outbound.state.addCampaign({ name: 'Running', contactListId: id, campaignStatus: 'on' });
    expect((await call('DELETE', `${path}?contactIds=c0`)).status).toBe(200);
    expect((await call('GET', `${path}/c0`)).status).toBe(200);
    expect((await call('DELETE', `${path}/c0`)).body).toMatchObject({ code: 'contact.in.use' });
  });

  test.each([
    ['invalid.contact.id', { id: 'a/b' }],
    ['invalid.contact.columns', { data: { Nickname: 'x' } }],
    ['invalid.value', { data: { Name: 'x'.repeat(513) } }],
    ['bad.request', { data: { Name: 5 } }],
    ['bad.request', { contactListId: 'another' }],
    ['bad.request', { data: undefined }],
  ])('are refused with %s, and none of the batch is taken', async (code, members) => {
    const id = await newList();
    const [good, other] = contactsOf(id, 2);
    const { status, body } = await call('POST', `/outbound/contactlists/${id}/contacts`, [
      good,
      { ...other, ...members },
    ]);
    expect([status, body.code]).toEqual([400, code]);
    expect(outbound.state.lists.get(id)!.contacts.size).toBe(0);
  });

  test('of a list that is not there are 404, and what is no JSON or too much of it is refused', async () => {
    const id = await newList();
    const path = `/outbound/contactlists/${id}/contacts`;
    expect((await call('POST', '/outbound/contactlists/gone/contacts', [])).body).toMatchObject({
      status: 404,
      code: 'contact.list.not.found',
    });
    expect((await call('GET', `${path}/gone`)).body).toMatchObject({
      status: 404,
      code: 'resource.not.found',
    });
    expect((await call('POST', path, '[{')).body).toMatchObject({ status: 400, code: 'bad.request' });
    expect((await call('POST', path, `["${'x'.repeat(512_000)}"]`)).body).toMatchObject({
      status: 413,
      code: 'request.entity.too.large',
    });
  });
});

describe('exports', () => {
  test('are there after a while, and their file is fetched without a token', async () => {
    const id = await newList();
    await call('POST', `/outbound/contactlists/${id}/contacts`, [
      { ...contactsOf(id, 1)[0], data: { Name: 'A "B", C', Phone: '+15555550100' } },
    ]);
    outbound.state.recordCall(id, 'c0', 'Phone', {
      lastAttempt: '2026-01-01T00:00:00.000Z',
      lastResult: 'Sold',
    });
    const path = `/outbound/contactlists/${id}/export`;
    expect((await call('GET', path)).body).toMatchObject({
      status: 404,
      code: 'no.available.list.export.uri',
    });
    expect((await call('POST', path)).status).toBe(200);
    expect((await call('GET', path)).body).toMatchObject({
      status: 404,
      code: 'no.available.list.export.uri',
    });
    const { uri } = (await call('GET', path)).body;
    const redirect = await fetch(String(uri), {
      headers: { Authorization: `Bearer ${token}` },
      redirect: 'manual',
    });
    expect(redirect.status).toBe(302);
    const file = redirect.headers.get('location')!;
    expect((await fetch(file, { headers: { Authorization: `Bearer ${token}` } })).status).toBe(400);
    expect(await (await fetch(file)).text()).toBe(
      '"inin-outbound-id","Name","Phone","ContactCallable","CallRecordLastAttempt-Phone","CallRecordLastResult-Phone","CallRecordLastAgentWrapup-Phone","Callable-Phone"\r\n' +
        '"c0","A ""B"", C","+15555550100","1","2026-01-01T00:00:00.000Z","Sold","","1"\r\n',
    );
  });
});

describe('campaigns and wrap-up codes', () => {
  test('are listed and read', async () => {
    const id = await newList();
    const campaign = outbound.state.addCampaign({ name: 'Campaign', contactListId: id });
    const code = outbound.state.addWrapUpCode('Sold');
    const listed = await call('GET', `/outbound/campaigns?contactListId=${id}`);
    expect(listed.body.entities).toMatchObject([{ id: campaign.id, contactList: { id, name: 'Spring' } }]);
    expect((await call('GET', '/outbound/campaigns?contactListId=other')).body.total).toBe(0);
    expect((await call('GET', `/outbound/campaigns/${campaign.id}`)).body).toMatchObject({
      name: 'Campaign',
    });
    expect((await call('GET', '/routing/wrapupcodes?pageSize=100')).body.entities).toMatchObject([
      { id: code.id, name: 'Sold' },
    ]);
    expect((await call('GET', '/outbound/campaigns/gone')).body).toMatchObject({
      code: 'resource.not.found',
    });
  });

  test('need their permissions', async () => {
    const client = sandbox.purecloud.state.putClient({
      id: 'limited',
      secret: 's',
      permissions: ['outbound:contactList:view'],
    });
    token = sandbox.purecloud.state.issueToken(client).value;
    expect((await call('GET', '/outbound/contactlists')).status).toBe(200);
    expect((await call('GET', '/outbound/campaigns')).body).toMatchObject({
      status: 403,
      code: 'missing.permissions',
    });
  });
});
