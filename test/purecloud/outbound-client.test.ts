import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { ContactList } from '../../server/campaigns/ports.ts';
import { BridgeError } from '../../server/errors.ts';
import {
  createOutboundClient,
  type OutboundClient,
  type OutboundClientOptions,
} from '../../server/purecloud/outbound-client.ts';
import type { RequestBudget } from '../../server/purecloud/request-budget.ts';
import { TransportError } from '../../server/transport/transport-error.ts';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { createOutbound, type Outbound } from '../../sandbox/purecloud/outbound/create-outbound.ts';
import type { Contact, StoredContactList } from '../../sandbox/purecloud/outbound/outbound-state.ts';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';
import { createOpenApiCheck, type Exchange } from '../support/openapi-check.ts';
import { liveBytes } from '../support/live-bytes.ts';
import { createUpstreamParts, type UpstreamParts } from '../support/upstream-client.ts';

const openApi = createOpenApiCheck(join(import.meta.dirname, '../../sandbox/purecloud/openapi.json'));
const LAYOUT = { columns: ['FirstName', 'LastName'], phones: [{ column: 'Phone', type: 'Work' }] };

interface Stage {
  client: OutboundClient;
  sandbox: RunningSandbox;
  outbound: Outbound;
  parts: UpstreamParts;
  /** All that went over the wire to the API, and did not meet a fault that a test switched on. */
  exchanges: Exchange[];
  list(contacts?: number): StoredContactList;
  another(options?: Partial<OutboundClientOptions>): OutboundClient;
}

let open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(open.map((close) => close()));
  open = [];
});

/** Writes down what passes and changes nothing. */
function listening(transport: UpstreamParts['transport'], exchanges: Exchange[]): UpstreamParts['transport'] {
  return {
    stream: transport.stream,
    async send(request, profile, options) {
      const answer = await transport.send(request, profile, options);
      const { method, url, body } = request;
      exchanges.push({
        method,
        path: `${url.pathname}${url.search}`,
        requestBody: body,
        status: answer.status,
        answerBody: answer.body,
      });
      return answer;
    },
  };
}

async function stage(options: Partial<OutboundClientOptions> = {}): Promise<Stage> {
  const outbound = createOutbound();
  const { api, files } = outbound;
  const sandbox = await startSandbox({ purecloud: { api, files, requestsPerMinute: Infinity } });
  const { url, tokenUrl } = sandbox.purecloud;
  const { id: clientId, secret: clientSecret } = DEMO_PURECLOUD_CLIENT;
  const parts = createUpstreamParts({ url, tokenUrl, clientId, clientSecret, provider: 'purecloud' });
  const exchanges: Exchange[] = [];
  const another = (more: Partial<OutboundClientOptions> = {}) =>
    createOutboundClient({
      ...parts,
      transport: listening(parts.transport, exchanges),
      budget: { acquire: () => Promise.resolve(), report: () => undefined },
      caller: 'sync:spring',
      contactListName: 'Spring',
      log: { warn: () => undefined },
      ...options,
      ...more,
    });
  const client = another();
  open.push(
    () => client.close(),
    () => parts.close(),
    () => sandbox.close(),
  );
  const list = (contacts = 0) => {
    const { columns, phones } = LAYOUT;
    const stored = outbound.state.addList({
      name: 'Spring',
      columnNames: ['Phone', ...columns],
      phoneColumns: phones.map(({ column, type }) => ({ columnName: column, type })),
    });
    for (let row = 0; row < contacts; row += 1) put(stored, row);
    return stored;
  };
  return { client, sandbox, outbound, parts, exchanges, list, another };
}

const idOf = (row: number) => `00v5g00000${String(row).padStart(8, '0')}`;

/** Past the queue, which a test of results does not need. */
function put({ list, contacts }: StoredContactList, row: number, members: Partial<Contact> = {}): void {
  contacts.set(idOf(row), {
    id: idOf(row),
    contactListId: list.id,
    data: { Phone: `+4930${row}`, FirstName: 'Käthe', LastName: 'O"Neill, Jr.\nII' },
    callable: true,
    phoneNumberStatus: { Phone: { callable: true } },
    callRecords: {},
    dateCreated: '2026-03-01T00:00:00.000Z',
    ...members,
  });
}

function sent(row: number, data: Record<string, string> = {}) {
  return { id: idOf(row), data: { Phone: `+4930${row}`, FirstName: 'Anna', ...data }, makeCallable: false };
}

