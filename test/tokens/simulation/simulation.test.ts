/** The invariants over ten thousand seeded schedules; and that the simulation can fail. More: `run.ts --schedules N --seed S`. */
import { describe, expect, test } from '@jest/globals';
import { runSchedule } from './run-schedule.ts';
import { SABOTAGES } from './sabotage.ts';

const SCHEDULES = 10_000;
const BATCHES = 10;
const SABOTAGED_SCHEDULES_MAX = 600;
const MINUTE_MS = 60_000;

describe('the broker', () => {
  test.each(Array.from({ length: BATCHES }, (_, batch) => batch + 1))(
    'holds every invariant in a thousand schedules, part %i of 10',
    async (batch) => {
      const broken: string[] = [];
      let handouts = 0;
      for (let index = 0; index < SCHEDULES / BATCHES; index += 1) {
        const result = await runSchedule(batch * 1_000_000 + index);
        handouts += result.handouts;
        if (result.violations.length === 0) continue;
        broken.push(
          `${result.violations.join('; ')}. Replay: node test/tokens/simulation/run.ts --schedules 1 --seed ${result.seed}`,
        );
      }
      expect(broken).toEqual([]);
      expect(handouts).toBeGreaterThan(5_000);
    },
    MINUTE_MS,
  );
});

describe('the simulation', () => {
  test('replays a schedule step by step from its seed', async () => {
    expect(await runSchedule(4242)).toEqual(await runSchedule(4242));
  });

  test.each(SABOTAGES)(
    'notices $name',
    async ({ sabotage, invariant }) => {
      const seen = new Set<string>();
      for (let seed = 1; seed <= SABOTAGED_SCHEDULES_MAX && !seen.has(invariant); seed += 1) {
        for (const violation of (await runSchedule(seed, sabotage)).violations) seen.add(violation.invariant);
      }
      expect([...seen]).toContain(invariant);
    },
    MINUTE_MS,
  );
});
