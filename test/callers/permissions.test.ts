import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  isPermission,
  mayCaller,
  mayKnow,
  requirePermission,
  type NeededPermission,
} from '../../server/callers/permissions.ts';

describe('a permission', () => {
  test.each<[string[], NeededPermission, boolean]>([
    [['admin'], 'admin', true],
    [['admin'], 'token:crm', true],
    [['read'], 'read', true],
    [['read'], 'admin', false],
    [['read'], 'request', false],
    [['request'], 'read', false],
    [['token:crm'], 'token:crm', true],
    [['token:crm'], 'token:crm2', false],
    [['token:crm'], 'proxy:crm', false],
    [['token:crm'], 'read', false],
    [['token:*'], 'token:crm', true],
    [['token:*'], 'proxy:crm', false],
    [['proxy:crm-*'], 'proxy:crm-eu', true],
    [['proxy:crm-*'], 'proxy:crm', false],
    [['proxy:*-eu'], 'proxy:crm-eu', true],
    [['sync:a*b*c'], 'sync:axxbyyc', true],
    [['sync:a*b*c'], 'sync:axxcyyb', false],
    [['sync:ab*ba'], 'sync:aba', false],
    [['token'], 'token:crm', false],
    [['*'], 'read', false],
    [[], 'read', false],
    [['read', 'token:a', 'token:b'], 'token:b', true],
  ])('%j allows %s: %p', (permissions, needed, allowed) => {
    expect(mayCaller(permissions, needed)).toBe(allowed);
  });

  test.each([
    ['admin', true],
    ['read', true],
    ['token:crm', true],
    ['proxy:*', true],
    ['sync:crm-*', true],
    ['*', false],
    ['token:', false],
    ['token', false],
    ['Token:crm', false],
    ['token:crm:x', false],
    ['write', false],
    ['admin ', false],
  ])('%p is one: %p', (text, valid) => {
    expect(isPermission(text)).toBe(valid);
  });

  test('with stars matches what a regular expression would, and takes no time for it', () => {
    const letters = (max: number) =>
      fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: max, minLength: 1 });
    fc.assert(
      fc.property(
        letters(8),
        fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8, minLength: 1 }),
        (pattern, name) => {
          const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name);
          expect(mayCaller([`token:${pattern}`], `token:${name}`)).toBe(expected);
        },
      ),
      { numRuns: 2000 },
    );
    expect(mayCaller([`token:${'*a'.repeat(31)}`], `token:${'a'.repeat(10_000)}b`)).toBe(false);
  });
});

describe('the existence rule', () => {
  test.each([
    [['read'], true],
    [['token:crm'], true],
    [['proxy:*'], true],
    [['admin'], true],
    [['token:erp', 'sync:crm', 'request'], false],
    [[], false],
  ])('%j may know the connection crm: %p', (permissions, known) => {
    expect(mayKnow(permissions, 'connection', 'crm')).toBe(known);
  });

  test.each<[string[], NeededPermission, string]>([
    [['token:crm'], 'proxy:crm', 'caller_forbidden'],
    [['read'], 'token:crm', 'caller_forbidden'],
    [['token:erp'], 'token:crm', 'not_found'],
    [['token:crm'], 'sync:crm', 'not_found'],
    [['token:crm'], 'admin', 'caller_forbidden'],
    [[], 'read', 'caller_forbidden'],
  ])('%j asking for %s gets %s', (permissions, needed, code) => {
    expect(() => {
      requirePermission(permissions, needed);
    }).toThrow(expect.objectContaining({ code }));
  });

  test('names the permission that is missing, and says of a hidden connection what it says of none', () => {
    expect(() => {
      requirePermission(['read'], 'token:crm');
    }).toThrow('This needs the permission token:crm.');
    expect(() => {
      requirePermission([], 'token:crm');
    }).toThrow('There is nothing here');
  });
});