test('is what a run needs of PureCloud', async () => {
  const { client } = await stage();
  const contacts: ContactList = client;
  expect(contacts).toBe(client);
});

describe('a contact list', () => {
  test('is made once, and found by its exact name from then on', async () => {
    const { client, outbound } = await stage();
    outbound.state.addList({
      name: 'Spring 2',
      columnNames: ['Phone'],
      phoneColumns: [{ columnName: 'Phone', type: 'Work' }],
    });
    expect(await client.check(LAYOUT)).toEqual({ state: 'missing' });
    const listId = await client.create(LAYOUT);
    expect(await client.check(LAYOUT)).toEqual({ state: 'ready', listId });
    expect(outbound.state.lists.get(listId)!.list).toMatchObject({
      name: 'Spring',
      columnNames: ['Phone', 'FirstName', 'LastName'],
      phoneColumns: [{ columnName: 'Phone', type: 'Work' }],
    });
    expect(await client.create(LAYOUT)).toBe(listId);
  });

  test('whose making was not answered is found, not made twice', async () => {
    const { another, outbound, parts } = await stage();
    let lost = 0;
    const transport: UpstreamParts['transport'] = {
      stream: parts.transport.stream,
      async send(request, profile, options) {
        const answer = await parts.transport.send(request, profile, options);
        if (request.method === 'POST' && (lost += 1) === 1) return { ...answer, status: 504, body: '' };
        return answer;
      },
    };
    const listId = await another({ transport }).create(LAYOUT);
    expect([...outbound.state.lists.keys()]).toEqual([listId]);
  });

  test('that is named by id and is not there is told apart from one that is to be made', async () => {
    const { another } = await stage();
    const client = another({ contactListId: 'a8c5f5a0-0000-4000-8000-000000000000' });
    expect(await client.check(LAYOUT)).toEqual({ state: 'notFound' });
  });

  test('whose columns do not fit is refused with the columns', async () => {
    const { client, list } = await stage();
    const { id } = list().list;
    const layout = { columns: ['FirstName', 'City'], phones: [{ column: 'LastName', type: 'Work' }] };
    expect(await client.check(layout)).toEqual({
      state: 'mismatch',
      listId: id,
      detail: 'it has no column "City", and its column "LastName" is not a phone column',
    });
  });
});

