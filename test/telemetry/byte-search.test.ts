import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findBytes } from '../../server/telemetry/byte-search.ts';
import { createRedactor } from '../../server/telemetry/redaction.ts';

function found(haystack: string, needle: string): number[] {
  const places: number[] = [];
  findBytes(haystack, needle, (at) => places.push(at));
  return places;
}

function expected(haystack: string, needle: string): number[] {
  const places: number[] = [];
  for (let at = haystack.indexOf(needle); at !== -1; at = haystack.indexOf(needle, at + 1)) places.push(at);
  return places;
}

/** Few letters and many repetitions: what overlaps itself, and what almost does. */
const periodic = fc
  .tuple(
    fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 }),
    fc.nat(300),
    fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 3 }),
  )
  .map(([part, times, end]) => part.repeat(times) + end);

describe('the search for bytes', () => {
  test('finds every place, overlapping ones too, whatever is searched in what', () => {
    fc.assert(
      fc.property(periodic, periodic, periodic, (before, needle, after) => {
        fc.pre(needle !== '');
        const haystack = before + needle + after;
        expect(found(haystack, needle)).toEqual(expected(haystack, needle));
      }),
      { numRuns: 2_000 },
    );
  });

  test('finds every place where there are too many to compare one by one', () => {
    const [haystack, needle] = ['ab'.repeat(60_000) + 'c', 'ab'.repeat(2_000)];
    const places = found(haystack, needle);
    expect(places).toHaveLength(58_001);
    expect(places.at(-1)).toBe(116_000);
  });

  test.each([
    ['', 'a'],
    ['a', ''],
    ['a', 'aa'],
  ])('finds nothing in %j of %j', (haystack, needle) => {
    expect(found(haystack, needle)).toEqual([]);
  });
});

describe('a degenerate secret', () => {
  const MEBIBYTE = 1_048_576;
  /** Of computing, not of waiting for a busy machine: a twentieth of it is enough, and before the search was linear it was double. */
  const CPU_MS_MAX = 6_000;

  test.each([
    ['one character over and over', '%'.repeat(8192), '%'],
    ['one that is its own escape', '%'.repeat(8192), '%25'],
    ['a backslash', '\\'.repeat(8192), '\\'],
    ['one that differs in the middle', `${'a'.repeat(4096)}b${'a'.repeat(4095)}`, 'a'],
    ['one that differs at the end', `${'a'.repeat(8191)}b`, 'a'],
    ['the shortest', 'aaaa', 'a'],
  ])('ReDoS: of %s costs no more than another', (_name, secret, unit) => {
    const text = unit.repeat(Math.floor(MEBIBYTE / unit.length));
    const before = process.cpuUsage();
    createRedactor([secret]).text(text);
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(CPU_MS_MAX);
  });
});
