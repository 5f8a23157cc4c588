/** npm run licences: counts the packages that a production install brings, and their licences. Ends with 1 where one is not free to use. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** Permissive: they ask for their notice to be kept, and nothing more. */
export const LICENCES_ALLOWED: ReadonlySet<string> = new Set([
  ...['MIT', 'MIT-0', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'BlueOak-1.0.0'],
  ...['Unlicense', 'CC0-1.0', 'Python-2.0', 'Zlib'],
]);

export interface LockedPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  license?: string;
  dev?: boolean;
  link?: boolean;
  /** Came inside the archive of the package above it. */
  inBundle?: boolean;
  hasInstallScript?: boolean;
}

export interface Manifest {
  dependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
}

/** SPDX expressions as packages write them: every part of an AND, one part of an OR. */
export function isAllowed(licence: string | undefined): boolean {
  const expression = (licence ?? '').replace(/^\(|\)$/g, '');
  const isFree = (part: string) => part.split(' AND ').every((each) => LICENCES_ALLOWED.has(each.trim()));
  return expression.split(' OR ').some(isFree);
}

export function readManifest(): Manifest {
  return JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
}

/** Folder -> package, less the project itself. */
export function readLock(): [folder: string, found: LockedPackage][] {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  return Object.entries(lock.packages).filter(([folder]) => folder !== '');
}

export function productionPackages(lock = readLock()): [folder: string, found: LockedPackage][] {
  return lock.filter(([, { dev = false }]) => !dev);
}

/** As it is named in package.json. */
export function nameOf(folder: string): string {
  return folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

export function directDependencies({ dependencies, optionalDependencies }: Manifest): string[] {
  return [...Object.keys(dependencies), ...Object.keys(optionalDependencies)];
}

function main(): void {
  const packages = productionPackages();
  const counts = new Map<string, number>();
  for (const [, { license = 'none' }] of packages) counts.set(license, (counts.get(license) ?? 0) + 1);
  for (const [licence, count] of [...counts].sort(([, a], [, b]) => b - a))
    console.log(`${String(count).padStart(5)}  ${licence}`);
  const refused = packages.filter(([, { license }]) => !isAllowed(license));
  for (const [folder, { license }] of refused) console.error(`not allowed: ${folder}, ${license}`);
  const direct = directDependencies(readManifest()).length;
  console.log(
    `${direct} direct, ${packages.length} in all, ${refused.length} with a licence that is not allowed`,
  );
  process.exitCode = refused.length === 0 ? 0 : 1;
}

if (import.meta.main) main();
