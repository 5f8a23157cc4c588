import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { executeRun } from '../../server/campaigns/run/execute-run.ts';
import { forgetPerson } from '../../server/campaigns/forget-person.ts';
import {
  countListed,
  listEntries,
  noteResults,
  readEntries,
  setPhase,
  settleRemoved,
  settleSent,
  type Queries,
} from '../../server/campaigns/ledger.ts';
import { personKeys } from '../../server/campaigns/person.ts';
import type { RunRow } from '../../server/campaigns/plan.ts';
import { LeaseLost } from '../../server/campaigns/ports.ts';
import { consentSeen, lostConsent, startOf } from '../../server/campaigns/run/checkpoint.ts';
import { createRunJournal } from '../../server/campaigns/run/database-journal.ts';
import { appendRows, pagesOfAllRows, ROWS_PER_LOOK } from '../../server/campaigns/run-rows.ts';
import { createRunStore, type RunStore } from '../../server/campaigns/run-store.ts';
import { openSyncStore, SYNC_SECRETS, type SyncStore } from '../../server/campaigns/sync-store.ts';
import { rotateSecrets } from '../../server/database/rotate-secrets.ts';
import { generateSecretKey } from '../../server/database/sealed-secret.ts';
import type { ContextOf } from '../database/battery-context.ts';
import { quietLog } from '../support/databases.ts';
import { memberId, settingsWith, syncBody } from './support/campaign-fixtures.ts';
import {
  createWorld,
  deleteMember,
  dial,
  portsOfWorld,
  setMember,
  type World,
} from './support/fake-world.ts';
import { watchedPorts } from './support/run-in-memory.ts';

const LONG_MS = 60_000;

