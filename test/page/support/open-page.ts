/** The page in a real browser, opened, signed in, and at one of its tabs. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { ADMIN_KEY } from '../../support/bridge.ts';

const STEP_MS = 20_000;

export const TABS = [
  'Overview',
  'Connections',
  'Request',
  'Campaign syncs',
  'Runs',
  'Activity',
  'Setup',
] as const;
export type Tab = (typeof TABS)[number];

export interface OpenPage {
  page: Page;
  context: BrowserContext;
  /** What the browser complained of, answers of the bridge aside: those are the page's to show. */
  complaints: string[];
  close(): Promise<void>;
}

export async function openPage(
  browser: Browser,
  url: string,
  viewport = { width: 1280, height: 900 },
): Promise<OpenPage> {
  const context = await browser.newContext({ viewport, reducedMotion: 'reduce', locale: 'en-US' });
  const page = await context.newPage();
  page.setDefaultTimeout(STEP_MS);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    const isOfAnswer = message.text().startsWith('Failed to load resource');
    if (['error', 'warning'].includes(message.type()) && !isOfAnswer) complaints.push(message.text());
  });
  await page.goto(url);
  return { page, context, complaints, close: () => context.close() };
}

export async function signIn(page: Page, key = ADMIN_KEY): Promise<void> {
  await page.getByLabel('Bridge key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

export async function openSignedIn(
  browser: Browser,
  url: string,
  viewport?: { width: number; height: number },
): Promise<OpenPage> {
  const opened = await openPage(browser, url, viewport);
  await signIn(opened.page);
  await opened.page.getByRole('tab', { name: 'Overview' }).waitFor();
  return opened;
}

export async function openTab(page: Page, tab: Tab): Promise<void> {
  await page.getByRole('tab', { name: tab, exact: true }).click();
  await page.locator('[aria-busy="true"]:not([role="progressbar"])').first().waitFor({ state: 'detached' });
}
