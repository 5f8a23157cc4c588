import { describe, expect, test } from '@jest/globals';
import { createOwnerAbsences, GONE_AFTER_MS } from '../../server/tokens/owner-absence.ts';

function lookAt(looks: readonly [atMs: number, isMissing: boolean][]) {
  let nowMs = 0;
  const absences = createOwnerAbsences(() => nowMs);
  let isGone = false;
  for (const [atMs, isMissing] of looks) {
    nowMs = atMs;
    isGone = absences.look('a', isMissing);
  }
  expect(absences.gone()).toEqual(isGone ? ['a'] : []);
  return isGone;
}

describe('an owner whose presence is missing', () => {
  test.each<{ name: string; looks: [number, boolean][]; isGone: boolean }>([
    { name: 'one look says nothing', looks: [[0, true]], isGone: false },
    {
      name: 'many looks within a moment say nothing',
      looks: [0, 1, 2, 3, 4, 5, 6].map((at) => [at, true]),
      isGone: false,
    },
    {
      name: 'looks over two seconds do',
      looks: [
        [0, true],
        [1_000, true],
        [GONE_AFTER_MS, true],
      ],
      isGone: true,
    },
    {
      name: 'two looks do not, however far apart',
      looks: [
        [0, true],
        [GONE_AFTER_MS, true],
      ],
      isGone: false,
    },
    {
      name: 'one look that finds it begins anew',
      looks: [
        [0, true],
        [1_000, true],
        [1_500, false],
        [2_000, true],
        [2_500, true],
      ],
      isGone: false,
    },
    {
      name: 'looks far apart say nothing of the time between them',
      looks: [
        [0, true],
        [60_000, true],
        [120_000, true],
        [121_000, true],
      ],
      isGone: false,
    },
  ])('$name', ({ looks, isGone }) => {
    expect(lookAt(looks)).toBe(isGone);
  });

  test('keeps no more owners in mind than a hundred', () => {
    let nowMs = 0;
    const absences = createOwnerAbsences(() => nowMs);
    for (const atMs of [0, 1_000, 2_500]) {
      nowMs = atMs;
      for (let owner = 0; owner < 1_000; owner += 1) absences.look(`o-${owner}`, true);
    }
    expect(absences.gone().length).toBeLessThanOrEqual(100);
  });
});
