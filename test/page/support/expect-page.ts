/** What must hold of the page in every state. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, jest } from '@jest/globals';
import type { Page } from 'playwright-core';

/** A browser shares the machine with the servers it talks to, and with whatever else is tested. */
jest.setTimeout(60_000);

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  id: string;
  nodes: { target: unknown; failureSummary?: string }[];
}

/** Salesforce's own component: its host says that it is a dialog and has no name; the dialog inside it has one. */
const BASE_DIALOG = 'lightning-interactive-dialog-base';

/** No finding of axe, on WCAG 2.2 AA and its best practices, for what is on the page now. */
export async function expectAccessible(page: Page): Promise<void> {
  if (!(await page.evaluate('"axe" in globalThis'))) await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(options: object): Promise<{ violations: Violation[] }> };
    };
    // Of what passes nothing is told: that would take as long as the finding.
    return (await axe.run({ resultTypes: ['violations'] })).violations;
  });
  const said = violations.flatMap(({ id, nodes }) =>
    nodes
      .filter(({ target }) => !(id === 'aria-dialog-name' && String(target).endsWith(BASE_DIALOG)))
      .map(({ target, failureSummary }) => `${id}: ${String(target)} ${failureSummary ?? ''}`),
  );
  expect(said).toEqual([]);
}

/** Nothing of it is anywhere a script or a person could read it: the document, its fields, its address, its storage. */
export async function expectNowhere(page: Page, secrets: readonly string[]): Promise<void> {
  const readable = await page.evaluate(() => {
    const { document, localStorage, sessionStorage, location } = globalThis as unknown as {
      document: {
        documentElement: { outerHTML: string };
        cookie: string;
        querySelectorAll(selector: string): Iterable<{ value: string }>;
      };
      localStorage: object;
      sessionStorage: object;
      location: { href: string };
    };
    const values = [...document.querySelectorAll('input, textarea')].map(({ value }) => value);
    const stores = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie];
    return [document.documentElement.outerHTML, ...values, ...stores, location.href].join('\n');
  });
  for (const secret of secrets) expect(readable).not.toContain(secret);
}
