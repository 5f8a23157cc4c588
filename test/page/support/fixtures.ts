/** The answers on which the page and the Salesforce package agree, given in the place of the bridge's own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page, Route } from 'playwright-core';

const DIR = join(import.meta.dirname, '../../fixtures/api');

/** @param name `<operationId>.<case>` */
export function fixture<T = unknown>(name: string): T {
  return JSON.parse(readFileSync(join(DIR, `${name}.json`), 'utf8')) as T;
}

export type Answers = Readonly<Record<string, unknown>>;

/** @param answers `METHOD /path`, without its query -> JSON. Everything else goes to the bridge. */
export async function answerWith(page: Page, answers: Answers): Promise<void> {
  await page.route('**/v1/**', async (route: Route) => {
    const request = route.request();
    const key = `${request.method()} ${new URL(request.url()).pathname}`;
    if (key in answers) await route.fulfill({ json: answers[key] });
    else await route.fallback();
  });
}
