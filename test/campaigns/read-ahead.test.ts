/** What comes next is read while what came before is sent; nothing else may change by it. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readAhead } from '../../server/campaigns/run/read-ahead.ts';

async function* counted(to: number, log: string[]): AsyncGenerator<number, void, undefined> {
  try {
    for (let item = 1; item <= to; item += 1) {
      log.push(`read ${item}`);
      yield item;
    }
  } finally {
    log.push('closed');
  }
}

/** Lets everything run that can. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('reading ahead', () => {
  test('has the next item read while one is worked on, and no more than that', async () => {
    const log: string[] = [];
    for await (const item of readAhead(counted(3, log))) {
      await settle();
      log.push(`did ${item}`);
    }
    expect(log).toEqual(['read 1', 'read 2', 'did 1', 'read 3', 'did 2', 'closed', 'did 3']);
  });

  test('gives every item once and in order, whatever takes how long', async () => {
    const turns = fc.array(fc.nat(3), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(turns, turns, async (reading, working) => {
        async function* items(): AsyncGenerator<number, void, undefined> {
          for (const [at, count] of reading.entries()) {
            for (let turn = 0; turn < count; turn += 1) await settle();
            yield at;
          }
        }
        const seen: number[] = [];
        for await (const item of readAhead(items())) {
          for (let turn = 0; turn < (working[item] ?? 0); turn += 1) await settle();
          seen.push(item);
        }
        expect(seen).toEqual([...reading.keys()]);
      }),
      { numRuns: 50 },
    );
  });

  test('throws what reading threw, after the items before it were worked on', async () => {
    async function* items(): AsyncGenerator<number, void, undefined> {
      yield 1;
      throw new RangeError('cut off');
    }
    const seen: number[] = [];
    const all = (async () => {
      for await (const item of readAhead(items())) {
        await settle();
        seen.push(item);
      }
    })();
    await expect(all).rejects.toThrow('cut off');
    expect(seen).toEqual([1]);
  });

  test('lets go of what it reads from when its reader stops, and waits for no item that never comes', async () => {
    const log: string[] = [];
    for await (const item of readAhead(counted(5, log))) if (item === 2) break;
    await settle();
    expect(log).toEqual(['read 1', 'read 2', 'read 3', 'closed']);

    async function* stuck(): AsyncGenerator<number, void, undefined> {
      yield 1;
      await new Promise(() => undefined);
    }
    for await (const item of readAhead(stuck())) if (item === 1) break;
  });

  test('leaves no rejection behind of an item that nobody waits for', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    async function* items(): AsyncGenerator<number, void, undefined> {
      yield 1;
      await settle();
      throw new RangeError('too late');
    }
    for await (const item of readAhead(items())) if (item === 1) break;
    await settle();
    await settle();
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
});
