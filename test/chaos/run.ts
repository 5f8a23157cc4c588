/** Command: `npm run chaos -- --minutes 30 --rate 500`. Faults in turn under load; prints what became of every request. */
import { parseArgs } from 'node:util';
import { runChaos } from './journey.ts';

const HOLD_MS = 5_000;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '5' }, rate: { type: 'string', default: '500' } },
});
const [minutes, rate] = [Number(values.minutes), Number(values.rate)];
if (!(minutes > 0) || !(rate > 0)) {
  console.error('Usage: npm run chaos -- --minutes M --rate REQUESTS_A_SECOND');
  process.exit(2);
}

const report = await runChaos({
  rate,
  holdMs: HOLD_MS,
  forMs: minutes * 60_000,
  say: (line) => console.error(line),
});
const { memory } = report;
console.log(`${report.requests} requests in ${report.seconds} s`);
for (const [answer, count] of Object.entries(report.answers))
  console.log(`${String(count).padStart(9)}  ${answer}`);
for (const { name, healedMs } of report.survived)
  console.log(`survived: ${name}; well again after at most ${healedMs} ms`);
for (const skipped of report.skipped) console.log(`left out: ${skipped}`);
for (const [what, count] of Object.entries(report.broken))
  console.log(`${String(count).padStart(9)}  NOT ALLOWED  ${what}`);
console.log(`faults survived: ${report.survived.length}`);
console.log(`secrets leaked: ${report.leaks.length}${report.leaks.map((leak) => `\n  ${leak}`).join('')}`);
console.log(`requests lost: ${report.lost}; sent on to the other instance: ${report.moved}`);
if (memory !== undefined)
  console.log(
    `memory, MiB: peak ${memory.peak.toFixed(0)}; lowest of the third quarter ${memory.third.toFixed(0)}, of the last ${memory.last.toFixed(0)}`,
  );
process.exitCode = report.lost + report.leaks.length + Object.keys(report.broken).length === 0 ? 0 : 1;
