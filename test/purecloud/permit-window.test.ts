import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  decideLease,
  EMPTY_ROW,
  permitsUsed,
  WINDOW_MS,
  type LeaseRequest,
  type PermitRow,
} from '../../server/purecloud/permit-window.ts';

const START_MS = 1_800_000_000_000;

function ask(row: PermitRow, nowMs: number, request: Partial<LeaseRequest>) {
  return decideLease(row, nowMs, { owner: 'a', limit: 300, interactive: 0, sync: 0, ...request });
}

/** A row of which so many permits were taken in one moment. */
function rowWith(permits: number, atMs: number): PermitRow {
  return { ...EMPTY_ROW, slots: [[Math.floor(atMs / 500), permits]] };
}

describe('a lease', () => {
  test.each([
    { name: 'gives an interactive call what is free', used: 0, wants: { interactive: 5 }, gives: [5, 0] },
    { name: 'takes a tenth of the limit at most', used: 0, wants: { interactive: 100 }, gives: [30, 0] },
    {
      name: 'gives the very last permit to an interactive call',
      used: 299,
      wants: { interactive: 5 },
      gives: [1, 0],
    },
    { name: 'keeps the last permits from a sync', used: 294, wants: { sync: 5 }, gives: [0, 0] },
    { name: 'gives a sync two seconds of its pace at once', used: 0, wants: { sync: 50 }, gives: [0, 10] },
    {
      name: 'paces interactive calls behind half of the limit',
      used: 149,
      wants: { interactive: 30 },
      gives: [11, 0],
    },
    { name: 'serves interactive before sync', used: 290, wants: { interactive: 9, sync: 9 }, gives: [9, 0] },
    {
      name: 'gives a limit of one a minute to a sync too',
      used: 0,
      wants: { sync: 3, limit: 1 },
      gives: [0, 1],
    },
  ])('$name', ({ used, wants, gives }) => {
    const { lease } = ask(rowWith(used, START_MS), START_MS + 1, wants);
    expect([lease.interactive, lease.sync]).toEqual(gives);
  });

  test('says when the oldest permit comes free, and it does', () => {
    const row = rowWith(300, START_MS);
    const { lease } = ask(row, START_MS + 10_000, { interactive: 1 });
    expect(lease.interactive).toBe(0);
    expect(lease.retryInMs).toBeGreaterThan(WINDOW_MS - 10_000 - 1);
    expect(ask(row, START_MS + 10_000 + lease.retryInMs, { interactive: 1 }).lease.interactive).toBe(1);
  });

  test('gives nothing to anyone during a pause that one instance was asked for', () => {
    const { row } = ask(EMPTY_ROW, START_MS, { blockForMs: 5_000 });
    const during = ask(row, START_MS + 4_999, { owner: 'b', interactive: 1, sync: 1 }).lease;
    expect([during.interactive, during.sync]).toEqual([0, 0]);
    expect(during.blockedForMs).toBe(1);
    expect(ask(row, START_MS + 5_000, { owner: 'b', interactive: 1 }).lease.interactive).toBe(1);
  });

  test('counts the instances that asked lately', () => {
    const first = ask(EMPTY_ROW, START_MS, { owner: 'a' });
    const second = ask(first.row, START_MS + 1_000, { owner: 'b' });
    expect(second.lease.instances).toBe(2);
    expect(ask(second.row, START_MS + 95_000, { owner: 'c' }).lease.instances).toBe(1);
  });

  test('recovers within a minute from a clock that was set back by an hour', () => {
    const row = rowWith(300, START_MS + 3_600_000);
    const { row: seen } = ask(row, START_MS, { interactive: 1 });
    expect(permitsUsed(seen, START_MS)).toBe(300);
    expect(ask(seen, START_MS + WINDOW_MS + 500, { interactive: 1 }).lease.interactive).toBe(1);
  });

  test('never lets any minute have more permits than the limit, whoever asks for what and when', () => {
    const step = fc.record({
      afterMs: fc.integer({ min: 0, max: 8_000 }),
      owner: fc.constantFrom('a', 'b', 'c'),
      interactive: fc.nat(40),
      sync: fc.nat(40),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.array(step, { maxLength: 120 }), (limit, steps) => {
        let row = EMPTY_ROW;
        let nowMs = START_MS;
        const given: { atMs: number; permits: number }[] = [];
        for (const { afterMs, ...request } of steps) {
          nowMs += afterMs;
          const decided = ask(row, nowMs, { ...request, limit });
          row = JSON.parse(JSON.stringify(decided.row)) as PermitRow;
          given.push({ atMs: nowMs, permits: decided.lease.interactive + decided.lease.sync });
          const inMinute = given.filter(({ atMs }) => atMs > nowMs - WINDOW_MS);
          expect(inMinute.reduce((sum, { permits }) => sum + permits, 0)).toBeLessThanOrEqual(limit);
          expect(row.slots.length).toBeLessThanOrEqual(122);
        }
      }),
      { numRuns: 150 },
    );
  });
});
