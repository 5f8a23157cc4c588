/** A taste of the long run (`npm run fuzz`): the same targets, a few hundred inputs each. */
import { expect, test } from '@jest/globals';
import { startTestBridge } from '../support/bridge.ts';
import { fuzzRoutes } from './routes.ts';
import { fuzzTargets, runFuzz } from './targets.ts';

const RUNS = 6_000;
const ROUTE_RUNS = 600;

test('fuzz: nothing that comes in makes a parser throw what is not documented, hang, or repeat a secret', async () => {
  const results = await runFuzz(await fuzzTargets(), RUNS, Date.now());
  expect(
    results.flatMap(({ name, failure }) => (failure === undefined ? [] : [`${name}: ${failure}`])),
  ).toEqual([]);
  expect(results.reduce((sum, { runs }) => sum + runs, 0)).toBeGreaterThanOrEqual(RUNS);
}, 60_000);

test('fuzz: every route answers anything with a status that it documents, in JSON and in time', async () => {
  const bridge = await startTestBridge();
  const { runs, failure } = await fuzzRoutes(bridge.url, ROUTE_RUNS, Date.now());
  await bridge.stop();
  expect(failure).toBeUndefined();
  expect(runs).toBe(ROUTE_RUNS);
}, 60_000);
