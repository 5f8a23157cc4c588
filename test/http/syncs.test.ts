/** Syncs and runs over HTTP: who may what, what is refused and how, and what is started once. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { setMember } from '../campaigns/support/fake-world.ts';
import { memberId, syncBody } from '../campaigns/support/campaign-fixtures.ts';
import { saveConnections, startCampaignApi, type CampaignApi } from './support/campaign-api.ts';

const NO_RUN = '00000000-0000-4000-8000-000000000000';

let api: CampaignApi;
beforeAll(async () => {
  api = await startCampaignApi();
  await saveConnections(api);
});
afterAll(() => api.close());
beforeEach(async () => {
  await sql`delete from runs`.execute(api.database.db);
  for (const { name } of api.syncs.list()) await api.syncs.remove(name);
  for (const name of ['spring', 'autumn']) await api.syncs.put(name, syncBody());
  api.enqueued.length = 0;
});

const startRun = (options: Parameters<CampaignApi['ask']>[2] = {}) =>
  api.ask('POST', '/v1/syncs/spring/runs', options);
const endRun = (id: string) =>
  sql`update runs set status = 'Healthy', phase = 'done', finished_at = now() where id = ${id}::uuid`.execute(
    api.database.db,
  );

describe('who may what', () => {
  test.each([
    ['GET', '/v1/syncs', { reader: 200, org: 200, other: 200, stranger: 403 }],
    ['GET', '/v1/syncs/spring', { reader: 200, org: 200, other: 404, stranger: 404 }],
    ['PUT', '/v1/syncs/spring', { reader: 403, org: 403, other: 403, stranger: 403 }],
    ['DELETE', '/v1/syncs/spring', { reader: 403, org: 403, other: 403, stranger: 403 }],
    ['POST', '/v1/syncs/spring/check', { reader: 200, org: 200, other: 404, stranger: 404 }],
    ['GET', '/v1/syncs/spring/webhook', { reader: 403, org: 403, other: 403, stranger: 403 }],
    ['POST', '/v1/syncs/spring/webhook', { reader: 403, org: 403, other: 403, stranger: 403 }],
    ['POST', '/v1/syncs/spring/runs', { reader: 403, org: 202, other: 404, stranger: 404 }],
    ['GET', '/v1/syncs/spring/runs', { reader: 200, org: 200, other: 404, stranger: 404 }],
    ['GET', '/v1/runs', { reader: 200, org: 403, other: 403, stranger: 403 }],
    ['GET', '/v1/runs?sync=spring', { reader: 200, org: 200, other: 404, stranger: 404 }],
    ['GET', '/v1/runs/RUN', { reader: 200, org: 200, other: 404, stranger: 404 }],
    ['GET', '/v1/runs/RUN/rows', { reader: 403, org: 200, other: 404, stranger: 404 }],
    ['GET', '/v1/runs/RUN/rows.csv', { reader: 403, org: 200, other: 404, stranger: 404 }],
    ['POST', '/v1/runs/RUN/pause', { reader: 403, org: 200, other: 404, stranger: 404 }],
    ['POST', '/v1/runs/RUN/resume', { reader: 403, org: 409, other: 404, stranger: 404 }],
    ['POST', '/v1/runs/RUN/cancel', { reader: 403, org: 200, other: 404, stranger: 404 }],
    ['POST', '/v1/forget', { reader: 403, org: 403, other: 403, stranger: 403 }],
  ])('%s %s', async (method, path, wanted) => {
    const run = path.includes('RUN') ? (await startRun()).json.id : '';
    const found: Record<string, number> = {};
    for (const as of ['stranger', 'other', 'reader', 'org'])
      found[as] = (await api.ask(method, path.replace('RUN', run), { as })).status;
    expect(found).toEqual(wanted);
    const nobody = await api.ask(method, path.replace('RUN', run), { as: '' });
    expect([nobody.status, nobody.json.code]).toEqual([401, 'caller_unauthenticated']);
  });

  test('what is not there answers like what the caller may not know of', async () => {
    for (const [method, there, missing] of [
      ['GET', '/v1/syncs/spring', '/v1/syncs/nothing'],
      ['POST', '/v1/syncs/spring/runs', '/v1/syncs/nothing/runs'],
    ] as const) {
      const [one, two] = [
        await api.ask(method, there, { as: 'other' }),
        await api.ask(method, missing, { as: 'other' }),
      ];
      expect([one.status, one.json.detail.replace('spring', 'nothing')]).toEqual([
        two.status,
        two.json.detail,
      ]);
    }
    for (const path of ['/v1/runs/nothing', `/v1/runs/${randomUUID()}`, '/v1/runs/nothing/rows'])
      expect((await api.ask('GET', path)).status).toBe(404);
  });

  test('a list holds only what the caller may know of', async () => {
    const names = async (as: string) =>
      (await api.ask('GET', '/v1/syncs', { as })).json.syncs.map(({ name }: { name: string }) => name);
    expect([await names('reader'), await names('org')]).toEqual([['autumn', 'spring'], ['spring']]);
  });
});

describe('a sync', () => {
  test('is shown with how it is, and what was read can be sent back whole', async () => {
    const { json } = await api.ask('GET', '/v1/syncs/spring');
    expect(json).toMatchObject({ name: 'spring', status: 'Unknown', timeZone: 'UTC', paused: false });
    await startRun();
    const again = (await api.ask('GET', '/v1/syncs/spring')).json;
    expect(again).toMatchObject({ status: 'Running', lastRun: { sync: 'spring', startedBy: 'admin' } });
    const back = await api.ask('PUT', '/v1/syncs/spring', { body: again });
    expect([back.status, back.json.version]).toEqual([200, json.version]);
  });

  test('is refused with every field that is wrong, connections included', async () => {
    const body = syncBody({ salesforceConnection: 'dialler', purecloudConnection: 'dialer' });
    const { status, json } = await api.ask('PUT', '/v1/syncs/summer', { body });
    expect([status, json.errors.map(({ field }: { field: string }) => field)]).toEqual([
      400,
      ['salesforceConnection', 'purecloudConnection'],
    ]);
    expect(json.errors[1].detail).toContain('did you mean "dialler"');
    const worse = await api.ask('PUT', '/v1/syncs/Summer', { body: { ...syncBody(), colums: [] } });
    expect(worse.json.errors.map(({ field }: { field: string }) => field)).toEqual(['name', 'colums']);
    for (const bad of ['{', '[]', 'null', '"x"'])
      expect((await api.ask('PUT', '/v1/syncs/summer', { body: bad })).status).toBe(400);
    expect(api.syncs.find('summer')).toBeUndefined();
  });

  test('is not changed over a change in between', async () => {
    const { json } = await api.ask('GET', '/v1/syncs/spring');
    await api.ask('PUT', '/v1/syncs/spring', { body: { ...json, paused: true } });
    const late = await api.ask('PUT', '/v1/syncs/spring', { body: { ...json, schedule: '0 6 * * *' } });
    expect([late.status, late.json.code]).toEqual([409, 'conflict']);
  });

  test('is created at version 0, and does not take the place of one of that name', async () => {
    const body = { ...syncBody(), version: 0 };
    expect((await api.ask('PUT', '/v1/syncs/winter', { body })).status).toBe(200);
    const again = await api.ask('PUT', '/v1/syncs/winter', { body: { ...body, paused: true } });
    expect([again.status, again.json.errors]).toEqual([409, [{ field: 'name', detail: 'is taken already' }]]);
    expect(again.json.remedy).toBe('Choose another name, or change the sync that is there.');
    expect(api.syncs.find('winter')?.paused).toBe(false);
    expect((await api.ask('DELETE', '/v1/syncs/winter')).status).toBe(204);
  });

  test('is removed, but not while a run of it is open', async () => {
    const { id } = (await startRun()).json;
    expect((await api.ask('DELETE', '/v1/syncs/spring')).status).toBe(409);
    await endRun(id);
    expect((await api.ask('DELETE', '/v1/syncs/spring')).status).toBe(204);
    expect((await api.ask('DELETE', '/v1/syncs/spring')).status).toBe(404);
  });

  test('is checked on both sides before it is saved, and nothing is written', async () => {
    for (let number = 0; number < 3; number += 1) setMember(api.world, memberId(number), {});
    const before = JSON.stringify([api.world.upserts, api.world.updates, api.world.listId]);
    const body = syncBody({
      memberStatuses: ['Sent', 'Gone'],
      results: [
        { result: 'Solt', memberStatus: 'Responded' },
        { result: 'ININ-OUTBOUND-BUSY', memberStatus: 'Respnded' },
      ],
    });
    const { json } = await api.ask('POST', '/v1/syncs/draft/check', { body });
    expect(json).toMatchObject({
      sync: 'draft',
      outcome: 'failed',
      membersTotal: 3,
      createsContactList: true,
    });
    const outcomes = Object.fromEntries(
      json.checks.map(({ name, outcome }: { name: string; outcome: string }) => [name, outcome]),
    );
    expect(outcomes).toEqual({
      campaign: 'passed',
      fields: 'passed',
      memberStatuses: 'failed',
      contactList: 'passed',
      wrapUps: 'failed',
      results: 'failed',
      resultFields: 'passed',
    });
    for (const check of json.checks)
      if (check.outcome === 'failed') expect(check.remedy).toEqual(expect.stringMatching(/\.$/));
    expect(json.checks[4].sentence).toContain('Did you mean "Sold"?');
    expect(json.checks[5].sentence).toContain('Did you mean "Responded"?');
    expect(JSON.stringify([api.world.upserts, api.world.updates, api.world.listId])).toBe(before);
    expect((await api.ask('POST', '/v1/syncs/spring/check')).json.outcome).toBe('passed');
    expect((await api.ask('POST', '/v1/syncs/spring/check', { as: 'org', body })).status).toBe(403);
  });

  test('answers within the time of its caller, and says which side did not', async () => {
    api.world.isSilent = true;
    const headers = { 'X-Bridge-Timeout-Seconds': '1' };
    const { status, json } = await api.ask('POST', '/v1/syncs/spring/check', { headers });
    api.world.isSilent = false;
    expect(status).toBe(200);
    expect(json.checks[0]).toMatchObject({ name: 'campaign', outcome: 'failed', code: 'upstream_timeout' });
    expect(json.checks[3]).toMatchObject({ name: 'contactList', outcome: 'passed' });
    const wrong = { headers: { 'X-Bridge-Timeout-Seconds': 'soon' } };
    expect((await api.ask('POST', '/v1/syncs/spring/check', wrong)).status).toBe(400);
  });
});

describe('a run', () => {
  test('is started: 202, where it is, and a call for the jobs', async () => {
    const { status, headers, json } = await startRun({ as: 'org', body: { dryRun: true, planOf: null } });
    expect([status, headers.get('location')]).toEqual([202, `/v1/runs/${json.id}`]);
    expect(json).toMatchObject({ sync: 'spring', status: 'Running', dryRun: true, startedBy: 'org' });
    expect(api.enqueued).toEqual([json.id]);
    const second = await startRun();
    expect([second.status, second.json.code]).toEqual([409, 'conflict']);
  });

  test('is begun by the sweep where the call for the jobs is lost', async () => {
    const { json } = await startRun();
    expect(await api.runs.abandoned()).toEqual([json.id]);
  });

  test.each([
    [{ dryRun: 'yes' }, 'dryRun'],
    [{ dryrun: true }, 'dryrun'],
    [{ retryFailedOf: 'x' }, 'retryFailedOf'],
    [{ retryFailedOf: NO_RUN }, 'retryFailedOf'],
    [{ planOf: NO_RUN }, 'planOf'],
    [{ planOf: NO_RUN, dryRun: true }, 'planOf'],
  ])('is refused with %j, naming the field', async (body, field) => {
    const { status, json } = await startRun({ body });
    expect([status, json.errors[0].field]).toEqual([400, field]);
    expect(api.enqueued).toEqual([]);
  });

  test('carries out a plan only while the sync is what it was', async () => {
    const { id } = (await startRun({ body: { dryRun: true } })).json;
    await endRun(id);
    await sql`update runs set checkpoint = ${JSON.stringify({ stage: 'done', settings: 'other' })}::jsonb
      where id = ${id}::uuid`.execute(api.database.db);
    const { status, json } = await startRun({ body: { planOf: id } });
    expect([status, json.detail]).toEqual([409, 'The sync was changed since the dry run.']);
  });

  test('is paused, resumed and cancelled; a resumed one is called for again', async () => {
    const { id } = (await startRun()).json;
    expect((await api.ask('POST', `/v1/runs/${id}/pause`)).json.status).toBe('Paused');
    expect((await api.ask('POST', `/v1/runs/${id}/resume`)).json.status).toBe('Running');
    expect(api.enqueued).toEqual([id, id]);
    const { json } = await api.ask('POST', `/v1/runs/${id}/cancel`);
    expect(json).toMatchObject({ status: 'Failed', failure: { code: 'cancelled' } });
    expect((await api.ask('POST', `/v1/runs/${id}/resume`)).status).toBe(409);
  });

  test('is listed, newest first, page by page', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      ids.unshift((await startRun()).json.id);
      await endRun(ids[0]!);
    }
    const seen: string[] = [];
    for (let after = ''; ;) {
      const { json } = await api.ask('GET', `/v1/runs?sync=spring&limit=2${after}`);
      seen.push(...json.runs.map((run: { id: string }) => run.id));
      if (json.nextAfter === undefined) break;
      after = `&after=${json.nextAfter}`;
    }
    expect(seen).toEqual(ids);
    for (const query of ['limit=0', 'limit=501', 'limit=x', 'after=x', `after=${randomUUID()}`, 'page=2'])
      expect((await api.ask('GET', `/v1/syncs/spring/runs?${query}`)).status).toBe(400);
  });
});

describe('an Idempotency-Key', () => {
  const key = () => ({ 'idempotency-key': randomUUID() });

  test('starts one run for twenty who post at once', async () => {
    const headers = key();
    const answers = await Promise.all(Array.from({ length: 20 }, () => startRun({ headers })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
    expect(new Set(answers.map(({ headers }) => headers.get('location'))).size).toBe(1);
    const replayed = answers.filter((answer) => answer.headers.get('idempotent-replayed') === 'true');
    expect(replayed).toHaveLength(19);
    expect((await api.ask('GET', '/v1/runs')).json.runs).toHaveLength(1);
  });

  test('gives the first answer, as it was then', async () => {
    const headers = key();
    const first = await startRun({ headers });
    await endRun(first.json.id);
    const again = await startRun({ headers });
    expect(again.text).toBe(first.text);
    expect(api.enqueued).toHaveLength(1);
  });

  test('is refused for another body, and belongs to one caller', async () => {
    const headers = key();
    const first = await startRun({ headers, as: 'org' });
    const other = await startRun({ headers, as: 'org', body: { dryRun: true } });
    expect([other.status, other.json.code, other.json.retryable]).toEqual([409, 'conflict', false]);
    await endRun(first.json.id);
    expect((await startRun({ headers, as: 'admin' })).json.id).not.toBe(first.json.id);
  });

  test('can be used again after a failure', async () => {
    const headers = key();
    expect((await startRun({ headers, body: { dryRun: 'yes' } })).status).toBe(400);
    expect((await startRun({ headers })).status).toBe(202);
  });

  test('is free again when the process that had it died, and after a day', async () => {
    const headers = key();
    const name = headers['idempotency-key'];
    const first = await startRun({ headers });
    await endRun(first.json.id);
    await sql`update idempotency_keys set status = null, held_until = now() - interval '1 second'
      where key = ${name}`.execute(api.database.db);
    const second = await startRun({ headers });
    expect([second.status, second.json.id === first.json.id]).toEqual([202, false]);
    await endRun(second.json.id);
    await sql`update idempotency_keys set created_at = now() - interval '25 hours'
      where key = ${name}`.execute(api.database.db);
    expect((await startRun({ headers })).headers.get('idempotent-replayed')).toBeNull();
  });

  test('of a request that is not done yet is answered in time: try again', async () => {
    const headers = key();
    const name = headers['idempotency-key'];
    await endRun((await startRun({ headers })).json.id);
    await sql`update idempotency_keys set status = null where key = ${name}`.execute(api.database.db);
    const { status, json, headers: answered } = await startRun({ headers });
    expect([status, json.retryable, answered.get('retry-after')]).toEqual([409, true, '2']);
  });

  test('keeps no secret in clear', async () => {
    const headers = key();
    const first = await api.ask('POST', '/v1/syncs/spring/webhook', { headers });
    const again = await api.ask('POST', '/v1/syncs/spring/webhook', { headers });
    expect([again.text, again.headers.get('idempotent-replayed')]).toEqual([first.text, 'true']);
    const { rows } = await sql`select * from idempotency_keys`.execute(api.database.db);
    expect(JSON.stringify(rows)).not.toContain(first.json.secret);
  });

  test.each([
    ['an empty text', ''],
    ['256 characters', 'x'.repeat(256)],
    ['two words', 'two words'],
  ])('is not %s', async (_what, value) => {
    const { status } = await startRun({ headers: { 'idempotency-key': value } });
    expect(status).toBe(400);
  });
});

describe('forgetting a person', () => {
  test('is told in numbers, and the activity does not say who', async () => {
    const { status, json } = await api.ask('POST', '/v1/forget', { body: { email: 'ada@example.com' } });
    expect([status, json]).toEqual([
      200,
      {
        rowsErased: 0,
        resultsErased: 0,
        ledgerErased: 0,
        stillListed: [],
        isComplete: false,
        remedy: expect.stringContaining('memberId'),
      },
    ]);
    expect((await api.ask('POST', '/v1/forget', { body: {} })).status).toBe(400);
    expect(JSON.stringify(api.recorded)).not.toContain('ada@example.com');
  });

  test.each([
    ['memberId', { memberId: memberId(1) }, true],
    ['leadId', { leadId: '00Q5g00000ABCDe' }, false],
    ['contactId', { contactId: '0035g00000ABCDe' }, false],
    ['email', { email: 'ada@example.com' }, false],
    ['phone', { phone: '+49 171 5551234' }, false],
    ['memberId and phone', { memberId: memberId(1), phone: '+49 171 5551234' }, false],
  ])(
    'by %s is told whether contacts may be on lists that nothing is known of',
    async (_what, body, isComplete) => {
      const { json } = await api.ask('POST', '/v1/forget', { body });
      expect(json.isComplete).toBe(isComplete);
      expect(json.remedy === undefined).toBe(isComplete);
    },
  );
});
