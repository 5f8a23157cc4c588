/** The page in its states: away and back, narrow, by keyboard alone, with syncs and runs, and every tab under axe. */
import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser, Locator, Page, Route } from 'playwright-core';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { loadConfig } from '../../server/config.ts';
import { startBridge, type RunningBridge } from '../../server/main.ts';
import { asAdmin, putCaller } from '../support/bridge-admin.ts';
import { ADMIN_KEY, testEnvironment } from '../support/bridge.ts';
import { openBrowser } from '../support/browser.ts';
import { embeddedDataDirectory } from '../support/databases.ts';
import { freePort } from '../support/free-port.ts';
import { expectAccessible } from './support/expect-page.ts';
import { answerWith, fixture } from './support/fixtures.ts';
import { TABS, openPage, openSignedIn, openTab, signIn, type OpenPage } from './support/open-page.ts';

const NARROW = { width: 320, height: 640 };

let browser: Browser;
let sandbox: RunningSandbox;
let dataDir: string;
/** The page looks for the bridge where it was, so nobody else may have that meanwhile. */
let port: string;
let bridge: RunningBridge;
let opened: OpenPage | undefined;

function start(): Promise<RunningBridge> {
  return startBridge(loadConfig(testEnvironment(dataDir, { PORT: port })), { handleSignals: false });
}

