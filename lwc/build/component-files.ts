/** Which bundles there are, and what of each is deployed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');
export const SOURCE_DIR = join(ROOT, 'lwc/c');
export const DEPLOYED_DIR = join(ROOT, 'force-app/main/default/lwc');
export const LABELS_FILE = join(ROOT, 'force-app/main/default/labels/CustomLabels.labels-meta.xml');

/** Relative path -> content. */
export type Files = ReadonlyMap<string, string>;

/** tsc emits the scripts; these go along as they are written. */
const COPIED = /\.(html|css|svg|js-meta\.xml)$/;
export const DEPLOYED = /\.(js|html|css|svg|js-meta\.xml)$/;

export function bundleNames(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

export function filesOf(dir: string, wanted: RegExp): Files {
  const paths = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && wanted.test(entry.name))
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(dir.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((path) => !path.includes('__tests__/'))
    .sort();
  return new Map(paths.map((path) => [path, readFileSync(join(dir, path), 'utf8').replaceAll('\r\n', '\n')]));
}

export function copiedFiles(): Files {
  return filesOf(SOURCE_DIR, COPIED);
}