/** What the stores of campaigns guarantee, on either kind of database. */
export function campaignStoresBattery(contextOf: ContextOf): void {
  const ring = { current: generateSecretKey(), previous: [] };
  let syncs: SyncStore;
  let elsewhere: SyncStore;
  let runs: RunStore;

  beforeAll(async () => {
    syncs = await openSyncStore({ database: contextOf().database, ring, log: quietLog });
    elsewhere = await openSyncStore({ database: contextOf().other, ring, log: quietLog });
    runs = createRunStore(contextOf().database);
  });
  afterAll(async () => {
    await syncs.close();
    await elsewhere.close();
  });

  async function newRun(sync: string, more: Record<string, unknown> = {}) {
    await syncs.put(sync, syncBody());
    const run = await runs.create({ sync, startedBy: 'ann', ...more });
    const lease = { run: run.id, owner: `owner-of-${sync}` };
    await runs.claim(run.id, { owner: lease.owner, ttlMs: LONG_MS });
    return { run, lease, journal: createRunJournal(contextOf().database, sync, lease) };
  }

  const checkpoint = startOf(settingsWith());

  function rowsOf(count: number, changes: Partial<RunRow> = {}): RunRow[] {
    return Array.from({ length: count }, (_, index) => ({
      memberId: memberId(index),
      outcome: 'failed',
      reason: { code: 'contact_not_confirmed' },
      original: { Email: `p${index}@example.org` },
      ...changes,
    }));
  }

  describe('sync store', () => {
    test('reads its own write at once, with defaults', async () => {
      const { sync, outcome } = await syncs.put('first', syncBody());
      expect(outcome).toBe('created');
      expect(syncs.get('first')).toEqual(sync);
      expect(sync).toMatchObject({ excludeDoNotCall: true, keepBlankValues: true, paused: false });
    });

    test('takes back what it showed, and changes nothing by it', async () => {
      await syncs.put('again', syncBody());
      const shown = JSON.parse(JSON.stringify(syncs.get('again'))) as object;
      expect((await syncs.put('again', shown)).outcome).toBe('unchanged');
    });

    test('refuses a change of what has changed since it was read', async () => {
      const { sync } = await syncs.put('contested', syncBody());
      await syncs.put('contested', syncBody({ defaultCountry: 'de' }));
      const late = { ...syncBody(), version: sync.version };
      await expect(syncs.put('contested', late)).rejects.toMatchObject({ code: 'conflict' });
    });

    test('tells other instances of a change', async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const stop = elsewhere.onChange((name) => {
        if (name === 'told') resolve();
      });
      await syncs.put('told', syncBody());
      await promise;
      stop();
      expect(elsewhere.get('told').campaignId).toBe(syncs.get('told').campaignId);
    });

    test('reads what its memory has not heard of', async () => {
      const database = { ...contextOf().database, listen: () => Promise.resolve(() => Promise.resolve()) };
      const deaf = await openSyncStore({ database, ring, log: quietLog });
      const { sync } = await syncs.put('unheard', syncBody());
      expect(deaf.find('unheard')).toBeUndefined();
      expect(await deaf.read('unheard')).toEqual(sync);
      await syncs.put('unheard', syncBody({ defaultCountry: 'de' }));
      expect((await deaf.read('unheard')).defaultCountry).toBe('DE');
      await syncs.remove('unheard');
      await expect(deaf.read('unheard')).rejects.toMatchObject({ code: 'not_found' });
      await deaf.close();
    });

    test('pauses and goes on, each a change with a version of its own', async () => {
      const before = (await syncs.put('halting', syncBody())).sync.version;
      expect((await syncs.setPaused('halting', true)).paused).toBe(true);
      expect((await syncs.setPaused('halting', true)).version).toBe(before + 1);
    });

    test('keeps one webhook secret, sealed, until it is renewed, and through a rotation of the key', async () => {
      await syncs.put('hooked', syncBody());
      const first = await syncs.webhookSecret('hooked');
      await syncs.put('hooked', syncBody({ defaultCountry: 'de' }));
      expect((await syncs.webhookSecret('hooked')).reveal()).toBe(first.reveal());
      const { rows } = await sql`select * from syncs`.execute(contextOf().database.db);
      expect(JSON.stringify([rows, syncs.list()])).not.toContain(first.reveal());
      const next = generateSecretKey();
      await rotateSecrets(contextOf().database, { from: ring.current, to: next, columns: [SYNC_SECRETS] });
      ring.current = next;
      expect((await syncs.webhookSecret('hooked')).reveal()).toBe(first.reveal());
      expect((await syncs.renewWebhookSecret('hooked')).reveal()).not.toBe(first.reveal());
    });

    test('removes a sync with its runs, rows and ledger, and not while a run is open', async () => {
      const { lease, journal } = await newRun('leaving');
      await journal.commit({ checkpoint, rows: rowsOf(1), sent: [{ memberId: memberId(1), hash: 'h' }] });
      await expect(syncs.remove('leaving')).rejects.toMatchObject({ code: 'conflict' });
      await runs.end(lease, { status: 'Healthy' });
      expect(await syncs.remove('leaving')).toBe(true);
      expect(await syncs.remove('leaving')).toBe(false);
      expect(await runs.find(lease.run)).toBeUndefined();
      const { db } = contextOf().database;
      expect((await readEntries(db, 'leaving', [memberId(1)])).size).toBe(0);
    });
  });

  describe('ledger', () => {
    const ids = Array.from({ length: 2_500 }, (_, index) => memberId(index)).sort();

    test('pages through what may be on the list in the order of ids, each once', async () => {
      const { db } = contextOf().database;
      await settleSent(
        db,
        'paged',
        ids.map((id) => ({ memberId: id, hash: `hash-${id}` })),
      );
      await settleRemoved(db, 'paged', ids.slice(0, 10), { listed: false, blocked: false });
      const seen: string[] = [];
      for (let more = true; more;) {
        const after = seen.at(-1);
        const page = await listEntries(db, 'paged', 'listed', {
          limit: 1_000,
          ...(after === undefined ? {} : { after }),
        });
        seen.push(...page.ids);
        more = page.more;
      }
      expect(seen).toEqual(ids.slice(10));
      expect(await listEntries(db, 'paged', 'unsettled', { limit: 10 })).toEqual({ ids: [], more: false });
    });

    test('counts whom the list may hold as one to call', async () => {
      await syncs.put('counted', syncBody());
      const { db } = contextOf().database;
      const ids = Array.from({ length: 6 }, (_, index) => memberId(index));
      const [sent, removed, refused, kept] = ids;
      await setPhase(db, 'counted', 'sending', ids);
      await settleSent(
        db,
        'counted',
        [sent!, removed!, kept!].map((id) => ({ memberId: id, hash: 'h' })),
      );
      await settleRemoved(db, 'counted', [removed!], { listed: false, blocked: true });
      await setPhase(db, 'counted', 'refused', [refused!, kept!]);
      expect(await countListed(db, 'counted')).toBe(4);
      expect(await countListed(db, 'unheard-of')).toBe(0);
    });

    test('remembers while a contact is sent again what is confirmed of it', async () => {
      const { db } = contextOf().database;
      const [a, b] = [memberId(1), memberId(2)];
      await settleSent(db, 'again', [{ memberId: a, hash: 'h' }]);
      await setPhase(db, 'again', 'sending', [a, b]);
      const entries = await readEntries(db, 'again', [a, b, memberId(3)]);
      expect([...entries.values()].sort((x, y) => (x.memberId < y.memberId ? -1 : 1))).toEqual([
        { memberId: a, phase: 'sending', hash: 'h', listed: true, blocked: false },
        { memberId: b, phase: 'sending', listed: false, blocked: false },
      ]);
      expect((await listEntries(db, 'again', 'unsettled', { limit: 5 })).ids).toEqual([a, b]);
    });

    test('notes a provisional result, and goes on comparing with the time of the one before it', async () => {
      const { db } = contextOf().database;
      const id = memberId(8);
      await settleSent(db, 'results', [{ memberId: id, hash: 'h' }]);
      await noteResults(db, 'results', [{ memberId: id, resultHash: 'last', attemptAtMs: 1_000 }]);
      await noteResults(db, 'results', [
        { memberId: id, resultHash: 'seen', attemptAtMs: 3_000, isProvisional: true },
      ]);
      expect((await readEntries(db, 'results', [id])).get(id)).toMatchObject({
        resultHash: 'seen',
        attemptAtMs: 1_000,
      });
    });

    test('knows the newest result, and takes none that is older', async () => {
      const { db } = contextOf().database;
      const id = memberId(7);
      await settleSent(db, 'results', [{ memberId: id, hash: 'h' }]);
      await noteResults(db, 'results', [{ memberId: id, resultHash: 'new', attemptAtMs: 2_000 }]);
      await noteResults(db, 'results', [{ memberId: id, resultHash: 'old', attemptAtMs: 1_000 }]);
      expect((await readEntries(db, 'results', [id])).get(id)).toMatchObject({
        resultHash: 'new',
        attemptAtMs: 2_000,
      });
    });
  });

  describe('the journal of a run', () => {
    test('starts over on another list, and still knows the results', async () => {
      const { journal } = await newRun('moved');
      const ids = [memberId(1), memberId(2)];
      await journal.commit({
        checkpoint,
        sent: ids.map((id) => ({ memberId: id, hash: 'h' })),
        updated: [{ memberId: ids[0]!, resultHash: 'r', attemptAtMs: 1_000 }],
      });
      await journal.commit({ checkpoint, blocked: [ids[1]!] });
      await journal.startOver();
      expect([...(await journal.readEntries(ids)).values()]).toEqual(
        expect.arrayContaining([
          {
            memberId: ids[0],
            phase: 'removed',
            listed: false,
            blocked: false,
            resultHash: 'r',
            attemptAtMs: 1_000,
          },
          { memberId: ids[1], phase: 'removed', listed: false, blocked: false },
        ]),
      );
      expect(await journal.listEntries('listed', { limit: 5 })).toEqual({ ids: [], more: false });
    });

    test('announces what PureCloud is about to be told before it is', async () => {
      const { run, journal } = await newRun('announcing');
      await journal.commit({ checkpoint, sent: [{ memberId: memberId(2), hash: 'h' }] });
      await journal.announce({ sending: [memberId(1)], removing: [memberId(2)] });
      expect((await journal.listEntries('unsettled', { limit: 5 })).ids).toEqual([memberId(1), memberId(2)]);
      expect((await runs.get(run.id)).phase).toBe('send');
      await journal.commit({ checkpoint, failed: [memberId(1)], removed: [memberId(2)] });
      expect((await journal.listEntries('unsettled', { limit: 5 })).ids).toEqual([memberId(1)]);
      await journal.commit({ checkpoint, refused: [memberId(1)] });
      expect((await journal.listEntries('unsettled', { limit: 5 })).ids).toEqual([]);
    });

    test('knows whom the sync itself makes uncallable before it does', async () => {
      const { journal } = await newRun('blocking');
      const [known, unknown] = [memberId(1), memberId(2)];
      await journal.commit({ checkpoint, sent: [{ memberId: known, hash: 'h' }] });
      await journal.announce({ blocking: [known, unknown] });
      expect([...(await journal.readEntries([known, unknown])).values()]).toEqual(
        expect.arrayContaining([
          { memberId: known, phase: 'sent', hash: 'h', listed: true, blocked: true },
          { memberId: unknown, phase: 'removing', listed: true, blocked: true },
        ]),
      );
    });

    test('forgets what a contact was sent with under another mapping, and that it is there not', async () => {
      const { journal } = await newRun('kept');
      const id = memberId(1);
      await journal.commit({ checkpoint, sent: [{ memberId: id, hash: 'h' }] });
      await journal.commit({ checkpoint, kept: [id] });
      expect([...(await journal.readEntries([id])).values()]).toEqual([
        { memberId: id, phase: 'sent', listed: true, blocked: false },
      ]);
    });
  });

  describe('run store', () => {
    test('has one open run of a sync, however many start one at once', async () => {
      await syncs.put('single', syncBody());
      const starts = await Promise.allSettled(
        Array.from({ length: 5 }, () => runs.create({ sync: 'single', startedBy: 'schedule' })),
      );
      expect(starts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(starts.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { code: 'conflict' },
      });
    });

    test('starts no run of a sync that is not there', async () => {
      await expect(runs.create({ sync: 'nowhere', startedBy: 'ann' })).rejects.toMatchObject({
        code: 'not_found',
      });
    });

    test('is walked by one owner at a time, and by the next when the lease has run out', async () => {
      await syncs.put('leased', syncBody());
      const { id } = await runs.create({ sync: 'leased', startedBy: 'ann' });
      const claims = await Promise.all(
        ['a', 'b', 'c'].map((owner) => runs.claim(id, { owner, ttlMs: LONG_MS })),
      );
      expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
      const winner = ['a', 'b', 'c'][claims.findIndex((claim) => claim !== undefined)]!;
      const lease = { run: id, owner: winner };
      expect(await runs.abandoned()).not.toContain(id);
      expect(await runs.renew(lease, 0)).toBe(true);
      expect(await runs.abandoned()).toContain(id);
      expect(await runs.claim(id, { owner: 'next', ttlMs: LONG_MS })).toMatchObject({ status: 'Running' });
      const late = createRunJournal(contextOf().database, 'leased', lease);
      await expect(late.control()).rejects.toBeInstanceOf(LeaseLost);
      await expect(late.commit({ checkpoint })).rejects.toBeInstanceOf(LeaseLost);
      expect(await runs.renew(lease, LONG_MS)).toBe(false);
      expect(await runs.end(lease, { status: 'Healthy' })).toBe(false);
    });

    test('writes checkpoint, counts, rows and ledger together, or none of them', async () => {
      const { run, lease, journal } = await newRun('together');
      const sent = [{ memberId: memberId(1), hash: 'h' }];
      await journal.commit({ checkpoint, counts: { added: 1, membersRead: 1 }, rows: rowsOf(2), sent });
      const refused = rowsOf(1, { outcome: null as never });
      const next = { ...checkpoint, after: memberId(2) };
      const bad = journal.commit({
        checkpoint: next,
        counts: { added: 1 },
        rows: refused,
        sent: [{ memberId: memberId(2), hash: 'h' }],
      });
      await expect(bad).rejects.toThrow();
      const after = await runs.get(run.id);
      expect(after.counts).toMatchObject({ added: 1, membersRead: 1 });
      expect(after.checkpoint).toEqual(checkpoint);
      expect((await runs.rows(run.id)).rows.map(({ seq }) => seq)).toEqual([1, 2]);
      expect((await journal.readEntries([memberId(1), memberId(2)])).size).toBe(1);
      await runs.end(lease, { status: 'Part failed' });
      expect(await runs.get(run.id)).toMatchObject({ status: 'Part failed', finishedAt: expect.any(Date) });
    });

    test('adds up what the sync does not map, and how far it has come', async () => {
      const { run, journal } = await newRun('adding');
      await journal.commit({
        checkpoint,
        unmapped: new Map([['Sold', 2]]),
        membersTotal: 5,
        progress: { memberWatermark: '2026-03-01T00:00:00.000Z', contactListId: 'list' },
      });
      await journal.commit({
        checkpoint,
        unmapped: new Map([
          ['Sold', 1],
          ['__proto__', 1],
        ]),
        progress: { mappingFingerprint: 'f' },
      });
      const { unmapped, membersTotal } = await runs.get(run.id);
      expect(Object.entries(unmapped)).toEqual(expect.arrayContaining([['Sold', 3]]));
      expect(membersTotal).toBe(5);
      expect(await syncs.progress('adding')).toEqual({
        memberWatermark: '2026-03-01T00:00:00.000Z',
        contactListId: 'list',
        mappingFingerprint: 'f',
      });
    });

    test('goes by the fields of consent that are left once its sync is saved after the others were missed', async () => {
      const { journal } = await newRun('consenting');
      const save = (defaultCountry: string) => syncs.put('consenting', syncBody({ defaultCountry }));
      await journal.commit({ checkpoint, progress: { consentFields: 'DoNotCall,Lead.DoNotCall' } });
      await save('de');
      expect(consentSeen(await syncs.progress('consenting'))).toEqual(['DoNotCall', 'Lead.DoNotCall']);
      await journal.commit({ checkpoint, progress: { consentFields: lostConsent(['DoNotCall']) } });
      await syncs.put('consenting', syncBody({ defaultCountry: 'de' }));
      expect(consentSeen(await syncs.progress('consenting'))).toEqual(['DoNotCall']);
      await save('fr');
      expect(consentSeen(await syncs.progress('consenting'))).toEqual([]);
    });

    test('pauses between slices where it is walked, and at once where it is not', async () => {
      const { run, lease, journal } = await newRun('pausing');
      expect(await journal.control()).toBe('go');
      expect((await runs.pause(run.id)).status).toBe('Running');
      expect(await journal.control()).toBe('pause');
      await runs.end(lease, { status: 'Paused' });
      expect(await runs.claim(run.id, { owner: 'x', ttlMs: LONG_MS })).toBeUndefined();
      expect((await runs.resume(run.id)).status).toBe('Running');
      expect((await runs.pause(run.id)).status).toBe('Paused');
      await runs.resume(run.id);
      expect(await runs.claim(run.id, { owner: 'x', ttlMs: LONG_MS })).toMatchObject({ status: 'Running' });
    });

    test('goes on where it is told to just before it would have paused', async () => {
      const { run, lease, journal } = await newRun('wavering');
      await runs.pause(run.id);
      expect(await journal.control()).toBe('pause');
      expect((await runs.resume(run.id)).status).toBe('Running');
      expect(await runs.end(lease, { status: 'Paused' })).toBe(false);
      await runs.release(lease);
      expect(await runs.abandoned()).toContain(run.id);
    });

    test('that is paused or cancelled while it waits for its next try does not say that it goes on', async () => {
      const { run, lease } = await newRun('waiting');
      const postponement = {
        failure: { code: 'unavailable', detail: 'x', remedy: 'y' },
        delayMs: LONG_MS,
        retries: 1,
      };
      expect((await runs.postpone(lease, postponement))?.retryAt).toBeInstanceOf(Date);
      expect((await runs.pause(run.id)).retryAt).toBeUndefined();
      await runs.resume(run.id);
      await runs.claim(run.id, { owner: lease.owner, ttlMs: LONG_MS });
      await runs.postpone(lease, postponement);
      const cancelled = await runs.cancel(run.id);
      expect([cancelled.status, cancelled.retryAt]).toEqual(['Failed', undefined]);
      await expect(runs.resume(run.id)).rejects.toThrow('The run was cancelled.');
    });

    test('is cancelled for good, also where the process that walked it is gone', async () => {
      const { run, lease } = await newRun('cancelling');
      expect((await runs.cancel(run.id)).status).toBe('Running');
      await runs.renew(lease, 0);
      await runs.abandoned();
      expect(await runs.get(run.id)).toMatchObject({ status: 'Failed', failure: { code: 'cancelled' } });
      await expect(runs.resume(run.id)).rejects.toMatchObject({ code: 'conflict' });
      await expect(runs.cancel(run.id)).rejects.toMatchObject({ code: 'conflict' });
    });

    test('goes on after a failure, unless another run has begun', async () => {
      const { run, lease } = await newRun('failing');
      const failure = { code: 'unavailable', detail: 'x', remedy: 'y' };
      await runs.end(lease, { status: 'Failed', failure });
      expect(await runs.resume(run.id)).toMatchObject({ status: 'Running' });
      await runs.claim(run.id, { owner: 'o', ttlMs: LONG_MS });
      await runs.end({ run: run.id, owner: 'o' }, { status: 'Failed', failure });
      await runs.create({ sync: 'failing', startedBy: 'ann' });
      await expect(runs.resume(run.id)).rejects.toMatchObject({ code: 'conflict' });
    });

    test('carries out a plan that is fresh, and no other', async () => {
      const { run, lease } = await newRun('planned', { dryRun: true });
      await runs.end(lease, { status: 'Healthy' });
      const later = createRunStore(contextOf().database, () => Date.now() + 31 * 60_000);
      const wanted = { sync: 'planned', startedBy: 'ann', planOf: run.id };
      await expect(later.create(wanted)).rejects.toMatchObject({ code: 'conflict' });
      expect(await runs.create(wanted)).toMatchObject({ planOf: run.id });
    });

    test('lists runs newest first, page by page, each once', async () => {
      const made: string[] = [];
      for (let n = 0; n < 5; n += 1) {
        const { run, lease } = await newRun('history');
        made.unshift(run.id);
        await runs.end(lease, { status: 'Healthy' });
      }
      const first = await runs.list({ sync: 'history', limit: 3 });
      const second = await runs.list({ sync: 'history', limit: 3, after: first.nextAfter! });
      expect([...first.runs, ...second.runs].map(({ id }) => id)).toEqual(made);
      expect(second.nextAfter).toBeUndefined();
    });

    test.each([
      { name: 'zero', filter: { limit: 0 } },
      { name: 'many', filter: { limit: 2_001 } },
      { name: 'before', filter: { after: -1 } },
      { name: 'odd', filter: { outcome: 'odd' as never } },
    ])('refuses the row filter $filter', async ({ name, filter }) => {
      const { run } = await newRun(`filter-${name}`);
      await expect(runs.rows(run.id, filter)).rejects.toMatchObject({ code: 'invalid_request' });
    });

    test('pages through the rows of one outcome, with their words', async () => {
      const { run, journal } = await newRun('rows');
      await journal.commit({ checkpoint, rows: [...rowsOf(3), ...rowsOf(2, { outcome: 'skipped' })] });
      await journal.commit({ checkpoint, rows: rowsOf(2) });
      const first = await runs.rows(run.id, { outcome: 'failed', limit: 4 });
      const second = await runs.rows(run.id, { outcome: 'failed', limit: 4, after: first.nextAfter! });
      expect([...first.rows, ...second.rows].map(({ seq }) => seq)).toEqual([1, 2, 3, 6, 7]);
      expect(first.rows[0]).toMatchObject({
        memberId: memberId(0),
        reasonCode: 'contact_not_confirmed',
        sentence: expect.stringContaining('PureCloud'),
        original: { Email: 'p0@example.org' },
      });
      expect(await journal.listFailed(run.id, { limit: 2 })).toEqual({
        ids: [memberId(0), memberId(1)],
        more: true,
      });
      expect(await journal.listFailed(run.id, { after: memberId(1), limit: 2 })).toEqual({
        ids: [memberId(2)],
        more: false,
      });
    });

    test('keeps a row with values that the database would refuse', async () => {
      const { run, journal } = await newRun('odd-values');
      await journal.commit({ checkpoint, rows: rowsOf(1, { original: { Name: 'nul\0 and \ud800' } }) });
      expect((await runs.rows(run.id)).rows[0]?.original).toEqual({ Name: 'nul and \ufffd' });
    });

    test('keeps rows for 30 days, and the run itself', async () => {
      const { run, journal } = await newRun('ageing');
      await journal.commit({ checkpoint, rows: rowsOf(2) });
      const day = 86_400_000;
      await createRunStore(contextOf().database, () => Date.now() + 29 * day).prune();
      expect((await runs.rows(run.id)).rows).toHaveLength(2);
      await createRunStore(contextOf().database, () => Date.now() + 31 * day).prune();
      expect((await runs.rows(run.id)).rows).toHaveLength(0);
    });
  });

  describe('forgetting one person', () => {
    test.each([
      { name: 'the member id', id: memberId(9_000), person: { memberId: memberId(9_000).slice(0, 15) } },
      { name: 'the email, in any case', id: memberId(9_001), person: { email: 'Ada@Example.ORG' } },
      { name: 'the number as it is dialled', id: memberId(9_002), person: { phone: '+49 171 1234567' } },
      {
        name: 'the number as it is written at home',
        id: memberId(9_003),
        person: { phone: '0171 123 45 67' },
      },
    ])('finds the person by $name, and no one else', async ({ id, person }) => {
      const name = `forget-${Object.keys(person)[0]!.toLowerCase()}-${Object.values(person)[0]!.length}`;
      const { run, journal } = await newRun(name);
      const mine: RunRow[] = [
        {
          ...rowsOf(1)[0]!,
          memberId: id,
          original: { Email: 'ada@example.org', Phone: '0171/1234567' },
        },
      ];
      await journal.commit({ checkpoint, rows: [...mine, ...rowsOf(3)] });
      await setPhase(contextOf().database.db, name, 'sending', [id]);
      const forgotten = await forgetPerson(contextOf().database, personKeys(person));
      expect(forgotten.rowsErased).toBe(1);
      expect(forgotten.stillListed).toContainEqual({ sync: name, memberId: id });
      expect((await runs.rows(run.id)).rows.map((row) => row.memberId)).not.toContain(id);
      expect((await runs.rows(run.id)).rows).toHaveLength(3);
      await settleRemoved(contextOf().database.db, name, [id], {
        listed: false,
        blocked: false,
      });
      const again = await forgetPerson(contextOf().database, personKeys({ memberId: id }));
      expect(again).toMatchObject({ ledgerErased: 1, stillListed: [] });
    });

    test('erases all rows of a person that any of them names', async () => {
      const { run, journal } = await newRun('forget-all');
      const named = { ...rowsOf(1)[0]!, memberId: memberId(9_100), original: { Email: 'eve@example.org' } };
      const bare = { ...named, original: { Id: memberId(9_100), Last_Result__c: 'Sold' } };
      await journal.commit({ checkpoint, rows: [named, bare, ...rowsOf(1)] });
      const forgotten = await forgetPerson(contextOf().database, personKeys({ email: 'eve@example.org' }));
      expect(forgotten.rowsErased).toBe(2);
      expect((await runs.rows(run.id)).rows.map((row) => row.memberId)).toEqual([memberId(0)]);
    });

    test('looks at no more than a thousand rows at once, and answers others in between', async () => {
      const { db } = contextOf().database;
      const { run, journal } = await newRun('forget-among-many');
      await sql`insert into run_rows (run, seq, member_id, outcome, reason_code, detail, original)
        select ${run.id}::uuid, place, ${memberId(9_200)}, 'failed', 'contact_not_confirmed', '{}', '{"LastName":"Eve"}'
        from generate_series(1, 4500) as place`.execute(db);
      await sql`update runs set row_count = 4500 where id = ${run.id}::uuid`.execute(db);
      const lastRow = {
        ...rowsOf(1)[0]!,
        memberId: memberId(9_201),
        original: { Email: 'last@example.org' },
      };
      await journal.commit({ checkpoint, rows: [lastRow] });
      let answered = 0;
      let isOver = false;
      const others = (async () => {
        for (; !isOver; answered += 1) {
          await sql`select 1`.execute(db);
          await setImmediate();
        }
      })();
      const { rowsErased } = await forgetPerson(
        contextOf().database,
        personKeys({ email: 'last@example.org' }),
      );
      isOver = true;
      await others;
      expect(rowsErased).toBe(1);
      expect(answered).toBeGreaterThanOrEqual(4);
      const looked: number[] = [];
      for await (const rows of pagesOfAllRows(db)) looked.push(rows.length);
      expect(Math.max(...looked)).toBe(ROWS_PER_LOOK);
      expect(looked.reduce((sum, rows) => sum + rows)).toBeGreaterThanOrEqual(4_500);
    });

    test('keeps no row of them that a run under way brings later, and those of all others', async () => {
      const { run, journal } = await newRun('forget-under-way');
      await forgetPerson(contextOf().database, personKeys({ memberId: memberId(9_300) }));
      await journal.commit({
        checkpoint,
        rows: [...rowsOf(1, { memberId: memberId(9_300) }), ...rowsOf(2)],
      });
      await journal.commit({ checkpoint, rows: rowsOf(1, { memberId: memberId(9_301) }) });
      const { rows } = await runs.rows(run.id);
      expect(rows.map((row) => row.memberId)).toEqual([memberId(0), memberId(1), memberId(9_301)]);
      const later = await newRun('forget-later');
      await later.journal.commit({ checkpoint, rows: rowsOf(1, { memberId: memberId(9_300) }) });
      expect((await runs.rows(later.run.id)).rows).toHaveLength(1);
    });

    test('erases the row of a step that is being written', async () => {
      const { database } = contextOf();
      const { run, journal } = await newRun('forget-meanwhile');
      await journal.commit({ checkpoint, rows: rowsOf(1) });
      const id = memberId(9_400);
      let forgotten: Promise<unknown> | undefined;
      let isOver = false;
      const isAwaited = async (trx: Queries) => {
        const { rows } = await sql`
          select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))`.execute(
          trx,
        );
        return rows.length > 0;
      };
      await database.db.transaction().execute(async (trx) => {
        await sql`select from runs where id = ${run.id}::uuid for update`.execute(trx);
        await appendRows(trx, run.id, 1, rowsOf(1, { memberId: id }));
        forgotten = forgetPerson(database, personKeys({ memberId: id })).finally(() => void (isOver = true));
        // The embedded database does one thing after the other.
        while (database.kind === 'server' && !isOver && !(await isAwaited(trx))) await setImmediate();
      });
      await forgotten;
      expect((await runs.rows(run.id)).rows.map((row) => row.memberId)).toEqual([memberId(0)]);
    });

    test('knows them until their contact is off the list and every run of that time is over, and nobody else is lost', async () => {
      const { db } = contextOf().database;
      const name = 'forget-in-the-end';
      const ids = [memberId(9_500), memberId(9_501)];
      const { run, lease } = await newRun(name);
      const remembered = async () => {
        await runs.prune();
        const { rows } = await sql<{ member_id: string }>`
          select member_id from forgotten_members where member_id = any(${ids}::text[])`.execute(db);
        return { entries: [...(await readEntries(db, name, ids)).keys()].sort(), marks: rows.length };
      };
      await setPhase(db, name, 'removing', ids);
      await forgetPerson(contextOf().database, personKeys({ memberId: ids[0] }));
      expect(await remembered()).toEqual({ entries: ids, marks: 1 });
      await settleRemoved(db, name, ids, { listed: true, blocked: false });
      expect(await remembered()).toEqual({ entries: ids, marks: 1 });
      const later = await newRun('forget-taken-off');
      await later.journal.commit({ checkpoint, rows: ids.map((id) => rowsOf(1, { memberId: id })[0]!) });
      expect((await runs.rows(later.run.id)).rows).toHaveLength(2);
      await settleRemoved(db, name, ids, { listed: false, blocked: false });
      expect(await remembered()).toEqual({ entries: [ids[1]], marks: 1 });
      expect((await runs.rows(later.run.id)).rows.map((row) => row.memberId)).toEqual([ids[1]]);
      await runs.end(lease, { status: 'Healthy' });
      await sql`update runs set finished_at = now() where finished_at is null and id <> ${run.id}::uuid`.execute(
        db,
      );
      expect(await remembered()).toEqual({ entries: [ids[1]], marks: 0 });
    });

    test('wants to know who', () => {
      expect(() => personKeys({})).toThrow('Nothing says who');
      expect(() => personKeys({ phone: '12' })).toThrow('at least 7 digits');
      expect(() => personKeys({ email: 'son' })).toThrow('must be an email address');
    });
  });

  describe('a run', () => {
    const LIMITS = { pageSize: 10, sliceSize: 7 };

    /** As often as it takes. */
    async function walk(
      world: World,
      sync: string,
      {
        dryRun = false,
        interrupt,
        remembered = syncs,
      }: { dryRun?: boolean; interrupt?: () => void; remembered?: SyncStore } = {},
    ) {
      const { id } = await runs.create({ sync, dryRun, startedBy: 'ann' });
      const ports = watchedPorts(portsOfWorld(world), interrupt ?? (() => undefined));
      const errors: object[] = [];
      const execute = () =>
        executeRun(
          {
            database: contextOf().database,
            runs,
            syncs: remembered,
            openPorts: () => ({ ...ports, close: () => Promise.resolve() }),
            retryAfterMs: () => undefined,
            log: { warn: () => undefined, error: (facts) => errors.push(facts) },
            every: () => () => undefined,
            limits: LIMITS,
          },
          id,
        );
      let run = await execute();
      for (; run?.status === 'Failed'; run = await execute()) await runs.resume(id);
      return { run: run!, errors };
    }

    async function newWorld(sync: string): Promise<World> {
      await syncs.put(sync, syncBody({ results: [{ result: 'Sold', memberStatus: 'Responded' }] }));
      return createWorld({ members: 25 });
    }

    test('is walked over the database, dry and then for real, with the same counts', async () => {
      const world = await newWorld('walked');
      const dry = await walk(world, 'walked', { dryRun: true });
      expect(world.contacts.size).toBe(0);
      const real = await walk(world, 'walked');
      expect([...dry.errors, ...real.errors]).toEqual([]);
      expect(real.run).toMatchObject({ status: 'Healthy', phase: 'done', membersTotal: 25 });
      expect(real.run.counts).toEqual(dry.run.counts);
      expect(world.contacts.size).toBe(25);
      const second = await walk(world, 'walked');
      expect(second.run.counts).toMatchObject({ added: 0, changed: 0, removed: 0 });
    });

    test('follows the settings that are saved, and not those that its process remembers', async () => {
      const database = { ...contextOf().database, listen: () => Promise.resolve(() => Promise.resolve()) };
      const world = await newWorld('fresh');
      const deaf = await openSyncStore({ database, ring, log: quietLog });
      await syncs.put('fresh', syncBody({ memberStatuses: ['Responded'] }));
      const { run } = await walk(world, 'fresh', { remembered: deaf });
      expect(run).toMatchObject({ status: 'Healthy', counts: { added: 0, skipped: 25 } });
      await deaf.close();
    });

    test('that fails again and again goes on from where it was, and ends as if it had not', async () => {
      const world = await newWorld('stumbling');
      await walk(world, 'stumbling');
      dial(world, memberId(3), 'Sold');
      setMember(world, memberId(4), { refusals: ['DoNotCall'] });
      deleteMember(world, memberId(5));
      for (let number = 30; number < 50; number += 1) setMember(world, memberId(number), {});
      let calls = 0;
      let failures = 0;
      const interrupt = () => {
        calls += 1;
        // Each time it comes a little further.
        if (calls < 5 + failures) return;
        [calls, failures] = [0, failures + 1];
        throw new Error('gone');
      };
      const { run, errors } = await walk(world, 'stumbling', { interrupt });
      expect(errors.length).toBeGreaterThan(5);
      expect(run).toMatchObject({ status: 'Healthy', phase: 'done' });
      expect(run.counts).toMatchObject({
        added: 20,
        removed: 2,
        unchanged: 23,
        failed: 0,
        membersUpdated: 1,
      });
      expect(world.contacts.size).toBe(43);
      expect([...world.queued.values()].every((times) => times === 1)).toBe(true);
      expect((await runs.rows(run.id)).rows).toHaveLength(2);
    });
  });
}