async function saveConnection(name: string, clientSecret: string): Promise<void> {
  const { url, tokenUrl } = sandbox.purecloud;
  const answer = await fetch(`${bridge.url}/v1/connections/${name}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      provider: 'purecloud',
      url: tokenUrl,
      apiUrl: url,
      clientId: DEMO_PURECLOUD_CLIENT.id,
      clientSecret,
    }),
  });
  expect(answer.status).toBe(200);
}

beforeAll(async () => {
  [browser, sandbox, dataDir] = await Promise.all([openBrowser(), startSandbox(), embeddedDataDirectory()]);
  port = String(await freePort());
  bridge = await start();
  await saveConnection('purecloud', DEMO_PURECLOUD_CLIENT.secret);
}, 60_000);

afterEach(async () => {
  const complaints = opened?.complaints ?? [];
  await opened?.close();
  opened = undefined;
  expect(complaints).toEqual([]);
});

afterAll(async () => {
  await browser.close();
  await bridge.stop();
  await sandbox.close();
  await rm(dataDir, { recursive: true, force: true });
});

describe('the bridge going away and coming back', () => {
  test('keeps what was known, says how old it is and what to do, and is live again by itself', async () => {
    opened = await openSignedIn(browser, bridge.url);
    const { page } = opened;
    await page.locator('[data-tile="PureCloud"]').getByText('purecloud', { exact: true }).waitFor();
    await bridge.stop();
    await page.getByRole('button', { name: 'Check now' }).click();
    await page.getByText('The bridge does not answer', { exact: true }).first().waitFor();
    expect(await page.locator('[data-id="stale"]').first().innerText()).toMatch(
      /Last known .*Nothing here is live/,
    );
    await page.locator('[data-tile="PureCloud"]').getByText('Unknown').waitFor();
    await page.getByText('Start the bridge again').first().waitFor();
    await expectAccessible(page);
    bridge = await start();
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await page.locator('[data-id="stale"]').first().waitFor({ state: 'detached' });
    await page.locator('[data-tile="Bridge"]').getByText('Healthy').waitFor();
    expect(await page.getByRole('status').innerText()).toContain('answers again');
  });
});

describe('the states of the page', () => {
  test('shows that it is loading, where it is, and nothing that is not known', async () => {
    opened = await openPage(browser, bridge.url);
    const { page } = opened;
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    await page.route('**/v1/status', async (route) => {
      await released;
      await route.fallback();
    });
    await signIn(page);
    await page.locator('[aria-busy="true"]').first().waitFor();
    expect(await page.locator('[data-tile="PureCloud"]').count()).toBe(0);
    await expectAccessible(page);
    release();
    await page.locator('[data-tile="PureCloud"]').waitFor();
  });

  test('appears where the system has no language set', async () => {
    opened = await openPage(browser, 'about:blank');
    const { page } = opened;
    await page.addInitScript("Object.defineProperty(navigator, 'language', { value: 'en-US@posix' })");
    await page.goto(bridge.url);
    await page.getByLabel('Bridge key').waitFor();
  });

  test('lets no one in whose key may not look, and says what is missing', async () => {
    const key = await putCaller(bridge.url, 'requests-alone', { permissions: ['request'] });
    opened = await openPage(browser, bridge.url);
    const { page } = opened;
    await signIn(page, key);
    await page.getByRole('alert').getByText('This caller may not do that').waitFor();
    expect(await page.getByRole('alert').innerText()).toContain('What to do:');
    await expectAccessible(page);
  });

  test('says that a key with a character that cannot be sent is no key', async () => {
    opened = await openPage(browser, bridge.url);
    const { page } = opened;
    await signIn(page, `${ADMIN_KEY}\u2013`);
    await page.getByRole('alert').getByText('This is not a bridge key').waitFor();
    await signIn(page, ADMIN_KEY);
    await page.getByRole('tab', { name: 'Overview' }).waitFor();
  });

  test('stays signed in when a call of the session before is refused late', async () => {
    opened = await openSignedIn(browser, bridge.url);
    const { page } = opened;
    let refuse: () => Promise<void> = () => Promise.resolve();
    const isAsked = new Promise<void>((resolve) => {
      const hold = (route: Route) => {
        refuse = () => route.fulfill({ status: 401, json: { code: 'caller_unauthenticated' } });
        resolve();
      };
      void page.route('**/v1/runs?*', hold, { times: 1 });
    });
    await page.getByRole('tab', { name: 'Runs', exact: true }).click();
    await isAsked;
    await page.getByRole('button', { name: 'Sign out' }).click();
    await signIn(page, ADMIN_KEY);
    await page.getByRole('tab', { name: 'Overview' }).waitFor();
    await refuse();
    await openTab(page, 'Connections');
    expect(await page.getByLabel('Bridge key').count()).toBe(0);
  });

  test('keeps what was typed when its key is refused, and goes on with the next one', async () => {
    const key = await putCaller(bridge.url, 'leaves-soon', { permissions: ['read', 'admin'] });
    opened = await openPage(browser, bridge.url);
    const { page } = opened;
    await signIn(page, key);
    await openTab(page, 'Connections');
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    const scope = page.getByLabel('Scope');
    await scope.fill('half of a sc');
    await asAdmin(bridge.url, 'delete', '/v1/callers/leaves-soon');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('does not take this key').waitFor();
    expect(await scope.isVisible()).toBe(false);
    await expectAccessible(page);
    await signIn(page, ADMIN_KEY);
    await scope.waitFor();
    expect(await scope.inputValue()).toBe('half of a sc');
    await openTab(page, 'Overview');
    await page.locator('[data-tile="PureCloud"]').getByText('purecloud', { exact: true }).waitFor();
  });

  test('names the permission that is missing, beside what it keeps from being done', async () => {
    const key = await putCaller(bridge.url, 'looks-only', { permissions: ['read'] });
    opened = await openPage(browser, bridge.url);
    const { page } = opened;
    await signIn(page, key);
    await page.locator('[data-tile="PureCloud"]').waitFor();
    await openTab(page, 'Connections');
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    const refusal = page.getByRole('alert');
    await refusal.getByText('This caller may not do that').waitFor();
    expect(await refusal.innerText()).toContain('admin');
    await expectAccessible(page);
  });
});

describe('every tab', () => {
  test('passes axe, and needs no sideways scrolling on a narrow screen', async () => {
    opened = await openSignedIn(browser, bridge.url, NARROW);
    const { page } = opened;
    for (const tab of TABS) {
      await openTab(page, tab);
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect([tab, overflow]).toEqual([tab, 0]);
      await expectAccessible(page);
    }
  });
});

describe('a list on a narrow screen', () => {
  test('leads to what was chosen, which stands below it', async () => {
    opened = await openSignedIn(browser, bridge.url, NARROW);
    const { page } = opened;
    const [sync] = fixture<{ syncs: object[] }>('listSyncs.one').syncs;
    const syncs = Array.from({ length: 12 }, (_, index) => ({ ...sync, name: `sync-${index}` }));
    await answerWith(page, {
      'GET /v1/syncs': { syncs },
      'GET /v1/syncs/sync-0/runs': { runs: [] },
      'GET /v1/syncs/sync-1/runs': { runs: [] },
    });
    await openTab(page, 'Campaign syncs');
    await page.locator('nav [data-name="sync-1"]').click();
    await page.locator('.detail:focus').waitFor();
    const { y } = (await page.locator('c-bridge-sync h3').boundingBox())!;
    expect(y).toBeGreaterThanOrEqual(0);
    expect(y).toBeLessThan(NARROW.height);
  });
});

/** Runs in the browser. */
function edgeColour(item: object): string {
  const { getComputedStyle } = globalThis as unknown as {
    getComputedStyle(item: object): { borderInlineStartColor: string };
  };
  return getComputedStyle(item).borderInlineStartColor;
}

describe('a page with long names and colours of the person', () => {
  test('breaks the name, and tells the chosen one from the others', async () => {
    opened = await openSignedIn(browser, bridge.url, NARROW);
    const { page } = opened;
    await page.emulateMedia({ forcedColors: 'active' });
    const [sync] = fixture<{ syncs: object[] }>('listSyncs.one').syncs;
    const syncs = ['l'.repeat(63), 'other'].map((name) => ({ ...sync, name }));
    await answerWith(page, {
      'GET /v1/syncs': { syncs },
      [`GET /v1/syncs/${'l'.repeat(63)}/runs`]: { runs: [] },
    });
    await openTab(page, 'Campaign syncs');
    await page.locator('c-bridge-sync h3').waitFor();
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(overflow)).toBe(0);
    const colourOf = (selector: string) => page.locator(selector).evaluate(edgeColour);
    expect(await colourOf('.item.selected')).not.toBe(await colourOf('.item:not(.selected)'));
  });
});

/** Presses Tab until it is there, as a person does who cannot use a mouse. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let step = 0; step < 120; step += 1) {
    if (await target.evaluate((element) => element.matches(':focus'))) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab never reached ${String(target)}`);
}

