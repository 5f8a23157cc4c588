/** The files of deployment, from the root of the project. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { VARIABLE_NAMES } from '../../../server/config.ts';

export const ROOT = join(import.meta.dirname, '..', '..', '..');

export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

export function readYaml<Value>(path: string): Value {
  return parse(readText(path)) as Value;
}

export function readYamlDocuments(path: string): unknown[] {
  return parseAllDocuments(readText(path)).map((document) => document.toJS() as unknown);
}

/** What a platform, Node or a client library reads beside the bridge's own variables. */
const FOREIGN_VARIABLES = ['NODE_ENV', 'PGSSLMODE'];

/** Those of the names that nobody would read. */
export function unknownVariables(names: readonly string[]): string[] {
  const known = new Set([...VARIABLE_NAMES, ...FOREIGN_VARIABLES]);
  return names.filter((name) => !known.has(name));
}

/** The longest that the bridge takes to stop: every platform has to wait for longer. */
export function stopGraceSeconds(): number {
  const [, ms = ''] = /STOP_GRACE_MS = ([\d_]+)/.exec(readText('server/main.ts')) ?? [];
  return Number(ms.replaceAll('_', '')) / 1000;
}