describe('contacts', () => {
  test('are sent under their own id, twice to the same end, and dialled no second time', async () => {
    const { client, list, outbound } = await stage();
    const stored = list();
    const rows = Array.from({ length: 1_000 }, (_, row) => sent(row));
    expect(await client.upsert(stored.list.id, rows)).toEqual({
      outcome: 'accepted',
      ids: rows.map(({ id }) => id),
    });
    outbound.state.recordCall(stored.list.id, idOf(3), 'Phone', {
      lastAttempt: '2026-03-02T09:00:00Z',
      lastResult: 'x',
    });
    const queue = [...stored.queue];
    await client.upsert(
      stored.list.id,
      rows.map((row) => ({ ...row, data: { ...row.data, FirstName: 'Bea' } })),
    );
    expect([...stored.queue]).toEqual(queue);
    expect(stored.contacts.size).toBe(1_000);
    expect(stored.contacts.get(idOf(3))).toMatchObject({
      data: { FirstName: 'Bea' },
      callRecords: { Phone: { lastResult: 'x' } },
    });
  });

  test.each([
    ['a column that the list has not', sent(1, { City: 'Köln' }), 'invalid.contact.columns'],
    ['an id that is none', { ...sent(1), id: 'a b' }, 'invalid.contact.id'],
    ['a body that is too large', sent(1, { LastName: 'x'.repeat(600_000) }), 'request.entity.too.large'],
  ])('with %s are refused as a batch, which is said and not thrown', async (_name, contact, code) => {
    const { client, list } = await stage();
    const stored = list();
    expect(await client.upsert(stored.list.id, [sent(0), contact])).toMatchObject({
      outcome: 'refused',
      code,
    });
    expect(stored.contacts.size).toBe(0);
  });

  test('for a list that is not there are no matter of the rows', async () => {
    const { client } = await stage();
    await expect(client.upsert('nowhere', [sent(0)])).rejects.toMatchObject({
      errorCode: 'contact.list.not.found',
      options: { remedy: expect.stringContaining('deleted') },
    });
  });

  test('are read back by id, those that are there', async () => {
    const { client, list } = await stage();
    const stored = list(120);
    const found = await client.read(stored.list.id, [...stored.contacts.keys(), 'nobody']);
    expect(found.size).toBe(120);
    expect(found.get(idOf(7))).toEqual({ Phone: '+49307', FirstName: 'Käthe', LastName: 'O"Neill, Jr.\nII' });
  });

  test('are looked up by four requests at a time', async () => {
    const { another, list, parts } = await stage();
    const [onTheWay, most] = [new Set<object>(), { requests: 0 }];
    const transport: UpstreamParts['transport'] = {
      stream: parts.transport.stream,
      async send(request, profile, options) {
        onTheWay.add(request);
        most.requests = Math.max(most.requests, onTheWay.size);
        const answer = await parts.transport.send(request, profile, options);
        onTheWay.delete(request);
        return answer;
      },
    };
    const stored = list(620);
    const found = await another({ transport }).read(stored.list.id, [...stored.contacts.keys()]);
    expect([...found.keys()]).toEqual([...stored.contacts.keys()]);
    expect(most.requests).toBe(4);
  });

  test('are removed, 250 at a time, and looked up afterwards', async () => {
    const { client, list } = await stage();
    const stored = list(300);
    const ids = Array.from({ length: 249 }, (_, row) => idOf(row));
    expect(await client.remove(stored.list.id, [...ids, 'nobody'])).toEqual([...ids, 'nobody']);
    expect(stored.contacts.size).toBe(51);
  });

  test.each([404, 409])('are looked up where PureCloud answers their removal with %i', async (status) => {
    const { client, list, sandbox } = await stage();
    const stored = list(2);
    const body = '{"code":"resource.not.found"}';
    sandbox.purecloud.faults.switchOn({ kind: 'status', status, body, target: 'api', times: 1 });
    expect(await client.remove(stored.list.id, [idOf(0), 'nobody'])).toEqual(['nobody']);
  });

  test('that a running campaign holds stay, are named as such, and become uncallable', async () => {
    const { client, list, outbound } = await stage();
    const stored = list(5);
    outbound.state.addCampaign({ name: 'Dial', contactListId: stored.list.id, campaignStatus: 'on' });
    expect(await client.remove(stored.list.id, [idOf(0), 'nobody'])).toEqual(['nobody']);
    const announced: unknown[] = [];
    const announce = async (callable: readonly string[]) => {
      announced.push([callable, stored.contacts.get(idOf(0))!.callable]);
    };
    expect(await client.block(stored.list.id, [idOf(0), 'nobody'], announce)).toEqual({
      made: [idOf(0)],
      were: [],
    });
    expect(stored.contacts.get(idOf(0))).toMatchObject({ callable: false, data: { FirstName: 'Käthe' } });
    expect(await client.block(stored.list.id, [idOf(0)], announce)).toEqual({ made: [], were: [idOf(0)] });
    expect(announced).toEqual([[[idOf(0)], true]]);
    await client.upsert(stored.list.id, [{ ...sent(0), makeCallable: true }]);
    expect(stored.contacts.get(idOf(0))!.callable).toBe(true);
  });
});

/** PureCloud refuses one contact as it is stored: one that cannot be made uncallable must not keep the others callable. */
test('a contact that cannot be made uncallable is named by its absence, and holds up no other', async () => {
  const { another, list, outbound, parts } = await stage();
  const stored = list(8);
  outbound.state.addCampaign({ name: 'Dial', contactListId: stored.list.id, campaignStatus: 'on' });
  const transport: UpstreamParts['transport'] = {
    stream: parts.transport.stream,
    async send(request, profile, options) {
      const isRefused = request.body.includes('"callable":false') && request.body.includes(idOf(5));
      if (!isRefused) return await parts.transport.send(request, profile, options);
      return { status: 400, headers: {}, body: '{"code":"invalid.contact.phone.number"}' };
    },
  };
  const ids = Array.from({ length: 8 }, (_, row) => idOf(row));
  const { made } = await another({ transport }).block(stored.list.id, ids, () => Promise.resolve());
  expect([...made].sort()).toEqual(ids.filter((id) => id !== idOf(5)));
});

