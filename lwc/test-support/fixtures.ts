/** The answers on which page, package and bridge agree. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** @param name `<operationId>.<case>` */
export function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(resolve(__dirname, `../../test/fixtures/api/${name}.json`), 'utf8')) as T;
}
