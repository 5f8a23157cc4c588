import { join } from 'node:path';
import { makeRunDirectory } from './test/support/run-directory.ts';

/**
 * Proofs that take their time: kills, faults and whole processes by the dozen. `npm test` is for every change and leaves them out;
 * `npm run test:long` is these, and CI runs both. Named by its path (`npm test -- test/chaos`), any test runs.
 */
const LONG = [
  'bench/bench',
  'campaigns/memory-of-a-run',
  'chaos/chaos',
  'cli/backup',
  'cli/demo-story',
  'cli/key-rotation',
  'database/embedded',
  'deploy/least-privileges',
  'journeys/campaign-mistakes',
  'journeys/campaign-takeover',
  'journeys/durability-embedded',
  'journeys/durability-opening',
  'journeys/durability-server',
  'journeys/many-at-once',
  'journeys/several-instances',
  'page/campaign-sync',
  'tokens/simulation/simulation',
].map((name) => `<rootDir>/test/${name}.test.ts`);

/** Node strips the types itself, so no transformer stands between a test and what it tests. */
const bridge = {
  displayName: 'bridge',
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {},
  injectGlobals: false,
};
const quick = { ...bridge, testPathIgnorePatterns: ['/node_modules/', ...LONG] };
const long = { ...bridge, displayName: 'long', testMatch: LONG };
/** The page's components in a browser's stead. */
const lwc = '<rootDir>/lwc/jest.config.cjs';

makeRunDirectory();
// For what runs outside of Jest's own modules: Jest itself, and the processes that tests start.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/compiled');

const isLong = process.env.TEST_LONG === '1';
const isNamed = process.argv.some((argument) => /(^|\/)test\//.test(argument));

/** Of a whole check only what failed, on one screen. */
const isBrief = process.env.TEST_BRIEF === '1';

export default {
  projects: isLong ? [long] : [isNamed ? bridge : quick, lwc],
  reporters: isBrief ? [['summary', { summaryThreshold: 0 }]] : ['default'],
  maxWorkers: 2,
  // What a file leaves behind in its worker is looked through at every collection of garbage: a file that takes 11 s of computing in a
  // new worker took 34 s in one of 2 GB. Jest gives one half a second to end: on a busy machine, to free such a heap can take longer, and
  // it "has failed to exit gracefully" though nothing is left open in it.
  workerIdleMemoryLimit: '400MB',
  testTimeout: 60_000,
};