async function readAll(client: OutboundClient, listId: string, since?: string) {
  const results = [];
  const pages: number[] = [];
  for (let cursor: string | undefined, more = true; more;) {
    const page = await client.readResults({
      listId,
      ...(since === undefined ? {} : { since }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    results.push(...page.results);
    pages.push(page.results.length);
    cursor = page.next;
    more = page.next !== undefined;
  }
  return { results, pages };
}

const called = (at: string, lastResult: string) => ({
  callRecords: { Phone: { lastAttempt: at, lastResult } },
});

describe('results', () => {
  test('of a small list come from its contacts', async () => {
    const { client, list, exchanges } = await stage();
    const stored = list(20);
    put(stored, 3, called('2026-03-02T09:00:00.000Z', 'ININ-OUTBOUND-BUSY'));
    expect((await readAll(client, stored.list.id)).results).toEqual([
      { contactId: idOf(3), attempts: [{ at: '2026-03-02T09:00:00.000Z', result: 'ININ-OUTBOUND-BUSY' }] },
    ]);
    expect(exchanges).toHaveLength(2);
  });

  test('of a large list come from its export, page by page, those since an instant', async () => {
    const { client, list, exchanges } = await stage({ resultsPerPage: 1_000 });
    const stored = list(5_000);
    for (let row = 0; row < 2_500; row += 1)
      put(
        stored,
        row,
        called(row < 100 ? '2026-03-01T09:00:00Z' : '2026-03-02T09:00:00Z', `Sale, "big" ${row % 3}`),
      );
    const all = await readAll(client, stored.list.id);
    expect(all.pages).toEqual([1_000, 1_000, 500]);
    expect(all.results[4]).toEqual({
      contactId: idOf(4),
      attempts: [{ at: '2026-03-01T09:00:00Z', result: 'Sale, "big" 1' }],
    });
    expect((await readAll(client, stored.list.id, '2026-03-02T00:00:00Z')).results).toHaveLength(2_400);
    expect(exchanges.length).toBeLessThan(12);
  });

  test('of a large list hold no more of its export than themselves', async () => {
    const { client, list } = await stage();
    const stored = list(0);
    const LastName = 'x'.repeat(500);
    for (let row = 0; row < 40_000; row += 1)
      put(stored, row, {
        data: { Phone: `+4930${row}`, FirstName: 'Anna', LastName },
        ...(row % 100 === 0 ? called('2026-03-02T09:00:00Z', 'ININ-OUTBOUND-NO-ANSWER') : {}),
      });
    const held = new Map<string, object>();
    const read = async () => {
      const { results } = await client.readResults({ listId: stored.list.id });
      held.set('results', results);
      return results.length;
    };
    expect(await read()).toBe(400);
    const withResults = liveBytes();
    held.clear();
    expect((withResults - liveBytes()) / 1e6).toBeLessThan(2);
  });

  test('with a cursor that nobody knows any more begin anew', async () => {
    const { another, list } = await stage({ resultsPerPage: 1_000 });
    const stored = list(3_000);
    for (let row = 0; row < 1_500; row += 1) put(stored, row, called('2026-03-02T09:00:00Z', 'x'));
    const { next } = await another().readResults({ listId: stored.list.id });
    const page = await another().readResults({ listId: stored.list.id, cursor: next! });
    expect(page.results[0]!.contactId).toBe(idOf(0));
    expect(page.results).toHaveLength(1_000);
  });

  test('are those of a new export, not of one that was made before', async () => {
    const { client, list } = await stage();
    const stored = list(200);
    expect((await readAll(client, stored.list.id)).results).toEqual([]);
    put(stored, 7, called('2026-03-02T09:00:00Z', 'x'));
    expect((await readAll(client, stored.list.id)).results).toHaveLength(1);
  });

  test('come page by page from a search where the file of an export may not be fetched', async () => {
    const { another, list, parts } = await stage();
    const stored = list(250);
    put(stored, 240, called('2026-03-02T09:00:00Z', 'x'));
    const warned: unknown[] = [];
    const transport: UpstreamParts['transport'] = {
      send: parts.transport.send,
      stream: (request, profile, options) =>
        request.path.includes('/_files/')
          ? Promise.reject(new BridgeError('egress_denied', { detail: 'The host is not among those.' }))
          : parts.transport.stream(request, profile, options),
    };
    const client = another({ transport, log: { warn: (fields) => warned.push(fields) } });
    expect((await readAll(client, stored.list.id)).results).toHaveLength(1);
    expect(warned).toHaveLength(1);
  });

  test('are read on where the file of an export broke off, each once', async () => {
    const { another, list, parts } = await stage();
    const stored = list(2_000);
    for (let row = 0; row < 2_000; row += 1) put(stored, row, called('2026-03-02T09:00:00Z', 'x'));
    let files = 0;
    const transport: UpstreamParts['transport'] = {
      send: parts.transport.send,
      async stream(request, profile, options) {
        const answer = await parts.transport.stream(request, profile, options);
        if (!request.path.includes('/_files/') || (files += 1) > 2) return answer;
        let bytes = 0;
        answer.body.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > 70_000 * files)
            answer.body.destroy(new TransportError('answer_cut_off', 'cut off', { phase: 'answer' }));
        });
        return answer;
      },
    };
    const { results } = await readAll(another({ transport }), stored.list.id);
    expect(results.map(({ contactId }) => contactId)).toEqual([...stored.contacts.keys()]);
    expect(files).toBe(3);
  });

  test('of others come where PureCloud writes null for what a contact does not have', async () => {
    const { another, list, parts } = await stage();
    const stored = list(2);
    const nothing = { data: null, callable: null, callRecords: null, latestSmsEvaluations: null };
    const record = { lastAttempt: '2026-03-01T10:00:00Z', lastResult: 'Sold' };
    const contacts = [
      { id: idOf(0), ...nothing },
      { id: idOf(1), callRecords: { Phone: record, Home: { lastAttempt: null, lastResult: null } } },
    ];
    const transport: UpstreamParts['transport'] = {
      stream: parts.transport.stream,
      send: () => Promise.resolve({ status: 200, headers: {}, body: JSON.stringify(contacts) }),
    };
    expect(await another({ transport }).resultsOf(stored.list.id, [idOf(0), idOf(1)])).toEqual([
      { contactId: idOf(1), attempts: [{ at: record.lastAttempt, result: 'Sold' }] },
    ]);
  });

  test('of single contacts are looked up by id', async () => {
    const { client, list } = await stage();
    const stored = list(80);
    put(stored, 60, called('2026-03-02T09:00:00Z', 'x'));
    const ids = [...stored.contacts.keys()];
    expect(await client.resultsOf(stored.list.id, ids)).toEqual([
      { contactId: idOf(60), attempts: [{ at: '2026-03-02T09:00:00Z', result: 'x' }] },
    ]);
  });

  test('have names for their wrap-ups, more than one page of them', async () => {
    const { client, outbound } = await stage();
    for (let number = 0; number < 130; number += 1) outbound.state.addWrapUpCode(`Code ${number}`);
    const wrapUps = await client.wrapUps();
    expect(wrapUps.size).toBe(130);
    expect([...wrapUps.values()]).toContain('Code 129');
  });
});

