/** The harness runs and counts right; what it measures is nobody's test. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');

async function bench(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'bench/run.ts', '--quick', ...args],
    { cwd: ROOT },
  );
  return stdout;
}

/** The cells of a row by the name in front. */
function rowOf(output: string, name: string): string[] {
  const row = output.split('\n').find((line) => line.startsWith(`| ${name} |`)) ?? '';
  return row.split('|').map((cell) => cell.trim());
}

test('measures the bridge beside a bare server, without an error', async () => {
  const output = await bench('hand-out', 'cold-key');
  expect(output).toMatch(/\n[1-9]\d+ requests, 0 errors\n/);
  expect(Number(rowOf(output, 'raw')[3])).toBe(1);
  expect(Number(rowOf(output, 'bridge')[3])).toBeGreaterThan(0);
  expect(output).toMatch(/\| bridge \| 100 \| 1 \|/);
}, 120_000);

test('measures renewals and syncs, beside what they cost at the least', async () => {
  const output = await bench('rollover', 'sync');
  expect(output).toMatch(/\n[1-9]\d* requests, 0 errors\n/);
  expect(Number(rowOf(output, 'kept')[3])).toBe(0);
  expect(Number(rowOf(output, 'renewed-often')[3])).toBeGreaterThan(0);
  expect(Number(rowOf(output, '500: undici floor')[5])).toBe(1);
  expect(Number(rowOf(output, '500: first run')[5])).toBeGreaterThan(0);
  expect(rowOf(output, '500: nothing changed')[6]).toMatch(/^\d+\.\d %$/);
}, 120_000);
