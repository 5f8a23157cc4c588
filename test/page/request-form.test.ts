/** The Request tab: every input of the tool, each of the five exit paths, and a connection made of what worked. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';
import { bearerTokenRequestShape } from '../../server/bearer/request.ts';
import type { RunningBridge } from '../../server/main.ts';
import { startTestBridge } from '../support/bridge.ts';
import { openBrowser } from '../support/browser.ts';
import { freePort } from '../support/free-port.ts';
import { expectAccessible, expectNowhere } from './support/expect-page.ts';
import { openSignedIn, openTab, type OpenPage } from './support/open-page.ts';

const { id, secret } = DEMO_PURECLOUD_CLIENT;
/** What the sandbox's tokens are when its randomness is not random. */
const TOKEN = Buffer.alloc(64, 7).toString('base64url');

let browser: Browser;
let sandbox: RunningSandbox;
let bridge: RunningBridge;
let opened: OpenPage;
let page: Page;

beforeAll(async () => {
  [browser, sandbox, bridge] = await Promise.all([
    openBrowser(),
    startSandbox({ purecloud: { randomBytes: (size) => Buffer.alloc(size, 7) } }),
    startTestBridge(
      {},
      {
        resolve: (host) =>
          host === 'nowhere.test'
            ? Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }))
            : Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
      },
    ),
  ]);
}, 60_000);

beforeEach(async () => {
  opened = await openSignedIn(browser, bridge.url);
  page = opened.page;
  await openTab(page, 'Request');
});

afterEach(async () => {
  await opened.close();
  expect(opened.complaints).toEqual([]);
});

afterAll(async () => {
  await browser.close();
  await bridge.stop();
  await sandbox.close();
});

async function fill(url: string, clientSecret: string): Promise<void> {
  await page.getByLabel('URL').fill(url);
  await page.getByLabel('ID/Key').fill(id);
  await page.locator('[data-name="clientSecret"] input').fill(clientSecret);
}

async function ask(exitPath: string): Promise<string> {
  await page.getByRole('button', { name: 'Request token' }).click();
  const result = page.locator(`[data-exit-path="${exitPath}"]`);
  await result.waitFor();
  return result.innerText();
}

describe('the request form', () => {
  test('has every input of the tool, whichever grant', async () => {
    const shown = new Set<string>();
    for (const grant of ['Client credentials', 'Password', 'JWT bearer']) {
      await page.getByRole('combobox', { name: 'Grant type' }).click();
      await page.getByRole('option', { name: grant }).click();
      await page.locator('[data-name="clientId"]').waitFor();
      await expectAccessible(page);
      const names = await page
        .locator('[data-name]')
        .evaluateAll((inputs) => inputs.map((input) => input.getAttribute('data-name')));
      names.forEach((name) => shown.add(String(name)));
    }
    expect([...shown].sort()).toEqual(Object.keys(bearerTokenRequestShape).sort());
  });

  test('is as new when it is cleared, without the faults that stood on it', async () => {
    const faults = page.getByText('Complete this field');
    await page.getByRole('button', { name: 'Request token' }).click();
    await faults.first().waitFor();
    await page.locator('[data-name="clientSecret"] input').fill(secret);
    await page.getByRole('button', { name: 'Clear' }).first().click();
    await faults.first().waitFor({ state: 'detached' });
    expect(await page.locator('[data-name="clientSecret"] input').inputValue()).toBe('');
  });

  test('shows a token that came as a length, forgets the secret, and saves a connection of it', async () => {
    await fill(sandbox.purecloud.tokenUrl, secret);
    const result = await ask('Success');
    expect(result).toMatch(/received, \d+ characters; not shown/);
    expect(await page.locator('[data-name="clientSecret"] input').inputValue()).toBe('');
    await expectNowhere(page, [secret, TOKEN]);
    await expectAccessible(page);

    await page.getByRole('button', { name: 'Save as connection' }).click();
    const panel = page.locator('[data-id="save-panel"]');
    await panel.getByLabel('Name').fill('from-the-form');
    await panel.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Type it once more: the page forgot it when it was sent.').waitFor();
    await expectAccessible(page);
    await page.locator('[data-name="clientSecret"] input').fill(secret);
    await panel.getByRole('button', { name: 'Save' }).click();
    await page.locator('[data-connection="from-the-form"]').waitFor();
    await expectNowhere(page, [secret]);
  });

  test('tells the four failures apart, each with what to do', async () => {
    const failing: [string, string, string][] = [
      ['UnknownHost', 'http://nowhere.test/oauth/token', secret],
      ['ConnectionFailure', `http://127.0.0.1:${await freePort()}/oauth/token`, secret],
      ['Failure', sandbox.purecloud.tokenUrl, 'a-planted-wrong-secret'],
    ];
    for (const [exitPath, url, clientSecret] of failing) {
      await fill(url, clientSecret);
      const result = await ask(exitPath);
      expect(result).toContain('Most likely:');
      expect(result).toContain('What to do:');
    }
    await expectAccessible(page);
    sandbox.purecloud.faults.switchOn({ kind: 'slow', target: 'signIn', delayMs: 5_000, times: 1 });
    await page.getByLabel('Request timeout').fill('1');
    await fill(sandbox.purecloud.tokenUrl, secret);
    expect(await ask('Timeout')).toContain('What to do:');
    await expectNowhere(page, [secret, 'a-planted-wrong-secret']);

    await openTab(page, 'Overview');
    for (const [exitPath] of [...failing, ['Timeout']])
      await page.locator(`[data-exit="${exitPath}"]`).getByText('1', { exact: true }).waitFor();
    await expectAccessible(page);
    await openTab(page, 'Activity');
    await page.getByText('ConnectionFailure').first().waitFor();
    await expectAccessible(page);
  });

  test('shows a wrong input on its field before anything is sent', async () => {
    await fill('ftp://example.test', secret);
    await page.getByRole('button', { name: 'Request token' }).click();
    await page.locator('[data-name="url"]').getByText('must begin with http:// or https://').waitFor();
    expect(await page.locator('[data-exit-path]').count()).toBe(0);
    await expectAccessible(page);
  });

  test('explains a failure that was pasted', async () => {
    await page
      .getByLabel('Request, answer or error')
      .fill("req.setHeader('grant_type', 'client_credentials');\nHTTP/1.1 400 Bad Request");
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.locator('[data-id="diagnosis"]').first().waitFor();
    await expectAccessible(page);
  });
});
