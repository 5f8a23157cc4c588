import { expect, test } from '@jest/globals';
import { pageLimit } from '../../server/http/page-limit.ts';

test.each([
  ['100000', ['must be at most 500']],
  ['abc', ['must be a whole number from 1 up']],
  ['0', ['must be a whole number from 1 up']],
  ['-5', ['must be a whole number from 1 up']],
  ['1'.repeat(400), ['must be a whole number from 1 up']],
  ['500', []],
])('a limit of %s is told once what is wrong with it', (text, wanted) => {
  const { error } = pageLimit(500, 'Entries a page.').safeParse(text);
  expect((error?.issues ?? []).map(({ message }) => message)).toEqual(wanted);
});
