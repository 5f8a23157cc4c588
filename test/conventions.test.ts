/** What a reader cannot see at a glance: who imports whom, and that promises made in lists are kept. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { consentFieldsOf } from '../server/campaigns/consent.ts';
import { VARIABLE_NAMES } from '../server/config.ts';
import { REFUSALS } from '../server/salesforce/member-fields.ts';

const ROOT = join(import.meta.dirname, '..');
const SERVER = join(ROOT, 'server');

/** Lower rooms first; who is in one may import from it and from those before it. docs/architecture.md has the picture. */
const LAYERS = [
  [
    'at-once.ts',
    'chunks.ts',
    'errors.ts',
    'pause.ts',
    'present.ts',
    'secret.ts',
    'utc.ts',
    'utf8-text.ts',
    'validation.ts',
    'regions.ts',
    'version.ts',
    'status-words.ts',
    'stored-version.ts',
    'bridge-timeout.ts',
  ],
  [
    'transport',
    'database',
    'telemetry',
    'config.ts',
    'config-fault.ts',
    'config-production.ts',
    'config-values.ts',
    'tls-files.ts',
  ],
  ['bearer', 'diagnosis'],
  ['tokens', 'connections', 'callers', 'purecloud', 'salesforce'],
  ['proxy', 'campaigns', 'apply', 'status'],
  ['http'],
  ['app.ts', 'listen.ts', 'cluster.ts'],
  ['compose', 'main.ts'],
  ['cli'],
];

function filesIn(directory: string, ending = '.ts'): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Files that a file imports values from; a type that is imported is gone when the code runs. */
function valueImportsOf(file: string): string[] {
  const imports = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (?!type\b)[^;]*?from '(\.[^']+)';/gms,
  );
  return [...imports].map(([, target]) => join(dirname(file), target!));
}

function layerOf(file: string): number {
  const [room] = relative(SERVER, file).split('/');
  return LAYERS.findIndex((rooms) => rooms.includes(room!));
}

const FILES = filesIn(SERVER);
const IMPORTS = new Map(FILES.map((file) => [file, valueImportsOf(file)]));

describe('the rooms of the server', () => {
  test('are all in a layer', () => {
    expect(FILES.filter((file) => layerOf(file) < 0).map((file) => relative(ROOT, file))).toEqual([]);
  });

  test('import downwards only', () => {
    const upward = [...IMPORTS].flatMap(([file, targets]) =>
      targets
        .filter((target) => target.startsWith(SERVER) && layerOf(target) > layerOf(file))
        .map((target) => `${relative(SERVER, file)} -> ${relative(SERVER, target)}`),
    );
    expect(upward).toEqual([]);
  });

  test('have no circle', () => {
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: string[]) => {
      if (path.includes(file))
        circles.push(
          [...path.slice(path.indexOf(file)), file].map((one) => relative(SERVER, one)).join(' -> '),
        );
      if (done.has(file) || path.includes(file)) return;
      for (const target of IMPORTS.get(file) ?? []) visit(target, [...path, file]);
      done.add(file);
    };
    FILES.forEach((file) => visit(file, []));
    expect(circles).toEqual([]);
  });
});

test('each of the 25 cases on which token brokers are known to break is a test that names it', () => {
  const text = filesIn(join(ROOT, 'test'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const missing = Array.from(
    { length: 25 },
    (_, index) => `case ${String(index + 1).padStart(2, '0')}`,
  ).filter((name) => !new RegExp(`['\`]${name}: `).test(text));
  expect(missing).toEqual([]);
});

test('every variable that the bridge reads is in docs/configuration.md', () => {
  const page = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
  const upper = VARIABLE_NAMES.filter((name) => name === name.toUpperCase());
  expect(upper.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test('what a member is read for is what its consent is decided by', () => {
  expect([...REFUSALS].sort()).toEqual([...consentFieldsOf({ excludeDoNotCall: true })].sort());
});
