import { describe, expect, test } from '@jest/globals';
import { age, dateTime, duration, fill, shortId } from '../bridgeFormat';

describe('text', () => {
  test.each([
    ['{0} of {1}', [1_234, 9], '1,234 of 9'],
    ['{1} before {0}', ['a', 'b'], 'b before a'],
    ['{0} and {2}', ['a'], 'a and {2}'],
    ['{0}', ['{1}', 'x'], '{1}'],
  ])('%p is filled', (label, values, expected) => {
    expect(fill(label, ...values)).toBe(expected);
  });

  test.each([
    [-5, '0 s'],
    [59, '59 s'],
    [60, '1 min'],
    [3_599, '60 min'],
    [3_600, '1 h'],
    [86_399, '24 h'],
    [172_800, '2 d'],
  ])('%d seconds are %s', (seconds, expected) => {
    expect(duration(seconds)).toBe(expected);
  });

  test('an age is told in one unit, and not at all when it is fresh', () => {
    expect(age(0, 1_500)).toBe('just now');
    expect(age(0, 120_000)).toBe('2 min ago');
  });

  test('a time comes with its zone, and what is no time is nothing', () => {
    expect(dateTime('2026-11-21T14:05:00Z')).toMatch(/2026.*(GMT|UTC|[A-Z]{3,4})/);
    expect(dateTime(undefined)).toBe('');
    expect(dateTime('soon')).toBe('');
  });

  test('a long id is shortened and a short one is not', () => {
    expect(shortId('7de3af06-c0b3-4f9b-af45-72f4a1403797')).toBe('7de3…3797');
    expect(shortId('3MVG9')).toBe('3MVG9');
  });
});
