import { describe, expect, test } from '@jest/globals';
import { settingsWith } from './support/campaign-fixtures.ts';
import { createWorld } from './support/fake-world.ts';
import { createState } from './support/memory-journal.ts';
import { Crash, runOnce, type Scene } from './support/run-in-memory.ts';

/** Of production. */
const LIMITS = {};
const MEMBERS = 9_000;
const SLICES = 5;

function largeScene(): Scene {
  return { world: createWorld({ members: MEMBERS }), state: createState(), settings: settingsWith() };
}

/** How many batches were under way as each began; and, where one is to fail, how many still are. */
function watchBatches(failing?: number) {
  const begun: number[] = [];
  let underWay = 0;
  const between = (moment: 'before' | 'after', _call: number, method: string) => {
    if (method !== 'upsert') return;
    if (moment === 'after') {
      underWay -= 1;
      return;
    }
    begun.push(underWay + 1);
    if (begun.length === failing) throw new Crash();
    underWay += 1;
  };
  return { begun, between, underWay: () => underWay };
}

describe('a large campaign', () => {
  test('is sent one batch, then two at once, then four', async () => {
    const { begun, between } = watchBatches();
    const scene = largeScene();
    const { end, run } = await runOnce(scene, { between, limits: LIMITS });
    expect([end, run.counts.added]).toEqual(['finished', MEMBERS]);
    // The page of 4,000 that was read first ends with the fourth; then slices are as large as a page.
    expect(begun).toEqual([1, 1, 2, 1, 1, 2, 3, 4, 1]);
  });

  test.each([2, 4, 5, 7])(
    'has nothing under way any more when batch %i has failed, and nobody is lost or sent twice in vain',
    async (failing) => {
      const { between, underWay } = watchBatches(failing);
      const scene = largeScene();
      const { id, end } = await runOnce(scene, { between, limits: LIMITS });
      expect([end, underWay()]).toEqual(['crashed', 0]);
      const resumed = await runOnce(scene, { resume: id, limits: LIMITS });
      expect([resumed.end, resumed.run.counts.added]).toEqual(['finished', MEMBERS]);
      expect(scene.world.contacts.size).toBe(MEMBERS);
      expect([...scene.world.queued.values()].every((times) => times === 1)).toBe(true);
    },
  );

  test('has each slice written down before the next is announced, and while the next is looked up', async () => {
    const told: string[] = [];
    let lookedUp = Promise.withResolvers<void>();
    const between = async (moment: 'before' | 'after', _call: number, method: string) => {
      told.push(`${moment} ${method}`);
      if (method === 'readEntries') lookedUp.resolve();
      const isBetweenSlices = method === 'commit' && moment === 'before' && told.includes('after announce');
      const isLast = told.filter((one) => one === 'after announce').length === SLICES;
      if (!isBetweenSlices || isLast) return;
      lookedUp = Promise.withResolvers<void>();
      await lookedUp.promise;
    };
    const { end } = await runOnce(largeScene(), { between, limits: LIMITS });
    const undone = (at: number) =>
      told.slice(0, at).filter((one) => one === 'before commit').length -
      told.slice(0, at).filter((one) => one === 'after commit').length;
    const announced = told.flatMap((one, at) => (one === 'before announce' ? [undone(at)] : []));
    expect([end, announced]).toEqual(['finished', Array.from({ length: SLICES }, () => 0)]);
  });

  test.each(['cancel', 'pause'] as const)(
    'that is told to %s while a slice is written down sends no other, though the next is planned',
    async (wanted) => {
      const scene = largeScene();
      const planned = Promise.withResolvers<void>();
      let announced = 0;
      const between = async (moment: 'before' | 'after', _call: number, method: string) => {
        if (moment === 'after' && method === 'announce') announced += 1;
        if (announced === 0 || moment === 'after') return;
        if (method === 'readEntries') planned.resolve();
        if (method !== 'commit') return;
        await planned.promise;
        scene.state.runs[0]!.wanted = wanted;
      };
      await runOnce(scene, { between, limits: LIMITS });
      expect([announced, scene.world.contacts.size]).toEqual([1, 1_000]);
    },
  );
});