/** Whether what has the focus looks different from when it has not. */
async function focusShows(page: Page): Promise<boolean> {
  const focused = page.locator(':focus').last();
  const { x, y, width, height } = (await focused.boundingBox())!;
  const clip = { x: Math.max(0, x - 4), y: Math.max(0, y - 4), width: width + 8, height: height + 8 };
  const look = async () => (await page.screenshot({ clip, caret: 'hide' })).toString('base64');
  const withFocus = await look();
  const element = await focused.elementHandle();
  await element.evaluate((node) => (node as unknown as { blur(): void }).blur());
  const without = await look();
  await element.focus();
  return withFocus !== without;
}

describe('a keyboard alone', () => {
  test('signs in, walks the tabs, tests a connection, and opens and leaves its form', async () => {
    opened = await openPage(browser, bridge.url);
    const { page } = opened;
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    await tabTo(page, page.getByLabel('Bridge key'));
    await page.keyboard.type(ADMIN_KEY);
    await page.keyboard.press('Enter');
    await tabTo(page, page.getByRole('tab', { name: 'Overview' }));
    await page.keyboard.press('ArrowRight');
    await tabTo(page, page.getByRole('tab', { name: 'Connections' }));
    await tabTo(page, button('Test connection'));
    await page.keyboard.press('Enter');
    await page.locator('[data-check="signIn"][data-outcome="ok"]').waitFor();
    await tabTo(page, button('Edit'));
    await page.keyboard.press('Enter');
    await page.locator('h3:focus', { hasText: 'Edit purecloud' }).waitFor();
    await tabTo(page, button('Cancel'));
    await page.keyboard.press('Enter');
    await page.locator('[data-name="purecloud"]:focus').waitFor();
  });

  test('reaches every tab by arrows, and what has the focus is seen to have it', async () => {
    opened = await openSignedIn(browser, bridge.url);
    const { page } = opened;
    await tabTo(page, page.getByRole('tab', { name: 'Overview' }));
    for (const tab of [...TABS.slice(1), TABS[0]]) {
      await page.keyboard.press('ArrowRight');
      await page.getByRole('tab', { name: tab, selected: true }).waitFor();
      expect(await focusShows(page)).toBe(true);
    }
    await page.keyboard.press('Tab');
    expect(await focusShows(page)).toBe(true);
  });

  test('saves a form, and leaves a question by Escape where it was asked', async () => {
    opened = await openSignedIn(browser, bridge.url);
    const { page } = opened;
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    await openTab(page, 'Connections');
    await tabTo(page, button('Edit'));
    await page.keyboard.press('Enter');
    await tabTo(page, page.locator('[data-name="requestsPerMinute"] input'));
    await page.keyboard.type('250');
    await tabTo(page, button('Save'));
    await page.keyboard.press('Enter');
    await page.getByText('purecloud is saved').first().waitFor();

    await tabTo(page, button('More actions'));
    await page.keyboard.press('Enter');
    const remove = page.getByRole('menuitem', { name: 'Remove' });
    await remove.waitFor();
    for (let step = 0; step < 6; step += 1) {
      if (await remove.evaluate((item) => item.matches(':focus'))) break;
      await page.keyboard.press('ArrowDown');
    }
    await page.keyboard.press('Enter');
    await page.locator('section[role="alertdialog"]').waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await page.locator('section[role="alertdialog"]').waitFor({ state: 'detached' });
    await page.locator('[data-connection="purecloud"]').waitFor();
    await page.locator('[data-connection="purecloud"] button:focus').waitFor();
  });
});

