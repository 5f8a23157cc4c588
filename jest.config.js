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

const isLong = process.env.TEST_LONG === '1';
const isNamed = process.argv.some((argument) => /(^|\/)test\//.test(argument));

export default {
  projects: isLong ? [long] : [isNamed ? bridge : quick, lwc],
  maxWorkers: 2,
  testTimeout: 60_000,
};
