/** The fake PureCloud calls a list by itself, and leaves behind what the real one does. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import type { DialedCall } from '../../sandbox/purecloud/outbound/dialing/dial-contacts.ts';
import { drawOutcome } from '../../sandbox/purecloud/outbound/dialing/outcomes.ts';
import { startCampaignSandbox, type RunningCampaignSandbox } from '../../sandbox/start-campaign-sandbox.ts';
import { createOpenApiCheck } from '../support/openapi-check.ts';

const openApi = createOpenApiCheck(join(import.meta.dirname, '../../sandbox/purecloud/openapi.json'));
const SOON_MS = 30_000;
const OUTCOMES = [
  { result: 'Sold', weight: 1 },
  { result: 'ININ-OUTBOUND-BUSY', weight: 1, isRecalled: true },
];

let sandbox: RunningCampaignSandbox;
let token: string;
let listId: string;

beforeEach(async () => {
  sandbox = await startCampaignSandbox({ purecloud: { requestsPerMinute: Infinity } });
  const client = sandbox.purecloud.state.clients.get(DEMO_PURECLOUD_CLIENT.id)!;
  token = sandbox.purecloud.state.issueToken(client).value;
  const { state } = sandbox.outbound;
  const { list } = state.addList({
    name: 'Spring',
    columnNames: ['Name', 'Phone', 'Mobile'],
    phoneColumns: [
      { columnName: 'Phone', type: 'Work' },
      { columnName: 'Mobile', type: 'Cell' },
    ],
  });
  listId = list.id;
});
afterEach(() => sandbox.close());

/** Each exchange is held to the schema. */
async function call(method: string, path: string, body?: unknown) {
  const requestBody = body === undefined ? undefined : JSON.stringify(body);
  const answer = await fetch(`${sandbox.purecloud.url}/api/v2${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    ...(requestBody === undefined ? {} : { body: requestBody }),
  });
  const answerBody = await answer.text();
  const exchange = { method, path: `/api/v2${path}`, requestBody, status: answer.status, answerBody };
  expect(openApi.faultsOf(exchange)).toEqual([]);
  return { status: answer.status, body: answerBody === '' ? {} : JSON.parse(answerBody) };
}

function addContacts(count: number, members: object = {}): void {
  const { state } = sandbox.outbound;
  const stored = state.lists.get(listId)!;
  for (let index = 0; index < count; index += 1)
    state.upsert(
      stored,
      { id: `c${index}`, data: { Name: `N${index}`, Phone: `+1555555${index}` }, ...members },
      { priority: false, clearSystemData: false, doNotQueue: true },
    );
}

const contact = (id: string) => sandbox.outbound.state.lists.get(listId)!.contacts.get(id)!;

describe('a campaign', () => {
  test('is made, started, looked at and complete over the API, with results in the contacts', async () => {
    addContacts(30);
    const made = await call('POST', '/outbound/campaigns', {
      name: 'Spring calls',
      contactList: { id: listId },
      dialingMode: 'agentless',
      phoneColumns: [{ columnName: 'Phone', type: 'Work' }],
      callerName: 'Us',
      callerAddress: '+15555550100',
      alwaysRunning: true,
    });
    const path = `/outbound/campaigns/${made.body.id}`;
    expect(made.body).toMatchObject({ campaignStatus: 'off', version: 1 });
    await call('POST', `${path}/start`);
    expect((await call('GET', path)).body.campaignStatus).toBe('on');
    await call('DELETE', `/outbound/contactlists/${listId}/contacts?contactIds=c29`);
    expect(contact('c29')).toBeDefined();
    await call('POST', `${path}/stop`);
    expect((await call('GET', path)).body.campaignStatus).toBe('off');
    const { done } = sandbox.outbound.dial({ listId, callsPerSecond: Infinity });
    expect(await done).toMatchObject({ ended: 'complete' });
    expect((await call('GET', `${path}/progress`)).body).toMatchObject({
      numberOfContactsCalled: 30,
      totalNumberOfContacts: 30,
      percentage: 100,
    });
    expect((await call('POST', '/outbound/campaigns/progress', [made.body.id])).body).toHaveLength(1);
    const { body } = await call('GET', `/outbound/contactlists/${listId}/contacts/c7`);
    expect(Date.parse(body.callRecords.Phone.lastAttempt)).toBeGreaterThan(Date.now() - 60_000);
    expect((await call('GET', '/routing/wrapupcodes')).body.total).toBeGreaterThan(3);
    expect((await call('GET', '/outbound/wrapupcodemappings')).body.mapping).not.toEqual({});
  });

  test('is recycled for those that only the system has ended, once in five seconds', async () => {
    addContacts(40);
    const { campaignId, done } = sandbox.outbound.dial({
      listId,
      callsPerSecond: Infinity,
      outcomes: OUTCOMES,
    });
    const { results } = await done;
    const path = `/outbound/campaigns/${campaignId}/progress`;
    expect((await call('DELETE', path)).status).toBe(202);
    expect(sandbox.outbound.state.lists.get(listId)!.queue.length).toBe(results['ININ-OUTBOUND-BUSY']);
    expect((await call('DELETE', path)).body.code).toBe('too.many.recycles');
  });

  test('takes no change while it runs, nor one with an old version', async () => {
    addContacts(1);
    const { campaignId, stop } = sandbox.outbound.dial({
      listId,
      callsPerSecond: 0.001,
      alwaysRunning: true,
    });
    const path = `/outbound/campaigns/${campaignId}`;
    const { body } = await call('GET', path);
    expect((await call('PUT', path, { ...body, name: 'x' })).body.code).toBe(
      'invalid.update.campaign.active',
    );
    expect((await call('PUT', path, { ...body, version: 9 })).body.code).toBe('invalid.update.wrong.version');
    expect((await call('DELETE', path)).status).toBe(409);
    expect((await call('PUT', path, { ...body, campaignStatus: 'off' })).body.campaignStatus).toBe('off');
    stop();
    expect((await call('DELETE', path)).status).toBe(200);
  });
});

describe('dialling', () => {
  test('calls each contact once, and none that may not be called', async () => {
    addContacts(100);
    const { state } = sandbox.outbound;
    const stored = state.lists.get(listId)!;
    stored.contacts.setCallable('c3', false);
    stored.contacts.setNumberCallable('c4', 'Phone', false);
    const dnc = await call('POST', '/outbound/dnclists', { name: 'No', dncSourceType: 'rds' });
    await call('POST', `/outbound/dnclists/${dnc.body.id}/phonenumbers`, ['+15555555']);
    expect((await call('GET', '/outbound/dnclists')).body.entities).toMatchObject([{ size: 1 }]);
    state.addCampaign({ name: 'Calls', contactListId: listId, dncLists: [{ id: dnc.body.id }] });
    const called: DialedCall[] = [];
    const { done } = sandbox.outbound.dial({
      listId,
      callsPerSecond: Infinity,
      onCall: (one) => called.push(one),
    });
    const { calls, skipped } = await done;
    const ids = called.map(({ contactId }) => contactId);
    expect([calls, new Set(ids).size, ids.length]).toEqual([97, 97, 97]);
    expect(ids.filter((id) => ['c3', 'c4', 'c5'].includes(id))).toEqual([]);
    expect(Object.values(skipped).sort()).toEqual([1, 1, 1]);
    const again = await sandbox.outbound.dial({ listId, callsPerSecond: Infinity }).done;
    expect(again.calls).toBe(0);
  });

  test('goes to the next number where the first is not to be called', async () => {
    addContacts(1, { data: { Phone: '+15555550001', Mobile: '+15555550002' } });
    sandbox.outbound.state.lists.get(listId)!.contacts.setNumberCallable('c0', 'Phone', false);
    await sandbox.outbound.dial({ listId, callsPerSecond: Infinity }).done;
    expect(Object.keys(contact('c0').callRecords)).toEqual(['Mobile']);
  });

  test('ends the same way for the same seed, whatever the order, and another way for another', async () => {
    const draw = (seed: number) =>
      Array.from({ length: 200 }, (_, index) =>
        drawOutcome(OUTCOMES, { seed, contactId: `c${index}`, attempt: 1 }),
      ).map(({ result }) => result);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw(1).filter((result) => result === 'Sold').length).toBeGreaterThan(60);
    expect(draw(1).filter((result) => result === 'Sold').length).toBeLessThan(140);
  });

  test('calls a contact again for a recall, or when it is queued anew', async () => {
    addContacts(20);
    const outcomes = [{ result: 'ININ-OUTBOUND-BUSY', weight: 1, isRecalled: true }];
    const first = await sandbox.outbound.dial({ listId, callsPerSecond: Infinity, outcomes, recallsMax: 2 })
      .done;
    expect(first.calls).toBe(60);
    const path = `/outbound/contactlists/${listId}/contacts`;
    const body = [{ id: 'c1', contactListId: listId, data: { Phone: '+15555550001' } }];
    await call('POST', `${path}?doNotQueue=true`, body);
    const second = await sandbox.outbound.dial({ listId, callsPerSecond: Infinity, outcomes }).done;
    expect(second.calls).toBe(0);
    await call('POST', `${path}?doNotQueue=false`, body);
    const third = await sandbox.outbound.dial({ listId, callsPerSecond: Infinity, outcomes }).done;
    expect(third.calls).toBe(1);
  });

  test('shows a call that an agent holds as transferred, and its wrap-up after it', async () => {
    addContacts(1);
    const dialing = sandbox.outbound.dial({
      listId,
      callsPerSecond: Infinity,
      outcomes: [{ result: 'Sold', weight: 1, flags: ['CONTACT_UNCALLABLE'] }],
      agentSeconds: 600,
    });
    await expectSoon(
      () => contact('c0').callRecords.Phone?.lastResult === 'ININ-OUTBOUND-TRANSFERRED-TO-QUEUE',
    );
    expect(dialing.calls).toBe(0);
    dialing.stop();
    expect(await dialing.done).toMatchObject({ calls: 1, ended: 'off', results: { Sold: 1 } });
    expect(contact('c0')).toMatchObject({ callable: false, callRecords: { Phone: { lastResult: 'Sold' } } });
  });

  test('keeps to its rate', async () => {
    addContacts(200);
    const dialing = sandbox.outbound.dial({ listId, callsPerSecond: 100 });
    const startedAt = performance.now();
    await expectSoon(() => dialing.calls >= 10);
    const seconds = (performance.now() - startedAt) / 1000;
    expect(dialing.calls).toBeLessThanOrEqual(Math.ceil(seconds * 100) + 3);
    dialing.stop();
    expect((await dialing.done).ended).toBe('off');
  });

  test('pushes each call to a receiver, with what PureCloud tells of it', async () => {
    const received: Record<string, unknown>[] = [];
    const receiver = http.createServer((req, res) => {
      void text(req).then((body) => {
        received.push({ ...JSON.parse(body), authorization: req.headers.authorization });
        res.writeHead(received.length === 1 ? 500 : 202).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    try {
      addContacts(25);
      const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
      const { done } = sandbox.outbound.dial({
        listId,
        callsPerSecond: Infinity,
        postContact: { url, headers: { Authorization: 'Bearer hook' } },
      });
      expect(await done).toMatchObject({ calls: 25, posted: 24, failed: 1 });
    } finally {
      receiver.close();
    }
    const codes = new Set(sandbox.outbound.state.wrapUpCodes.keys());
    expect(new Set(received.map(({ outboundContactId }) => outboundContactId)).size).toBe(25);
    for (const event of received) {
      expect(event).toMatchObject({ outboundContactListId: listId, authorization: 'Bearer hook' });
      const code = String(event.wrapupCode);
      expect(code.startsWith('ININ-') || codes.has(code)).toBe(true);
      expect(event.eventTime).toBe(contact(String(event.outboundContactId)).callRecords.Phone!.lastAttempt);
    }
  });
});

async function expectSoon(isSo: () => boolean): Promise<void> {
  const until = performance.now() + SOON_MS;
  while (!isSo()) {
    if (performance.now() > until) throw new Error(`it did not happen within ${SOON_MS} ms`);
    await new Promise(setImmediate);
  }
}
