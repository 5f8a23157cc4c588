/** Node strips the types itself, so no transformer stands between a test and what it tests. */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {},
  injectGlobals: false,
  maxWorkers: 2,
  testTimeout: 20_000,
};
