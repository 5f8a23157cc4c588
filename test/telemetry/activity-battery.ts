import { describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { createActivityStore } from '../../server/telemetry/activity.ts';
import type { ContextOf } from '../database/battery-context.ts';
import { quietLog } from '../support/databases.ts';

const DAY_MS = 86_400_000;

export function activityBattery(contextOf: ContextOf): void {
  describe('activity', () => {
    const nowMs = Date.parse('2026-03-01T12:00:00Z');
    const create = (options: Partial<Parameters<typeof createActivityStore>[0]> = {}) =>
      createActivityStore({ database: contextOf().database, log: quietLog, now: () => nowMs, ...options });

    test('lists what was recorded a moment ago, newest first, without members that are not there', async () => {
      const store = create();
      store.record({
        kind: 'tokenRequest',
        connection: 'fresh',
        result: 'Success',
        status: 200,
        durationMs: 12.6,
      });
      store.record({
        kind: 'proxiedCall',
        connection: 'fresh',
        caller: 'org',
        result: 'Timeout',
        correlationId: 'c-1',
      });
      const { entries, nextAfter } = await store.list({ connection: 'fresh' });
      expect(nextAfter).toBeUndefined();
      expect(entries).toEqual([
        {
          id: expect.any(String),
          at: '2026-03-01T12:00:00.000Z',
          kind: 'proxiedCall',
          connection: 'fresh',
          caller: 'org',
          result: 'Timeout',
          correlationId: 'c-1',
        },
        {
          id: expect.any(String),
          at: '2026-03-01T12:00:00.000Z',
          kind: 'tokenRequest',
          connection: 'fresh',
          result: 'Success',
          status: 200,
          durationMs: 13,
        },
      ]);
      await store.close();
    });

    test('pages through everything once while more is recorded', async () => {
      const store = create();
      for (let n = 0; n < 7; n += 1) store.record({ kind: 'change', connection: 'paged', result: `r${n}` });
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await store.list({
          connection: 'paged',
          limit: 3,
          ...(after === undefined ? {} : { after }),
        });
        seen.push(...page.entries.map(({ result }) => result));
        after = page.nextAfter;
        store.record({ kind: 'change', connection: 'paged', result: 'later' });
      } while (after !== undefined);
      expect(seen).toEqual(['r6', 'r5', 'r4', 'r3', 'r2', 'r1', 'r0']);
      await store.close();
    });

    test('says of a change that it is written down when it is, however full the buffer and busy the bridge', async () => {
      const store = create({ bufferedMax: 3, flushMs: 1_000_000 });
      const recordCall = () => store.record({ kind: 'proxiedCall', connection: 'busy', result: 'Success' });
      for (let n = 0; n < 5; n += 1) recordCall();
      const busy = setInterval(recordCall);
      await store.recordChange({ connection: 'busy', result: 'changed' });
      clearInterval(busy);
      const { rows } = await sql<{ n: number }>`select count(*)::int as n from audit_entries
        where connection = 'busy'`.execute(contextOf().database.db);
      expect(rows).toEqual([{ n: 1 }]);
      await store.close();
    });

    test('says of a change that it is not written down where it cannot be, and why, and writes it down later', async () => {
      const { database } = contextOf();
      let isAway = true;
      const db = new Proxy(database.db, {
        get: (target, member) => {
          if (isAway) throw Object.assign(new Error('No space left on device'), { code: '53100' });
          const value: unknown = Reflect.get(target, member);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
      const store = create({ database: { ...database, db }, flushMs: 1 });
      await expect(store.recordChange({ connection: 'late', result: 'changed' })).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringMatching(/not be written down .* The disk of the database is full\.$/),
        options: { retryable: false },
      });
      isAway = false;
      await store.flush();
      expect((await store.list({ connection: 'late' })).entries).toMatchObject([{ kind: 'change' }]);
      await store.close();
    });

    test('filters by result in any case', async () => {
      const store = create();
      store.record({ kind: 'tokenRequest', connection: 'filtered', result: 'Timeout' });
      store.record({ kind: 'tokenRequest', connection: 'filtered', result: 'Success' });
      expect((await store.list({ connection: 'filtered', result: 'timeout' })).entries).toHaveLength(1);
      await store.close();
    });

    test.each([{ limit: 0 }, { limit: 501 }, { limit: 1.5 }, { after: 'x' }, { after: '-1' }])(
      'refuses the filter %j',
      async (filter) => {
        const store = create();
        await expect(store.list(filter)).rejects.toMatchObject({ code: 'invalid_request' });
        await store.close();
      },
    );

    test('drops and counts what its buffer has no room for, and blocks no one', async () => {
      const store = create({ bufferedMax: 3, flushMs: 1_000_000 });
      for (let n = 0; n < 5; n += 1) store.record({ kind: 'run', connection: 'bounded', result: 'Success' });
      expect(store.counts()).toEqual({ buffered: 3, dropped: 2 });
      expect((await store.list({ connection: 'bounded' })).entries).toHaveLength(3);
      expect(store.counts()).toEqual({ buffered: 0, dropped: 2 });
      await store.close();
    });

    test('writes the rest when it closes, and nothing after that', async () => {
      const store = create({ flushMs: 1_000_000 });
      store.record({ kind: 'run', connection: 'closing', result: 'Success' });
      await store.close();
      store.record({ kind: 'run', connection: 'closing', result: 'Success' });
      const reader = create();
      expect((await reader.list({ connection: 'closing' })).entries).toHaveLength(1);
      await reader.close();
    });

    test('is not held up by an entry that the database would refuse', async () => {
      const store = create();
      store.record({
        kind: 'run',
        connection: 'odd',
        result: 'nul\0 and \ud800',
        atMs: Number.NaN,
        status: 1e12,
      });
      store.record({ kind: 'run', connection: 'odd', result: 'x'.repeat(10_000), durationMs: Infinity });
      const { entries } = await store.list({ connection: 'odd' });
      expect(entries.map(({ result }) => result.length)).toEqual([500, expect.any(Number)]);
      await store.close();
    });

    test('keeps no credential that stood in the path of a call', async () => {
      const store = create();
      const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl';
      store.record({
        kind: 'proxiedCall',
        connection: 'redacted',
        result: 'Success',
        summary: `GET /a/${token}/b`,
      });
      const [entry] = (await store.list({ connection: 'redacted' })).entries;
      expect(entry?.summary).toBe('GET /a/[secret]/b');
      await store.close();
    });

    test('removes what is older than the retention, to the millisecond', async () => {
      const store = create({ retentionDays: 2 });
      for (const age of [2 * DAY_MS + 1, 2 * DAY_MS, 0]) {
        store.record({ kind: 'run', connection: 'aged', result: String(age), atMs: nowMs - age });
      }
      await store.flush();
      await store.prune();
      expect((await store.list({ connection: 'aged' })).entries.map(({ result }) => result)).toEqual([
        '0',
        String(2 * DAY_MS),
      ]);
      await store.close();
    });
  });
}