describe('what goes wrong on the way', () => {
  test.each([
    ['429 with Retry-After', { kind: 'retryAfter', status: 429, retryAfter: '7' }, [7_000, 7_000]],
    [
      '429 without one',
      { kind: 'status', status: 429, body: '{"code":"too.many.requests"}' },
      [3_000, 3_000],
    ],
    ['503 with a page of HTML', { kind: 'html', status: 503 }, [3_000, 3_000]],
    ['500', { kind: 'status', status: 500, body: '{"code":"internal.server.error"}' }, [3_000, 3_000]],
    ['JSON that ends in the middle', { kind: 'truncatedJson' }, [3_000, 3_000]],
    ['an empty answer', { kind: 'empty' }, [3_000, 3_000]],
    ['an answer that is cut off', { kind: 'resetDuring' }, [3_000, 3_000]],
    ['a connection that is reset', { kind: 'resetBefore' }, [3_000, 3_000]],
  ] as const)('%s is tried again, and all contacts are there once', async (_name, fault, waits) => {
    const { client, sandbox, list, parts } = await stage();
    const stored = list();
    sandbox.purecloud.faults.switchOn({ ...fault, target: 'api', times: 2 });
    const rows = [sent(0), sent(1)];
    expect(await client.upsert(stored.list.id, rows)).toMatchObject({ outcome: 'accepted' });
    expect(stored.contacts.size).toBe(2);
    expect(parts.clock.waits).toEqual(waits);
  });

  test('a timeout is tried again', async () => {
    const { another, sandbox, list } = await stage();
    const stored = list();
    const client = another({ timeoutMs: 150 });
    await client.upsert(stored.list.id, [sent(0)]);
    sandbox.purecloud.faults.switchOn({ kind: 'slow', delayMs: 2_000, target: 'api', times: 1 });
    expect(await client.upsert(stored.list.id, [sent(1)])).toMatchObject({ outcome: 'accepted' });
  });

  test('a wait that is asked for and too long is told at once', async () => {
    const { client, sandbox, parts } = await stage();
    sandbox.purecloud.faults.switchOn({ kind: 'retryAfter', retryAfter: '3600', target: 'api' });
    await expect(client.wrapUps()).rejects.toMatchObject({
      code: 'rate_limited',
      options: { retryAfterSeconds: 3_600 },
    });
    expect(parts.clock.waits).toEqual([]);
  });

  test('an API that stays away is reported after five more tries', async () => {
    const { client, sandbox, parts } = await stage();
    sandbox.purecloud.faults.switchOn({ kind: 'html', status: 502, target: 'api' });
    await expect(client.wrapUps()).rejects.toMatchObject({ code: 'upstream_failure', errorCode: 'http.502' });
    expect(parts.clock.waits).toHaveLength(5);
  });

  test('a token that was revoked is replaced once', async () => {
    const { client, sandbox } = await stage();
    const { faults, state } = sandbox.purecloud;
    await client.wrapUps();
    faults.switchOn({ kind: 'revokeAllTokens' });
    expect((await client.wrapUps()).size).toBe(0);
    expect(state.counts.tokensIssued).toBe(2);
  });

  test('a permission that is missing is named, and not asked for again', async () => {
    const { client, sandbox, parts } = await stage();
    sandbox.purecloud.state.putClient({ ...DEMO_PURECLOUD_CLIENT, permissions: ['outbound:contact:view'] });
    await expect(client.wrapUps()).rejects.toMatchObject({
      errorCode: 'missing.permissions',
      options: { retryable: false },
      message: expect.stringContaining('routing:wrapupCode:view'),
    });
    expect(parts.clock.waits).toEqual([]);
  });

  test('every call waits its turn in the budget, as a sync, and tells it of the answer', async () => {
    const asked: unknown[] = [];
    const told: number[] = [];
    const budget: Pick<RequestBudget, 'acquire' | 'report'> = {
      acquire: (connection, { caller, priority }) => {
        asked.push([connection.name, caller, priority]);
        return Promise.resolve();
      },
      report: (_connection, { status }) => void told.push(status),
    };
    const { another, sandbox } = await stage();
    sandbox.purecloud.faults.switchOn({ kind: 'retryAfter', retryAfter: '1', target: 'api', times: 1 });
    await another({ budget }).wrapUps();
    expect(asked).toEqual(Array.from({ length: 2 }, () => ['crm', 'sync:spring', 'sync']));
    expect(told).toEqual([429, 200]);
  });
});

