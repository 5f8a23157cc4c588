import { describe, expect, test } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RUN_FAULT_CODES } from '../../server/campaigns/run/run-fault.ts';
import { CONTACTS_REFUSED } from '../../server/campaigns/run/run-verdict.ts';
import { CANCELLED } from '../../server/campaigns/run-store.ts';
import { EVERY_CODE } from '../../server/cli/every-code.ts';
import { ERROR_CATALOGUE } from '../../server/errors.ts';
import { runCli } from '../support/cli.ts';

const ROOT = join(import.meta.dirname, '../..');
const KNOWN = new Set(EVERY_CODE.map(({ code }) => code));

/** Codes that Apex classes put into a problem of their own. */
function codesOfApex(): string[] {
  const classes = globSync('force-app/main/default/classes/*.cls', { cwd: ROOT })
    .filter((file) => !file.endsWith('Test.cls'))
    .map((file) => readFileSync(join(ROOT, file), 'utf8'));
  const codes = classes.flatMap((text) =>
    [...text.matchAll(/found\(\s*'([a-z_]+)'/g)].map(([, code]) => code!),
  );
  return [...new Set(codes)].sort();
}

describe('every code that a person can meet', () => {
  test.each(codesOfApex())('is explained: %s of Apex', (code) => {
    expect(KNOWN).toContain(code);
  });

  test.each([...RUN_FAULT_CODES, CONTACTS_REFUSED, CANCELLED.code])('is explained: %s of a run', (code) => {
    expect(KNOWN).toContain(code);
  });

  test.each(Object.keys(ERROR_CATALOGUE))('is explained: %s of the catalogue', (code) => {
    expect(KNOWN).toContain(code);
  });

  test('has a title and a remedy', () => {
    expect(EVERY_CODE.filter(({ title, remedy }) => title === '' || !/[.)]$/.test(remedy))).toEqual([]);
  });

  test('of two parts is explained once for each', async () => {
    const { exitCode, stdout } = await runCli(['explain', 'answer_too_large']);
    expect(exitCode).toBe(0);
    expect(stdout.match(/\(answer_too_large\)/g)).toHaveLength(2);
  });

  test('of a row is explained without a cause that nobody knows', async () => {
    const { stdout } = await runCli(['explain', 'phone_extension']);
    expect(stdout).toMatch(/extension[^]*Try: Enter the direct number/);
    expect(stdout).not.toContain('Most likely');
  });
});
