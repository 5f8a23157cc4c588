/** Results that PureCloud pushes: who is believed, what is understood, and that each is written once. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { readEntries, settleSent } from '../../server/campaigns/ledger.ts';
import { signWebhook } from '../../server/campaigns/results-inbox/webhook-proof.ts';
import { inResultTurn } from '../../server/campaigns/result-turns.ts';
import { Secret } from '../../server/secret.ts';
import { setMember } from '../campaigns/support/fake-world.ts';
import { memberId, syncBody } from '../campaigns/support/campaign-fixtures.ts';
import { saveConnections, startCampaignApi, type CampaignApi } from './support/campaign-api.ts';

const PATH = '/v1/webhooks/purecloud/spring';
const SOLD_ID = '7fb334b0-0e9e-11e4-9191-0800200c9a66';
const RESULTS = {
  results: [
    { result: 'Sold', memberStatus: 'Responded' },
    { result: 'ININ-OUTBOUND-NO-ANSWER', memberStatus: 'Not reached' },
  ],
  resultFields: { lastResult: 'Last_Result__c', lastAttempt: 'Last_Attempt__c' },
};

let api: CampaignApi;
let secret: string;
beforeAll(async () => {
  api = await startCampaignApi();
  await saveConnections(api);
});
afterAll(() => api.close());
beforeEach(async () => {
  for (const { name } of api.syncs.list()) await api.syncs.remove(name);
  await api.syncs.put('spring', syncBody(RESULTS));
  secret = (await api.ask('GET', '/v1/syncs/spring/webhook')).json.secret;
  api.passTime(3_600_000);
  api.enqueued.length = 0;
  api.world.updates.length = 0;
  api.world.refusing.clear();
  for (let number = 1; number < 4; number += 1) setMember(api.world, memberId(number), { status: 'Sent' });
  await settleSent(
    api.database.db,
    'spring',
    [1, 2, 3].map((number) => ({ memberId: memberId(number), hash: 'h' })),
  );
});

const event = (changes: Record<string, unknown> = {}) => ({
  eventTime: '2026-03-01T12:00:00.000Z',
  outboundContactId: memberId(1),
  outboundContactListId: 'b2a3c0de-0000-4000-8000-000000000000',
  wrapupCode: SOLD_ID,
  conversationId: 'c-1',
  voiceAttributes: { contactPhoneNumber: '+4915112345678' },
  ...changes,
});
const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
const push = (body: unknown, headers: Record<string, string> = bearer(secret), path = PATH) =>
  api.ask('POST', path, { as: '', body, headers });
const signed = (body: string, secondsAgo = 0, key = secret) => {
  const timestamp = String(Math.floor(Date.now() / 1000) - secondsAgo);
  return {
    'x-bridge-timestamp': timestamp,
    'x-bridge-signature': signWebhook(new Secret(key), timestamp, body),
  };
};
const statusOf = (number: number) => api.world.members.get(memberId(number))!.status;

describe('who is believed', () => {
  test('a sender with the secret, in each of the places where it can be put, or with a signature', async () => {
    const text = JSON.stringify(event());
    const basic = Buffer.from(`genesys:${secret}`).toString('base64');
    const ways = [
      bearer(secret),
      { authorization: `Basic ${basic}` },
      { 'x-bridge-webhook-secret': secret },
      signed(text),
      signed(text, 290),
    ];
    for (const way of ways) expect((await push(text, way)).status).toBe(202);
  });

  test('nobody else, and a wrong secret looks like a sync that is not there', async () => {
    const text = JSON.stringify(event());
    const wrong: Record<string, string>[] = [
      {},
      bearer('wrong'),
      bearer(`${secret}x`),
      { 'x-bridge-webhook-secret': secret.slice(0, -1) },
      signed(text, 400),
      signed(text, -400),
      signed(`${text} `),
      { ...signed(text), 'x-bridge-timestamp': String(Math.floor(Date.now() / 1000) - 1) },
      { ...bearer(secret), 'x-bridge-signature': 'sha256=00' },
    ];
    for (const way of wrong) {
      const [here, nowhere] = [
        await push(text, way),
        await push(text, way, '/v1/webhooks/purecloud/nothing'),
      ];
      expect([here.status, here.text]).toEqual([401, nowhere.text]);
    }
    expect((await push(text, bearer(secret), '/v1/webhooks/purecloud/UP%2F..')).status).toBe(401);
    expect(api.enqueued).toEqual([]);
  });

  test('who fails too often waits, and who has the secret does not', async () => {
    for (let time = 0; time < 21; time += 1) await push(event(), bearer('wrong'));
    const { status, headers } = await push(event(), bearer('wrong'), '/v1/webhooks/purecloud/nothing');
    expect([status, Number(headers.get('retry-after'))]).toEqual([429, expect.any(Number)]);
    expect((await push(event())).status).toBe(202);
  });

  test('not the secret of before, once it is renewed', async () => {
    const renewed = (await api.ask('POST', '/v1/syncs/spring/webhook')).json;
    expect(renewed.secret).not.toBe(secret);
    expect(renewed.address).toBe(`${api.url}${PATH}`);
    expect((await push(event())).status).toBe(401);
    expect((await push(event(), bearer(renewed.secret))).status).toBe(202);
  });
});

describe('what is understood', () => {
  test.each([
    ['as it is', (body: object) => body],
    ['as a notification', (eventBody: object) => ({ topicName: 'v2.outbound', eventBody })],
    [
      'as an event of EventBridge',
      (eventBody: object) => ({ id: 'e', 'detail-type': 'v2', detail: { eventBody } }),
    ],
    ['with milliseconds', (body: object) => ({ ...body, eventTime: 1_772_366_400_000 })],
    ['with nulls', (body: object) => ({ ...body, agentId: null, callAnalysisDisposition: null })],
    [
      'with an id of 15 characters',
      (body: object) => ({ ...body, outboundContactId: memberId(1).slice(0, 15) }),
    ],
  ])('an event %s', async (_how, wrap) => {
    expect((await push(event())).json.outcome).toBe('accepted');
    expect((await push(wrap(event()))).json.outcome).toBe('repeated');
  });

  test.each([
    ['{', undefined],
    [[], 'body'],
    ['"text"', 'body'],
    [{}, 'outboundContactId'],
    [event({ outboundContactId: 'no-id' }), 'outboundContactId'],
    [event({ outboundContactId: 12 }), 'outboundContactId'],
    [event({ eventTime: 'yesterday' }), 'eventTime'],
    [event({ eventTime: '2126-01-01T00:00:00Z' }), 'eventTime'],
    [event({ eventTime: undefined }), 'eventTime'],
    [event({ wrapupCode: '' }), 'wrapupCode'],
    [event({ wrapupCode: 'x'.repeat(256) }), 'wrapupCode'],
    [{ detail: { eventBody: event({ wrapupCode: 5 }) } }, 'detail.eventBody.wrapupCode'],
  ])('nothing else: %j', async (body, field) => {
    const { status, json } = await push(body);
    expect([status, json.errors?.[0].field]).toEqual([400, field]);
    expect((await api.inbox.summary('spring')).open).toBe(0);
  });

  test('nor an event of more than 64 KiB, whoever sends it', async () => {
    const { status, json } = await push(event({ note: 'x'.repeat(70_000) }), {});
    expect([status, json.code]).toEqual([413, 'body_too_large']);
  });

  test('a sync that writes nothing of a call keeps nothing', async () => {
    await api.syncs.put('spring', syncBody());
    expect((await push(event())).json.outcome).toBe('ignored');
    expect((await api.inbox.summary('spring')).open).toBe(0);
  });
});

describe('what is written', () => {
  test('the status and fields of the member, once, however often the event comes', async () => {
    for (let time = 0; time < 3; time += 1) await push(event());
    expect(api.enqueued).toEqual(['results of spring']);
    expect(await api.drain()).toMatchObject({ written: 1, left: 0 });
    expect(statusOf(1)).toBe('Responded');
    await push(event());
    expect(await api.drain()).toBeUndefined();
    expect(api.world.updates).toEqual([memberId(1)]);
    const { json } = await api.ask('GET', '/v1/syncs/spring/webhook');
    expect(json).toMatchObject({ written: 1, waiting: 0, lastReceivedAt: expect.any(String) });
  });

  test('the newest attempt, in whatever order they come', async () => {
    const older = event({ eventTime: '2026-03-01T11:00:00Z', wrapupCode: 'ININ-OUTBOUND-NO-ANSWER' });
    await push(event());
    await push(older);
    await api.drain();
    expect(statusOf(1)).toBe('Responded');
    await push({ ...older, eventTime: '2026-03-01T10:00:00Z' });
    expect(await api.drain()).toMatchObject({ ignored: 1, written: 0 });
    expect(statusOf(1)).toBe('Responded');
  });

  test('nothing of a contact of another sync, of a member that is gone, or of a result that is not final', async () => {
    await push(event({ outboundContactId: memberId(9) }));
    await push(event({ outboundContactId: memberId(2), wrapupCode: 'ININ-OUTBOUND-TRANSFERRED-TO-QUEUE' }));
    api.world.members.delete(memberId(3));
    await push(event({ outboundContactId: memberId(3) }));
    expect(await api.drain()).toEqual({ written: 0, unmapped: 0, ignored: 3, failed: 0, left: 0 });
    expect(api.world.updates).toEqual([]);
  });

  test('a result that the sync does not map is listed, and its fields are written', async () => {
    await push(event({ wrapupCode: 'Left a message' }));
    expect(await api.drain()).toMatchObject({ unmapped: 1 });
    expect(statusOf(1)).toBe('Sent');
    const { json } = await api.ask('GET', '/v1/syncs/spring/webhook');
    expect(json.unmapped).toEqual([{ result: 'Left a message', count: 1 }]);
  });

  test('what Salesforce cannot take now waits; what it refuses for good does not', async () => {
    api.world.refusing.set(memberId(1), false);
    api.world.refusing.set(memberId(2), true);
    await push(event());
    await push(event({ outboundContactId: memberId(2) }));
    expect(await api.drain()).toMatchObject({ failed: 1, left: 1 });
    api.world.refusing.clear();
    expect(await api.drain()).toMatchObject({ written: 1, left: 0 });
    expect(api.world.updates).toEqual([memberId(1)]);
  });

  test('is given up after ten tries: the next run reads it from the contact', async () => {
    api.world.refusing.set(memberId(1), false);
    await push(event());
    for (let time = 0; time < 9; time += 1) expect(await api.drain()).toMatchObject({ left: 1 });
    expect(await api.drain()).toMatchObject({ failed: 1, left: 0 });
  });

  test('keeps no one who was called once it is written, and forgets who is to be forgotten before', async () => {
    await push(event());
    await api.drain();
    await push(event({ outboundContactId: memberId(2) }));
    const { json } = await api.ask('POST', '/v1/forget', { body: { memberId: memberId(2) } });
    expect(json).toMatchObject({ resultsErased: 1 });
    const { rows } = await sql`select * from result_events`.execute(api.database.db);
    expect(JSON.stringify(rows)).not.toContain(memberId(1).slice(0, 15));
    expect(JSON.stringify(rows)).not.toContain('+4915112345678');
  });

  test('waits for the turn of a run that is writing results, and two drains write once', async () => {
    await push(event());
    const order: string[] = [];
    let end: () => void = () => undefined;
    const run = inResultTurn(api.database.db, 'spring', async () => {
      order.push('run begins');
      await new Promise<void>((resolve) => (end = resolve));
      order.push('run ends');
    });
    while (order.length === 0) await new Promise(setImmediate);
    const drains = [api.drain(), api.drain()].map(async (drain) => {
      const report = await drain;
      order.push('drained');
      return report?.written ?? 0;
    });
    await push(event({ outboundContactId: memberId(2) }));
    expect(api.world.updates).toEqual([]);
    end();
    await run;
    const written = await Promise.all(drains);
    expect(order.slice(0, 2)).toEqual(['run begins', 'run ends']);
    expect(written.reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(1);
    expect(api.world.updates.filter((id) => id === memberId(1))).toHaveLength(1);
    expect((await readEntries(api.database.db, 'spring', [memberId(1)])).get(memberId(1))?.attemptAtMs).toBe(
      Date.parse('2026-03-01T12:00:00.000Z'),
    );
  });

  test('goes on when a process died in its turn', async () => {
    await sql`insert into result_turns (sync, owner, held_until)
      values ('spring', gen_random_uuid(), now() - interval '1 second')`.execute(api.database.db);
    await push(event());
    expect(await api.drain()).toMatchObject({ written: 1 });
  });
});
