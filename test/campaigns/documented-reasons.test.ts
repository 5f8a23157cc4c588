/** docs/campaign-sync.md names every reason that a row can have, in the words of the bridge. */
import { expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ROW_OUTCOMES,
  textOfReason,
  type RowReason,
  type RowReasonCode,
} from '../../server/campaigns/row-reason.ts';

const field = 'MobilePhone';
const upstreamCode = 'CODE';

/** One of each; a new code does not compile until it is here. */
const REASONS: { [Code in RowReasonCode]: RowReason & { code: Code } } = {
  phone_missing: { code: 'phone_missing', field },
  phone_no_country: { code: 'phone_no_country', field },
  phone_country_unknown: { code: 'phone_country_unknown', field },
  phone_too_short: { code: 'phone_too_short', field },
  phone_too_long: { code: 'phone_too_long', field },
  phone_not_a_number: { code: 'phone_not_a_number', field },
  phone_extension: { code: 'phone_extension', field },
  phone_invalid: { code: 'phone_invalid', field },
  do_not_call: { code: 'do_not_call', field: 'DoNotCall' },
  opted_out: { code: 'opted_out', field: 'HasOptedOutSolicit' },
  status_not_selected: { code: 'status_not_selected' },
  member_gone: { code: 'member_gone' },
  value_too_long: {
    code: 'value_too_long',
    field: 'Description',
    column: 'Notes',
    length: 900,
    lengthMax: 512,
  },
  contact_refused: { code: 'contact_refused', upstreamCode },
  contact_not_confirmed: { code: 'contact_not_confirmed' },
  contact_not_removed: { code: 'contact_not_removed' },
  update_refused: { code: 'update_refused', upstreamCode },
  update_not_confirmed: { code: 'update_not_confirmed' },
};

const page = await readFile(join(import.meta.dirname, '../../docs/campaign-sync.md'), 'utf8');
/** Cells without the spaces that align a table. */
const rows = new Set(page.split('\n').map((line) => line.replaceAll(/ *\| */g, '|')));

test.each(Object.values(REASONS))('$code is there, with its remedy', (reason) => {
  const { sentence, remedy } = textOfReason(reason);
  const row = `|\`${reason.code}\`|${sentence}|${remedy}|`;
  expect(rows.has(row) ? row : [...rows].find((line) => line.includes(`\`${reason.code}\``))).toBe(row);
});

test('no reason is there that is none', () => {
  const named = [...page.matchAll(/^\| `([a-z_]+)` +\|.+\|.+\|$/gm)].map(([, code]) => code!);
  const wanted = [...Object.keys(REASONS), ...ROW_OUTCOMES];
  expect(named.filter((code) => !wanted.includes(code))).toEqual([]);
  expect(named.length).toBeGreaterThanOrEqual(Object.keys(REASONS).length);
});
