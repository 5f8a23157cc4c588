/** The page from nothing: a key, no connections, the first one saved, tested, broken and mended. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';
import type { RunningBridge } from '../../server/main.ts';
import { ADMIN_KEY, startTestBridge } from '../support/bridge.ts';
import { openBrowser } from '../support/browser.ts';
import { expectAccessible, expectNowhere } from './support/expect-page.ts';
import { openPage, openSignedIn, openTab, signIn, type OpenPage } from './support/open-page.ts';

let browser: Browser;
let sandbox: RunningSandbox;
let bridge: RunningBridge;
let opened: OpenPage | undefined;

beforeAll(async () => {
  [browser, sandbox] = await Promise.all([openBrowser(), startSandbox()]);
}, 60_000);

beforeEach(async () => {
  bridge = await startTestBridge();
});

afterEach(async () => {
  const complaints = opened?.complaints ?? [];
  await opened?.close();
  opened = undefined;
  await bridge.stop();
  expect(complaints).toEqual([]);
});

afterAll(async () => {
  await browser.close();
  await sandbox.close();
});

describe('the first run', () => {
  test('refuses a wrong key with its remedy, and takes the right one without keeping it in the page', async () => {
    opened = await openPage(browser, bridge.url);
    const { page } = opened;
    await expectAccessible(page);
    await signIn(page, 'not-a-key-of-this-bridge');
    const problem = page.getByRole('alert');
    expect(await problem.innerText()).toContain('The bridge does not know this caller');
    expect(await problem.innerText()).toContain('What to do:');
    await expectAccessible(page);
    await signIn(page);
    await page.getByText('Welcome to PureCloud Bridge').waitFor();
    await expectAccessible(page);
    await expectNowhere(page, [ADMIN_KEY, 'not-a-key-of-this-bridge']);
    await page.reload();
    await page.getByLabel('Bridge key').waitFor();
  });

  test('leads from the welcome to the set-up, and from its step to the connections', async () => {
    opened = await openSignedIn(browser, bridge.url);
    const { page } = opened;
    await page.getByRole('button', { name: 'Start the set-up' }).click();
    await page.locator('[data-step="bridge"][data-outcome="done"]').waitFor();
    const step = page.locator('[data-step="purecloud"]');
    expect(await step.getAttribute('data-outcome')).toBe('todo');
    await expectAccessible(page);
    await step.getByRole('button', { name: 'Go there' }).click();
    await page.getByText('There are no connections yet').waitFor();
    await expectAccessible(page);
  });

  test('saves a connection, tests it, says what is wrong with it, and sees it mended', async () => {
    opened = await openSignedIn(browser, bridge.url);
    const { page } = opened;
    await openTab(page, 'Connections');
    await page.locator('[data-id="first-connection"]').click();
    await page.getByLabel('Name', { exact: false }).first().fill('purecloud');
    await page.getByRole('combobox', { name: 'Region' }).click();
    await page.getByRole('option', { name: 'Other address' }).click();
    await page.getByLabel('URL').fill(sandbox.purecloud.tokenUrl);
    await page.getByLabel('API address').fill(sandbox.purecloud.url);
    await page.getByLabel('ID/Key').fill(DEMO_PURECLOUD_CLIENT.id);
    await page.getByLabel('Secret', { exact: false }).first().fill('a-planted-wrong-secret');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Save' }).click();

    await page.getByRole('button', { name: 'Test connection' }).click();
    const failed = page.locator('[data-check="signIn"][data-outcome="failed"]');
    await failed.waitFor();
    expect(await failed.innerText()).toContain('Most likely:');
    expect(await failed.innerText()).toContain('What to do:');
    expect(await page.locator('[data-check="permissions"]').getAttribute('data-outcome')).toBe('notRun');
    await expectAccessible(page);
    await expectNowhere(page, ['a-planted-wrong-secret']);

    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.getByLabel('Secret', { exact: false }).first().fill(DEMO_PURECLOUD_CLIENT.secret);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Test connection' }).click();
    await page.locator('[data-check="signIn"][data-outcome="ok"]').waitFor();
    await page.locator('[data-connection="purecloud"]').getByText('Healthy').waitFor();
    await expectAccessible(page);
    await expectNowhere(page, ['a-planted-wrong-secret', DEMO_PURECLOUD_CLIENT.secret]);
  });
});
