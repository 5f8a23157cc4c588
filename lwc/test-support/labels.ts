/** The labels as an org would give them, read from the package, in the place of c/bridgeLabels. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readLabels } from '../build/labels';

const FILE = resolve(__dirname, '../../force-app/main/default/labels/CustomLabels.labels-meta.xml');
const PREFIX = 'BridgePage_';

export const LABEL = Object.fromEntries(
  [...readLabels(readFileSync(FILE, 'utf8'))]
    .filter(([name]) => name.startsWith(PREFIX))
    .map(([name, text]) => [name.slice(PREFIX.length), text]),
);