test('requests of the client and answers of the sandbox are as the API describes them', async () => {
  const { client, list, outbound, exchanges } = await stage();
  const listId = await client.create(LAYOUT);
  const stored = outbound.state.lists.get(listId)!;
  await client.check(LAYOUT);
  await client.upsert(listId, [sent(0), sent(1), { ...sent(2), makeCallable: true }]);
  outbound.state.recordCall(listId, idOf(1), 'Phone', {
    lastAttempt: '2026-03-02T09:00:00.000Z',
    lastResult: 'x',
  });
  await client.readResults({ listId });
  for (let row = 3; row < 200; row += 1) put(stored, row);
  await client.readResults({ listId });
  await client.resultsOf(listId, [idOf(1)]);
  await client.remove(listId, [idOf(0), idOf(1)]);
  await client.block(listId, [idOf(0)], () => Promise.resolve());
  outbound.state.addWrapUpCode('Sale');
  await client.wrapUps();
  await client.upsert(listId, [{ ...sent(0), id: 'a b' }]);
  await client.upsert('nowhere', [sent(0)]).catch(() => undefined);
  await client.create(LAYOUT);
  expect(list).toBeDefined();
  expect(exchanges.length).toBeGreaterThan(18);
  expect(exchanges.flatMap((exchange) => openApi.faultsOf(exchange))).toEqual([]);
});

test('the check of exchanges sees what is wrong', () => {
  const path = '/api/v2/outbound/contactlists/x/contacts';
  expect(
    openApi.faultsOf({
      method: 'POST',
      path: `${path}?doNotQueue=yes&nothing=1`,
      requestBody: '[{"id":"a"}]',
      status: 200,
    }),
  ).toEqual([
    expect.stringContaining('unknown parameter nothing'),
    expect.stringContaining('doNotQueue of the wrong type'),
    expect.stringContaining("must have required property 'contactListId'"),
    expect.stringContaining("must have required property 'data'"),
  ]);
  expect(openApi.faultsOf({ method: 'PATCH', path, status: 200 })).toEqual([
    expect.stringContaining('no such operation'),
  ]);
});
