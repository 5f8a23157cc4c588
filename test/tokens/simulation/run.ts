/** Command: `node test/tokens/simulation/run.ts --schedules 100000 --seed 1`. Prints each seed that breaks an invariant. */
import { parseArgs } from 'node:util';
import { runSchedule } from './run-schedule.ts';

const { values } = parseArgs({
  options: { schedules: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
});
const first = Number(values.seed);
const count = Number(values.schedules);
if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count) || count < 1) {
  console.error('Usage: node test/tokens/simulation/run.ts --schedules N --seed S');
  process.exit(2);
}

const startedMs = performance.now();
const totals = { steps: 0, grants: 0, handouts: 0, failed: 0 };
for (let seed = first; seed < first + count; seed += 1) {
  const result = await runSchedule(seed);
  totals.steps += result.steps;
  totals.grants += result.grants;
  totals.handouts += result.handouts;
  if (result.violations.length === 0) continue;
  totals.failed += 1;
  console.error(`seed ${seed}: ${result.violations.map(String).join('\n  ')}`);
  console.error(`  replay: node test/tokens/simulation/run.ts --schedules 1 --seed ${seed}`);
}
const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
console.log(
  `${count} schedules from seed ${first}: ${totals.failed} broke an invariant; ${totals.steps} steps, ` +
    `${totals.grants} tokens issued, ${totals.handouts} handed out, ${seconds} s`,
);
process.exitCode = totals.failed === 0 ? 0 : 1;
