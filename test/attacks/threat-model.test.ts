/** docs/security.md names the tests that show each control: they are there, and no attack is left out. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');
const PROOFS = PAGE.slice(PAGE.indexOf('## Threats, controls, proofs'), PAGE.indexOf('## What is left'));
/** Of each table, without its two first lines. */
const ROWS = PROOFS.split('\n').filter((line) => /^\| (?!threat|-)/.test(line));

const ATTACKS = [
  'smuggling',
  'header injection',
  'traversal',
  'SSRF',
  'rebinding',
  'IPv6',
  'octal',
  'user info',
  'redirects',
  'pivot',
  '`Host`',
  'compressed bombs',
  'slow-loris',
  'oversized',
  'hash collisions',
  'prototype pollution',
  'ReDoS',
  'SOQL injection',
];

describe('the threat model', () => {
  test.each(ROWS.map((row) => [row.split('|')[1]!.trim(), row]))(
    '%s: names a control and tests that are there',
    (_threat, row) => {
      const [, threat = '', control = '', proofs = ''] = row.split('|').map((cell) => cell.trim());
      expect([threat, control]).not.toContain('');
      const files = [...proofs.matchAll(/`(test\/[^`]+)`/g)].map(([, file]) => file!);
      expect(files).not.toEqual([]);
      expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
    },
  );

  test.each(ATTACKS)('has a row for %s', (attack) => {
    expect(ROWS.some((row) => row.toLowerCase().includes(attack.toLowerCase()))).toBe(true);
  });

  test('leaves out none of the tests that are named after attacks', () => {
    const own = 'threat-model.test.ts';
    const named = readdirSync(join(ROOT, 'test/attacks')).filter(
      (file) => file.endsWith('.test.ts') && file !== own,
    );
    expect(named.filter((file) => !PROOFS.includes(`test/attacks/${file}`))).toEqual([]);
  });

  test('is where SECURITY.md says', () => {
    expect(readFileSync(join(ROOT, 'SECURITY.md'), 'utf8')).toContain('docs/security.md');
  });
});
