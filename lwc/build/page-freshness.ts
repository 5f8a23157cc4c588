/** Whether the committed page of the browser is the one that its inputs make: known by a hash of them, without bundling. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEPLOYED, DEPLOYED_DIR, LABELS_FILE, ROOT, filesOf } from './component-files.ts';
import { readLabels } from './labels.ts';

export const BUILT_DIR = join(ROOT, 'server/page');
export const MARK_FILE = join(BUILT_DIR, 'built-from.json');
const PAGE_DIR = join(ROOT, 'lwc/preview/page');

/** Their versions change what is bundled. */
const PACKAGES = [
  'lwc',
  '@lwc/rollup-plugin',
  '@lwc/synthetic-shadow',
  'lightning-base-components',
  '@salesforce-ux/design-system',
  'rollup',
];

interface LockFile {
  packages: Readonly<Record<string, { version?: string } | undefined>>;
}

function versions(): string[] {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as LockFile;
  return PACKAGES.map((name) => `${name}@${lock.packages[`node_modules/${name}`]?.version ?? ''}`);
}

export function hashOfInputs(): string {
  const hash = createHash('sha256');
  const add = (name: string, content: string) => hash.update(`${name}\0${content}\0`);
  for (const [path, content] of filesOf(DEPLOYED_DIR, DEPLOYED))
    if (!path.endsWith('.xml')) add(path, content);
  for (const [path, content] of filesOf(PAGE_DIR, /./)) add(path, content);
  for (const [path, content] of filesOf(import.meta.dirname, /^(bundle-page|page-)/)) add(path, content);
  for (const [name, text] of readLabels(readFileSync(LABELS_FILE, 'utf8')))
    if (name.startsWith('BridgePage_')) add(name, text);
  for (const version of versions()) add(version, '');
  return hash.digest('hex');
}

export function isPageFresh(): boolean {
  if (!existsSync(MARK_FILE)) return false;
  const { inputs } = JSON.parse(readFileSync(MARK_FILE, 'utf8')) as { inputs: string };
  return inputs === hashOfInputs();
}
