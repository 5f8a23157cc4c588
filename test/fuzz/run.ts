/** Command: `npm run fuzz -- --runs 200000 --seed 1`. Prints what each target was given, and each input that broke one. */
import { parseArgs } from 'node:util';
import { startTestBridge } from '../support/bridge.ts';
import { fuzzRoutes } from './routes.ts';
import { fuzzTargets, runFuzz } from './targets.ts';

/** A request over HTTP costs as much as a hundred inputs of a parser. */
const ROUTES_SHARE = 0.1;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '200000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});
const [runs, seed] = [Number(values.runs), Number(values.seed)];
if (!Number.isSafeInteger(runs) || !Number.isSafeInteger(seed) || runs < 1) {
  console.error('Usage: npm run fuzz -- --runs N --seed S');
  process.exit(2);
}

const startedAtMs = performance.now();
const bridge = await startTestBridge();
const results = await runFuzz(await fuzzTargets(), runs, seed);
results.push(await fuzzRoutes(bridge.url, Math.ceil(runs * ROUTES_SHARE), seed));
await bridge.stop();
for (const { name, runs: tried, failure } of results) {
  console.log(`${String(tried).padStart(9)}  ${name}${failure === undefined ? '' : '  BROKEN'}`);
  if (failure !== undefined) console.error(failure);
}
const broken = results.filter(({ failure }) => failure !== undefined).length;
const total = results.reduce((sum, { runs: tried }) => sum + tried, 0);
const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0);
console.log(
  `${total} inputs over ${results.length} targets from seed ${seed}: ${broken} targets broken; ${seconds} s`,
);
process.exitCode = broken === 0 ? 0 : 1;
