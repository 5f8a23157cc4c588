/** Node strips the types itself, so no transformer stands between a test and what it tests. */
const bridge = {
  displayName: 'bridge',
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {},
  injectGlobals: false,
};

/** Two projects, one run, one sum: the bridge, and the page's components in a browser's stead. */
export default {
  projects: [bridge, '<rootDir>/lwc/jest.config.cjs'],
  maxWorkers: 2,
  testTimeout: 60_000,
};