describe('campaign syncs and runs', () => {
  const running = { ...fixture<object>('getRun.running'), id: '0b1d6e5a-3c2f-4d7e-9a10-000000000129' };

  beforeEach(async () => {
    opened = await openPage(browser, bridge.url);
    await answerWith(opened.page, {
      'GET /v1/syncs': fixture('listSyncs.one'),
      'GET /v1/syncs/spring-renewals/runs': fixture('listSyncRuns.two'),
      'GET /v1/runs': fixture('listRuns.two'),
      'POST /v1/syncs/spring-renewals/runs': fixture('startRun.accepted'),
      'GET /v1/runs/0b1d6e5a-3c2f-4d7e-9a10-000000000129': running,
      'GET /v1/runs/0b1d6e5a-3c2f-4d7e-9a10-000000000129/rows': fixture('listRows.invalid'),
      'GET /v1/runs/0b1d6e5a-3c2f-4d7e-9a10-000000000128/rows': fixture('listRows.invalid'),
      'POST /v1/runs/0b1d6e5a-3c2f-4d7e-9a10-000000000129/pause': fixture('pauseRun.paused'),
    });
    const { page } = opened;
    await page.getByLabel('Bridge key').fill(ADMIN_KEY);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('tab', { name: 'Overview' }).waitFor();
  });

  test('shows a sync with its mapping, and its form with what is stored', async () => {
    const { page } = opened!;
    await openTab(page, 'Campaign syncs');
    await page.locator('[data-sync="spring-renewals"]').waitFor();
    await expectAccessible(page);
    await page.getByRole('tab', { name: 'Mapping' }).click();
    await page.getByRole('cell', { name: 'Contact.MobilePhone' }).waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Edit' }).click();
    await page.getByRole('heading', { name: 'Edit spring-renewals' }).waitFor();
    expect(await page.getByLabel('Phone columns').inputValue()).toBe('Contact.MobilePhone = Mobile (Mobile)');
    await expectAccessible(page);
  });

  test('shows a run with counts, rate and time left, and what became of its rows', async () => {
    const { page } = opened!;
    await openTab(page, 'Runs');
    await page.getByText('4,200 of 12,480 members · 31 a second · about 4 min left').waitFor();
    await page.getByText('Write the number with + and its country code').first().waitFor();
    await expectAccessible(page);
    const paused = page.waitForRequest((request) =>
      request.url().endsWith('/v1/runs/0b1d6e5a-3c2f-4d7e-9a10-000000000129/pause'),
    );
    await page.getByRole('button', { name: 'Pause' }).click();
    await paused;
  });

  test('draws the last runs, and tells the same in a table', async () => {
    const { page } = opened!;
    await page.getByRole('img', { name: /2 runs, of them 1 part failed/ }).waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'View as table' }).click();
    await page.getByRole('row', { name: /Part failed/ }).waitFor();
    await expectAccessible(page);
  });
});
