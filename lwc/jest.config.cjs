/** The page's components, from their TypeScript, in jsdom: what sfdx-lwc-jest sets up, pointed at the sources. */
const { jestConfig } = require('@salesforce/sfdx-lwc-jest/config');

module.exports = {
  ...jestConfig,
  displayName: 'lwc',
  rootDir: __dirname,
  testMatch: ['<rootDir>/c/**/__tests__/**/*.test.ts'],
  testPathIgnorePatterns: [],
  collectCoverageFrom: ['c/*/*.ts'],
  moduleNameMapper: {
    '^c/bridgeLabels$': '<rootDir>/test-support/labels.ts',
    '^c/bridgeRights$': '<rootDir>/test-support/rights.ts',
    '^c/(.+)$': '<rootDir>/c/$1/$1',
  },
};
