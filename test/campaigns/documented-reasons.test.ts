/** docs/campaign-sync.md names every reason that a row can have, in the words of the bridge. */
import { expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROW_REASON_CODES } from '../../server/campaigns/explain-run-code.ts';
import { ROW_OUTCOMES } from '../../server/campaigns/row-reason.ts';

const page = await readFile(join(import.meta.dirname, '../../docs/campaign-sync.md'), 'utf8');
/** Cells without the spaces that align a table. */
const rows = new Set(page.split('\n').map((line) => line.replaceAll(/ *\| */g, '|')));

test.each(ROW_REASON_CODES)('$code is there, with its remedy', ({ code, title, remedy }) => {
  const row = `|\`${code}\`|${title}.|${remedy}|`;
  expect(rows.has(row) ? row : [...rows].find((line) => line.includes(`\`${code}\``))).toBe(row);
});

test('no reason is there that is none', () => {
  const named = [...page.matchAll(/^\| `([a-z_]+)` +\|.+\|.+\|$/gm)].map(([, code]) => code!);
  const wanted = [...ROW_REASON_CODES.map(({ code }) => code), ...ROW_OUTCOMES];
  expect(named.filter((code) => !wanted.includes(code))).toEqual([]);
  expect(named.length).toBeGreaterThanOrEqual(ROW_REASON_CODES.length);
});
