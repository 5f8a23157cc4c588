/** The version of this bridge, from the package it came with. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Beside the sources in a checkout, one folder further up from what was built. */
function manifestText(directory: string): string {
  try {
    return readFileSync(join(directory, 'package.json'), 'utf8');
  } catch (error) {
    const parent = dirname(directory);
    if (parent === directory) throw error;
    return manifestText(parent);
  }
}

export const VERSION = (JSON.parse(manifestText(import.meta.dirname)) as { version: string }).version;
