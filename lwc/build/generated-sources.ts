/** Two modules of the page that follow from tables elsewhere: the labels of the package, and PureCloud's regions. */
import { readFileSync } from 'node:fs';
import { REGIONS } from '../../server/regions.ts';
import { LABELS_FILE, type Files } from './component-files.ts';
import { readLabels } from './labels.ts';

const PREFIX = 'BridgePage_';
const HEADER = '// Made by `npm run build:lwc`; do not edit.';

function labelsModule(names: readonly string[]): string {
  const imports = names.map((name) => `import ${name} from '@salesforce/label/c.${PREFIX}${name}';`);
  return [
    HEADER,
    ...imports,
    '',
    '/** Every text of the page, by its name in the custom labels of the package. */',
    `export const LABEL = {\n${names.map((name) => `  ${name},`).join('\n')}\n};`,
    '',
  ].join('\n');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}

function regionsModule(): string {
  const options = REGIONS.map(({ key, env, names = [] }) => {
    const label = `${names[0] ?? key} (${env})`;
    return `  { value: ${quoted(key)}, label: ${quoted(label)}, domain: ${quoted(env)} },`;
  });
  return [
    HEADER,
    '',
    "/** PureCloud's regions, to choose from. */",
    `export const REGIONS = [\n${options.join('\n')}\n];`,
    '',
  ].join('\n');
}

/** Relative to the folder of the sources. */
export function generatedSources(): Files {
  const names = [...readLabels(readFileSync(LABELS_FILE, 'utf8')).keys()]
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => name.slice(PREFIX.length))
    .sort();
  return new Map([
    ['bridgeLabels/bridgeLabels.ts', labelsModule(names)],
    ['bridgeRegions/bridgeRegions.ts', regionsModule()],
  ]);
}
