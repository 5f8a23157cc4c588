/** What a list keeps: a queue and a table that behave like an array and a map, and are quick with many. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ContactTable } from '../../sandbox/purecloud/outbound/contact-table.ts';
import { DialQueue } from '../../sandbox/purecloud/outbound/dial-queue.ts';
import { OutboundState, type Contact } from '../../sandbox/purecloud/outbound/outbound-state.ts';

const id = fc.integer({ min: 0, max: 12 }).map((number) => `c${number}`);

describe('the queue', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('put' as const), id, isFirst: fc.boolean() }),
    fc.record({ kind: fc.constant('delete' as const), id }),
    fc.record({ kind: fc.constant('shift' as const) }),
  );

  test('gives back what an array would', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = new DialQueue();
        let model: string[] = [];
        for (const one of steps) {
          if (one.kind === 'shift') {
            expect(queue.shift()).toBe(model.shift());
          } else {
            model = model.filter((other) => other !== one.id);
            if (one.kind === 'delete') queue.delete(one.id);
            else {
              queue.put(one.id, one.isFirst);
              if (one.isFirst) model.unshift(one.id);
              else model.push(one.id);
            }
          }
          expect([[...queue], queue.length]).toEqual([model, model.length]);
        }
      }),
    );
  });

  test('takes no longer for one of a hundred thousand than for one of a thousand', () => {
    const state = new OutboundState();
    const stored = state.addList({
      name: 'Many',
      columnNames: ['Phone'],
      phoneColumns: [{ columnName: 'Phone', type: 'Work' }],
    });
    const again = { priority: false, clearSystemData: false, doNotQueue: false };
    const put = (row: number) => state.upsert(stored, { id: `c${row}`, data: { Phone: '+1' } }, again);
    for (let row = 0; row < 100_000; row += 1) put(row);
    const before = process.cpuUsage();
    for (let row = 0; row < 20_000; row += 1) put(row);
    state.remove(stored, ['c1']);
    while (stored.queue.shift() !== undefined);
    // Some 0.1 s of computing; a walk over all who wait, for each, takes minutes.
    expect(process.cpuUsage(before).user / 1_000_000).toBeLessThan(10);
    expect(stored.contacts.size).toBe(99_999);
  });
});

describe('the table', () => {
  const LIST = {
    listId: 'L',
    columnNames: ['A', 'B'],
    phoneColumns: [{ columnName: 'B', type: 'Work' }],
  };
  const contact = fc.record({
    id,
    contactListId: fc.constant('L'),
    data: fc
      .dictionary(fc.constantFrom('A', 'B'), fc.string({ unit: 'binary' }))
      .map((data) => ({ ...data })),
    callable: fc.boolean(),
    phoneNumberStatus: fc.record({ B: fc.record({ callable: fc.boolean() }) }),
    callRecords: fc.constantFrom({}, { B: { lastAttempt: '2026-01-01T00:00:00.000Z', lastResult: 'x' } }),
    dateCreated: fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-01-02T03:04:05.678Z'),
  });
  const step = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), contact }),
    fc.record({ kind: fc.constant('delete' as const), id }),
  );

  test('gives back what was put into it, in its order, and a snapshot stays as it was', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const table = new ContactTable(LIST);
        const model = new Map<string, Contact>();
        for (const one of steps) {
          const snapshot = table.snapshot();
          const before = [...model.values()];
          if (one.kind === 'delete') expect(table.delete(one.id)).toBe(model.delete(one.id));
          else {
            table.set(one.contact.id, one.contact);
            model.set(one.contact.id, one.contact);
          }
          expect([...table]).toEqual([...model]);
          expect(table.slice(1, 4)).toEqual([...model.values()].slice(1, 4));
          expect(Array.from({ length: snapshot.length }, (_, index) => snapshot.at(index))).toEqual(before);
        }
      }),
    );
  });
});
