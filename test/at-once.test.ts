import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { atOnce } from '../server/at-once.ts';
import { toChunks } from '../server/chunks.ts';

const WORK = fc.array(fc.record({ turns: fc.nat(5), fails: fc.boolean() }), { maxLength: 20 });
const AT_ONCE_MAX = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constant(Infinity));

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await nextTurn();
}

describe('work of which several pieces are done at once', () => {
  test('comes back in the order of its items, and never more of it is under way', async () => {
    await fc.assert(
      fc.asyncProperty(WORK, AT_ONCE_MAX, async (work, atOnceMax) => {
        let [underWay, most] = [0, 0];
        const results = await atOnce([...work.entries()], atOnceMax, async ([index, item]) => {
          most = Math.max(most, (underWay += 1));
          await turns(item.turns);
          underWay -= 1;
          return index;
        });
        expect(results).toEqual([...work.keys()]);
        expect(most).toBe(Math.min(work.length, atOnceMax));
      }),
    );
  });

  test('ends with a failure when all that was begun has ended, and begins nothing in the turns after it', async () => {
    await fc.assert(
      fc.asyncProperty(WORK, AT_ONCE_MAX, async (work, atOnceMax) => {
        let [begun, ended, begunAfterFailure, isFailureKnown] = [0, 0, 0, false];
        const done = atOnce(work, atOnceMax, async (item) => {
          begun += 1;
          if (isFailureKnown) begunAfterFailure += 1;
          await turns(item.turns);
          ended += 1;
          if (!item.fails) return;
          // In the turn of the failure itself, what ended just before it may still be followed by its next.
          void turns(1).then(() => (isFailureKnown = true));
          throw new Error('no');
        });
        const outcome = await done.then(
          () => 'done',
          (error: Error) => error.message,
        );
        expect(outcome).toBe(work.some(({ fails }) => fails) ? 'no' : 'done');
        expect(ended).toBe(begun);
        expect(begunAfterFailure).toBe(0);
      }),
    );
  });
});

test('chunks hold all items in their order, and no more each than they may', () => {
  fc.assert(
    fc.property(fc.array(fc.nat()), fc.integer({ min: 1, max: 9 }), (items, itemsMax) => {
      const chunks = toChunks(items, itemsMax);
      expect(chunks.flat()).toEqual(items);
      expect(chunks.every(({ length }) => length >= 1 && length <= itemsMax)).toBe(true);
      expect(chunks).toHaveLength(Math.ceil(items.length / itemsMax));
    }),
  );
});
