/** What the documents promise in Apex is what the tests of the package compile and run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT } from './source-files.ts';

test('the line of Apex in the README stands in a test of the package', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const line = /```apex\n(.+)\n```/.exec(readme)?.[1] ?? 'no Apex in the README';
  const tests = readFileSync(join(ROOT, 'force-app/main/default/classes/PureCloudTest.cls'), 'utf8');
  expect(tests).toContain(line);
});
