/** What comes along with the bridge: licensed, counted with a reason, pinned by a hash, and without scripts that nobody asked for. */
import { describe, expect, test } from '@jest/globals';
import { verdictOf } from '../../scripts/check-advisories.ts';
import {
  directDependencies,
  isAllowed,
  nameOf,
  productionPackages,
  readLock,
  readManifest,
} from '../../scripts/licences.ts';
import { readText } from './support/files.ts';

const LOCK = readLock();
const MANIFEST = readManifest();

/** Rows of the table of CONTRIBUTING.md: names, what for, why this one. */
const TABLE = readText('CONTRIBUTING.md')
  .split('## Dependencies')[1]!
  .split('\n## ')[0]!
  .split('\n')
  .filter((line) => /^\| (?!package|-)/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));
const NAMED = TABLE.flatMap(([, names = '']) => names.replace(/\(.*?\)/g, '').split(',')).map((name) =>
  name.trim(),
);
const names = (name: string) => (entry: string) =>
  entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : entry === name;

describe('a licence', () => {
  test.each([
    ['MIT', true],
    ['(MIT OR GPL-3.0)', true],
    ['MIT AND Apache-2.0', true],
    ['MIT AND GPL-3.0', false],
    ['GPL-3.0', false],
    ['SEE LICENSE IN x', false],
    ['', false],
    [undefined, false],
  ])('%p is free to use: %p', (licence, free) => {
    expect(isAllowed(licence)).toBe(free);
  });
});

describe('every package of a production install', () => {
  test('has a licence that asks for no more than its notice', () => {
    const packages = productionPackages();
    expect(packages.length).toBeGreaterThan(50);
    expect(packages.filter(([, { license }]) => !isAllowed(license))).toEqual([]);
  });

  test('that is named in package.json stands in CONTRIBUTING.md with a reason, and no other does', () => {
    const direct = directDependencies(MANIFEST);
    expect(direct.filter((name) => !NAMED.some(names(name)))).toEqual([]);
    expect(NAMED.filter((entry) => !direct.some((name) => names(name)(entry)))).toEqual([]);
    for (const [, , purpose, reason] of TABLE) expect([purpose, reason]).not.toContain('');
  });
});

describe('the lock file', () => {
  test('holds a hash for every package, and none from beside the registry', () => {
    const fetched = LOCK.filter(([, { link = false, inBundle = false }]) => !link && !inBundle);
    expect(fetched.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-'))).toEqual([]);
    // Without an address it is the registry that npm is set up with.
    const elsewhere = fetched.filter(
      ([, { resolved }]) => resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/'),
    );
    expect(elsewhere).toEqual([]);
  });

  test('brings no install script that allowScripts does not name, and allowScripts names no other', () => {
    const withScript = LOCK.filter(([, { hasInstallScript = false }]) => hasInstallScript);
    const found = new Set(withScript.map(([folder]) => nameOf(folder)));
    expect([...found].sort()).toEqual(Object.keys(MANIFEST.allowScripts).sort());
  });

  test('lets no package of a production install run a script', () => {
    const withScript = productionPackages(LOCK).filter(
      ([, { hasInstallScript = false }]) => hasInstallScript,
    );
    const allowed = withScript.filter(([folder]) => MANIFEST.allowScripts[nameOf(folder)] !== false);
    expect(allowed).toEqual([]);
  });
});

test.each([
  ['{"metadata":{"vulnerabilities":{"low":2,"moderate":1,"high":0,"critical":0}}}', 0, /1 moderate/],
  ['{"metadata":{"vulnerabilities":{"high":1}}}', 1, /1 high/],
  ['{"metadata":{"vulnerabilities":{"critical":1}}}', 1, /1 critical/],
  ['{"statusCode":405,"error":{}}', 0, /nothing was checked/],
  ['npm error network', 0, /nothing was checked/],
  ['', 0, /nothing was checked/],
])('the check of advisories reads %s and ends with %p', (output, exitCode, words) => {
  expect(verdictOf(output)).toEqual({ exitCode, sentence: expect.stringMatching(words) });
});
