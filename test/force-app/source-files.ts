/** The sources of the Salesforce package, as the tests read them. */
import { globSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { XMLParser } from 'fast-xml-parser';

export const ROOT = join(import.meta.dirname, '../..');
export const SOURCES = join(ROOT, 'force-app/main/default');

export interface SourceFile {
  /** Below force-app/main/default. */
  path: string;
  text: string;
}

export function filesOf(pattern: string): SourceFile[] {
  return globSync(join(SOURCES, pattern))
    .sort()
    .map((file) => ({ path: relative(SOURCES, file), text: readFileSync(file, 'utf8') }));
}

/** Names of the components of one kind: file names without `ending`. */
export function namesOf(pattern: string, ending: string): string[] {
  return filesOf(pattern).map(({ path }) => basename(path, ending));
}

/** `Object__c.Field__c` of every custom field. */
export function customFields(): string[] {
  return filesOf('objects/*/fields/*.field-meta.xml').map(({ path }) => {
    const [, object, , file] = path.split('/');
    return `${object}.${basename(file!, '.field-meta.xml')}`;
  });
}

const parser = new XMLParser({ ignoreAttributes: true, parseTagValue: false, ignoreDeclaration: true });

/** The root element's name and its content: repeated children are arrays, a single one is not. */
export function parseXml(text: string): { root: string; content: Record<string, unknown> } {
  const [entry] = Object.entries(parser.parse(text) as Record<string, Record<string, unknown>>);
  return { root: entry![0], content: entry![1] };
}

/** Every text of an element of this name, however deep. */
export function valuesOf(content: unknown, element: string): string[] {
  if (Array.isArray(content)) return content.flatMap((item) => valuesOf(item, element));
  if (typeof content !== 'object' || content === null) return [];
  return Object.entries(content).flatMap(([name, value]) =>
    name === element && typeof value !== 'object'
      ? [String(value)]
      : name === element && Array.isArray(value)
        ? value.flatMap((item) => (typeof item === 'object' ? valuesOf(item, element) : [String(item)]))
        : valuesOf(value, element),
  );
}
