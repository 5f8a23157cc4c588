import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createFairQueue, type Waiting } from '../../server/purecloud/fair-queue.ts';

interface Item extends Waiting {
  id: string;
}

function items(caller: string, count: number, priority: Item['priority'] = 'interactive'): Item[] {
  return Array.from({ length: count }, (_, index) => ({ id: `${caller}${index + 1}`, caller, priority }));
}

function queueOf(max: number, all: readonly Item[]) {
  const queue = createFairQueue<Item>(max);
  const out = all.map((item) => queue.push(item)).filter((item) => item !== undefined);
  return { queue, out: out.map(({ id }) => id) };
}

describe('the fair queue', () => {
  test('serves callers in turn, however many calls one of them has waiting', () => {
    const { queue } = queueOf(100, [...items('a', 4), ...items('b', 2), ...items('c', 1)]);
    const order = Array.from({ length: 7 }, () => queue.next('interactive')!.id);
    expect(order).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4']);
    expect(queue.next('interactive')).toBeUndefined();
  });

  test.each([
    {
      name: 'a sync yields to an interactive call',
      waiting: items('a', 3, 'sync'),
      newcomer: items('b', 1),
      out: 'a3',
    },
    {
      name: 'who has most waiting yields to a caller with less',
      waiting: items('a', 3),
      newcomer: items('b', 1),
      out: 'a3',
    },
    {
      name: 'the newcomer yields where it has as many as any',
      waiting: [...items('a', 1), ...items('b', 2)],
      newcomer: items('a', 1),
      out: 'a1',
    },
    {
      name: 'a sync does not displace an interactive call',
      waiting: items('a', 3),
      newcomer: items('b', 1, 'sync'),
      out: 'b1',
    },
  ])('is bounded: $name', ({ waiting, newcomer, out }) => {
    const { queue } = queueOf(3, waiting);
    expect(queue.push(newcomer[0]!)?.id).toBe(out);
    expect(queue.count()).toBe(3);
  });

  test('never loses or repeats an item, and no caller waits for more than one round', () => {
    const commands = fc.array(
      fc.oneof(
        fc.record({ push: fc.constantFrom('a', 'b', 'c', 'd') }),
        fc.constant({ next: true as const }),
        fc.record({ remove: fc.nat(50) }),
      ),
      { maxLength: 150 },
    );
    fc.assert(
      fc.property(commands, (steps) => {
        const queue = createFairQueue<Item>(20);
        const inside: Item[] = [];
        const take = (item: Item) => inside.splice(inside.indexOf(item), 1);
        let count = 0;
        for (const step of steps) {
          if ('push' in step) {
            const item: Item = { id: String((count += 1)), caller: step.push, priority: 'interactive' };
            inside.push(item);
            const out = queue.push(item);
            if (out !== undefined) expect(take(out)).toEqual([out]);
          } else if ('next' in step) {
            const item = queue.next('interactive');
            // Of its own caller's items it is the oldest.
            expect(item).toBe(inside.find(({ caller }) => caller === item?.caller));
            if (item !== undefined) take(item);
          } else {
            const item = inside[step.remove];
            if (item !== undefined) take(item);
            if (item !== undefined) queue.remove(item);
          }
          expect(queue.count()).toBe(inside.length);
        }
        expect(queue.drain()).toHaveLength(inside.length);
        expect(queue.count()).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});
