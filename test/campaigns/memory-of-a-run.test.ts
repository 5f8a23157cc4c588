/** Memory of a run, seen from outside the process, in small: `npm run bench:memory` measures a million members the same way. */
import { expect, test } from '@jest/globals';
import type { Subject } from '../../bench/subject.ts';
import { startSubject } from '../../bench/subject.ts';
import { measureSync } from '../../bench/sync/measure-sync.ts';

const OVER_IDLE_BYTES_MAX = 300_000_000;

test('a bridge that sends 10,000 members and brings their results back stays within 300 MB over its idle self', async () => {
  const started: Subject[] = [];
  const { idleBytes, steps } = await measureSync({
    members: 10_000,
    steps: ['first run', 'everyone called', 'nothing changed'],
    async start(name, options) {
      const subject = await startSubject(name, options);
      started.push(subject);
      return subject;
    },
  }).finally(() => Promise.all(started.map((subject) => subject.stop())));
  const [sent, called, quiet] = steps;
  expect(sent!.counts.added).toBeGreaterThan(8_500);
  expect(called!.counts.membersUpdated).toBe(sent!.counts.added);
  expect(quiet!.counts).toMatchObject({ changed: 0, added: 0, membersUpdated: 0 });
  for (const { step, peakBytes } of steps)
    expect([step, peakBytes - idleBytes < OVER_IDLE_BYTES_MAX]).toEqual([step, true]);
}, 180_000);
