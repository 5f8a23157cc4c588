/** Every condition that `/_sandbox/switches` offers can be brought about and taken back by curl. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { DEMO_SALESFORCE_APP } from '../../sandbox/salesforce/create-salesforce-sandbox.ts';
import { startCampaignSandbox, type RunningCampaignSandbox } from '../../sandbox/start-campaign-sandbox.ts';

let sandbox: RunningCampaignSandbox;
beforeEach(async () => {
  sandbox = await startCampaignSandbox();
});
afterEach(() => sandbox.close());

type Side = 'purecloud' | 'salesforce';

async function ask(url: string, method: string, body?: unknown, token?: string) {
  const answer = await fetch(url, {
    method,
    headers: {
      'Content-Type': 'application/json',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? {} : JSON.parse(text) };
}

const admin = (side: Side, method: string, path: string, body?: unknown) =>
  ask(`${sandbox[side].url}/_sandbox${path}`, method, body);

function list(contacts = 5) {
  const { state } = sandbox.outbound;
  const stored = state.addList({
    name: 'Spring',
    columnNames: ['Phone'],
    phoneColumns: [{ columnName: 'Phone', type: 'Work' }],
  });
  for (let row = 0; row < contacts; row += 1)
    state.upsert(
      stored,
      { id: `c${row}`, data: { Phone: '+15555550100' } },
      { priority: false, clearSystemData: false, doNotQueue: true },
    );
  return stored;
}

function pureCloud(method: string, path: string, body?: unknown) {
  const { state, url } = sandbox.purecloud;
  const token = state.issueToken(state.clients.get(DEMO_PURECLOUD_CLIENT.id)!).value;
  return ask(`${url}/api/v2/outbound${path}`, method, body, token);
}

async function salesforce(method: string, path: string, body?: unknown) {
  const { clientId, clientSecret } = DEMO_SALESFORCE_APP;
  const answer = await fetch(sandbox.salesforce.tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
    }),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return ask(`${sandbox.salesforce.url}/services/data/v66.0${path}`, method, body, token);
}

test.each(['purecloud', 'salesforce'] as const)(
  'each switch of %s is told with a body that works',
  async (side) => {
    const { body } = await admin(side, 'GET', '/switches');
    expect(body.known.length).toBeGreaterThan(5);
    for (const [row, { post, effect, example }] of body.known.entries()) {
      const memberId = sandbox.org.state.tables.CampaignMember.idOf(row);
      if (side === 'purecloud') list();
      expect(effect).toMatch(/\.$/);
      const sent = side === 'salesforce' && 'ids' in example ? { ...example, ids: [memberId] } : example;
      const { status } = await ask(`${sandbox[side].url}${post}`, 'POST', sent);
      expect([post, status > 199 && status < 202]).toEqual([post, true]);
      await ask(`${sandbox[side].url}/_sandbox/switches`, 'DELETE');
    }
    expect((await admin(side, 'GET', '/state')).body.switches).toEqual([]);
  },
);

describe('what is wrong in a body', () => {
  test('is named, with one that works', async () => {
    const { status, body } = await admin('purecloud', 'POST', '/switches/exportNotReady', { poll: 3 });
    expect(status).toBe(400);
    expect(body.message).toContain('{"polls":1000}');
    expect(body.errors.length).toBeGreaterThan(0);
    expect((await admin('purecloud', 'POST', '/switches/nothing', {})).status).toBe(404);
  });

  test('or in the world is said in words', async () => {
    list();
    const { status, body } = await admin('purecloud', 'POST', '/switches/dialing', { list: 'Autumn' });
    expect([status, body.message]).toEqual([400, 'There is no such contact list. There are: Spring.']);
    const { body: other } = await admin('salesforce', 'POST', '/switches/doNotCall', { ids: ['nobody'] });
    expect(other.message).toBe('There is no campaign member nobody.');
  });
});

describe('PureCloud', () => {
  test('dials, and stops', async () => {
    list();
    const { body } = await admin('purecloud', 'POST', '/switches/dialing', { callsPerSecond: 100_000 });
    const waiting = async () => (await admin('purecloud', 'GET', '/state')).body.lists[0].waiting as number;
    while ((await waiting()) > 0);
    expect((await admin('purecloud', 'GET', '/state')).body.campaigns).toMatchObject([
      { campaignStatus: 'on', called: 5 },
    ]);
    expect((await admin('purecloud', 'DELETE', `/switches/${body.id}`)).status).toBe(200);
    expect((await admin('purecloud', 'DELETE', `/switches/${body.id}`)).status).toBe(404);
    expect((await admin('purecloud', 'GET', '/state')).body.campaigns[0].campaignStatus).toBe('off');
  });

  test('refuses a batch, or every batch with one contact', async () => {
    const { list: made } = list();
    const contact = (id: string) => ({ id, contactListId: made.id, data: { Phone: '+15555550100' } });
    const send = (...ids: string[]) =>
      pureCloud('POST', `/contactlists/${made.id}/contacts`, ids.map(contact));
    await admin('purecloud', 'POST', '/switches/batchRefused', { times: 1, status: 409, code: 'conflict' });
    expect((await send('a')).body).toMatchObject({ status: 409, code: 'conflict' });
    expect((await send('a')).status).toBe(200);
    const { body } = await admin('purecloud', 'POST', '/switches/contactRefused', { ids: ['b'] });
    expect((await send('a', 'b')).body).toMatchObject({ status: 400, code: 'invalid.contact.columns' });
    expect((await send('a')).status).toBe(200);
    await admin('purecloud', 'DELETE', `/switches/${body.id}`);
    expect((await send('a', 'b')).status).toBe(200);
  });

  test('keeps an export from being ready, and a list from keeping its columns', async () => {
    const { list: made } = list();
    await admin('purecloud', 'POST', '/switches/exportNotReady', { polls: 2 });
    await pureCloud('POST', `/contactlists/${made.id}/export`, {});
    const poll = async () => (await pureCloud('GET', `/contactlists/${made.id}/export`)).status;
    expect([await poll(), await poll(), await poll()]).toEqual([404, 404, 200]);
    const { body } = await pureCloud('GET', `/contactlists/${made.id}`);
    const changed = await pureCloud('PUT', `/contactlists/${made.id}`, {
      ...body,
      columnNames: ['Phone', 'Name'],
    });
    expect(changed.body).toMatchObject({ status: 400, code: 'cannot.update.contact.column.names' });
    await admin('purecloud', 'POST', '/switches/otherColumns', {
      columnNames: ['Mobile'],
      phoneColumns: [{ columnName: 'Mobile', type: 'Cell' }],
    });
    const found = await pureCloud('GET', '/contactlists?name=Spring');
    expect(found.body.entities).toMatchObject([{ columnNames: ['Mobile'] }]);
  });
});

describe('Salesforce', () => {
  test('locks a row, uses up its calls and forgets deletions', async () => {
    const id = sandbox.org.state.tables.CampaignMember.idOf(0);
    const records = [{ attributes: { type: 'CampaignMember' }, Id: id, Status: 'Called' }];
    const update = () => salesforce('PATCH', '/composite/sobjects', { records });
    await admin('salesforce', 'POST', '/switches/rowRefused', {
      statusCode: 'UNABLE_TO_LOCK_ROW',
      ids: [id],
      timesEach: 1,
    });
    expect((await update()).body[0].errors[0].statusCode).toBe('UNABLE_TO_LOCK_ROW');
    expect((await update()).body[0].success).toBe(true);
    const { body } = await admin('salesforce', 'POST', '/switches/apiCalls', { used: 15_000 });
    expect((await update()).body[0].errorCode).toBe('REQUEST_LIMIT_EXCEEDED');
    await admin('salesforce', 'DELETE', `/switches/${body.id}`);
    expect((await update()).status).toBe(200);
    await admin('salesforce', 'POST', '/switches/deletionsForgotten', {});
    const [start, end] = [new Date(Date.now() - 86_400_000), new Date()].map((date) =>
      encodeURIComponent(date.toISOString()),
    );
    const { body: deleted } = await salesforce(
      'GET',
      `/sobjects/CampaignMember/deleted?start=${start}&end=${end}`,
    );
    expect(Date.parse(deleted.earliestDateAvailable)).toBeGreaterThan(Date.now() - 60_000);
  });
});
