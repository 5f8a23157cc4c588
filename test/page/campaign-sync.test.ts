/** A campaign synced from the page alone: made, checked, planned, run, looked at, mended and run again. */
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { DEMO_SALESFORCE_APP } from '../../sandbox/salesforce/create-salesforce-sandbox.ts';
import { startCampaignSandbox, type RunningCampaignSandbox } from '../../sandbox/start-campaign-sandbox.ts';
import type { RunningBridge } from '../../server/main.ts';
import { putConnection } from '../support/bridge-admin.ts';
import { startTestBridge } from '../support/bridge.ts';
import { openBrowser } from '../support/browser.ts';
import { expectAccessible } from './support/expect-page.ts';
import { openSignedIn, openTab, type OpenPage } from './support/open-page.ts';

const MEMBERS = 200;
/** The page asks every two seconds; browser, bridge and both sandboxes share the machine with other tests. */
const RUN_MS_MAX = 40_000;
const TEST_MS_MAX = 180_000;

let browser: Browser;
let sandbox: RunningCampaignSandbox;
let bridge: RunningBridge;
let opened: OpenPage | undefined;

beforeAll(async () => {
  [browser, sandbox, bridge] = await Promise.all([
    openBrowser(),
    startCampaignSandbox({ org: { campaigns: [{ name: 'Spring renewals', members: MEMBERS }] } }),
    startTestBridge(),
  ]);
  const { id: clientId, secret: clientSecret } = DEMO_PURECLOUD_CLIENT;
  const { purecloud, salesforce } = sandbox;
  await putConnection(bridge.url, 'purecloud', {
    provider: 'purecloud',
    url: purecloud.tokenUrl,
    apiUrl: purecloud.url,
    clientId,
    clientSecret,
  });
  await putConnection(bridge.url, 'salesforce', {
    provider: 'salesforce',
    url: salesforce.tokenUrl,
    apiUrl: salesforce.url,
    clientId: DEMO_SALESFORCE_APP.clientId,
    clientSecret: DEMO_SALESFORCE_APP.clientSecret,
  });
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
});

async function choose(page: Page, combobox: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: combobox }).click();
  await page.getByRole('option', { name: option }).click();
}

async function countOf(page: Page, name: string): Promise<number> {
  return Number((await page.locator(`[data-count="${name}"] dd`).innerText()).replace(',', ''));
}

/** Of the run that is looked at. */
async function ended(page: Page, word: string): Promise<void> {
  await page.locator('[data-run]').getByText(word, { exact: true }).first().waitFor({ timeout: RUN_MS_MAX });
}

describe('a campaign sync', () => {
  test(
    'is made on the page: a wrong field is told before it is saved',
    async () => {
      opened = await openSignedIn(browser, bridge.url);
      const { page } = opened;
      await openTab(page, 'Campaign syncs');
      await page.getByText('There are no campaign syncs yet').waitFor();
      await page.getByRole('button', { name: 'New campaign sync' }).click();
      await page.getByLabel('Name', { exact: false }).first().fill('spring-renewals');
      await choose(page, 'Salesforce connection', 'salesforce');
      await choose(page, 'PureCloud connection', 'purecloud');
      await page.getByLabel('Salesforce campaign (Id)').fill(sandbox.campaignId);
      await page.getByLabel('Contact list (name)').fill('Spring renewals');
      await page.getByLabel('Phone columns').fill('Phone = Phone (Work)\nMobilePhone = Mobile (Cell)');
      await page.getByLabel('Other columns').fill('FirstName = First name\nScorre__c = Score');
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Check mapping' }).click();
      const fields = page.locator('[data-check="fields"][data-outcome="failed"]');
      await fields.waitFor();
      expect(await fields.innerText()).toContain('Scorre__c');
      expect(await fields.innerText()).toContain('What to do:');
      await expectAccessible(page);

      await page.getByLabel('Other columns').fill('FirstName = First name');
      await page.locator('[data-name="results"] textarea').fill('Interested = Interested');
      await page.getByRole('button', { name: 'Check mapping' }).click();
      await page
        .locator('[data-check="campaign"][data-outcome="ok"]')
        .getByText(`${MEMBERS} members`)
        .waitFor();
      expect(await page.locator('[data-check][data-outcome="failed"]').allInnerTexts()).toEqual([]);
      await page.getByRole('button', { name: 'Save' }).click();
      await page.locator('[data-sync="spring-renewals"]').waitFor();
      await expectAccessible(page);
    },
    TEST_MS_MAX,
  );

  test(
    'is planned, run as planned, and its rows are told with what to do, also as a file',
    async () => {
      opened = await openSignedIn(browser, bridge.url);
      const { page } = opened;
      await openTab(page, 'Campaign syncs');
      await page.getByRole('button', { name: 'Dry run' }).click();
      const plan = page.locator('[data-id="plan"]');
      await plan.waitFor({ timeout: RUN_MS_MAX });
      const planned = await plan.innerText();
      expect(sandbox.outbound.state.lists.size).toBe(0);
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Run this plan' }).click();

      await page.getByRole('heading', { name: 'Run of spring-renewals', exact: true }).waitFor();
      await ended(page, 'Healthy');
      const [added, skipped] = [await countOf(page, 'added'), await countOf(page, 'skipped')];
      expect(planned).toContain(`Add ${added} ·`);
      expect([...sandbox.outbound.state.lists.values()][0]!.contacts.size).toBe(added);
      await page.getByText(`${MEMBERS} of ${MEMBERS} members`).waitFor();
      await page.getByRole('grid').getByText('Invalid').first().waitFor();
      await expectAccessible(page);

      await choose(page, 'Rows', `Skipped (${skipped})`);
      await page.getByRole('grid').getByText('Skipped').first().waitFor();
      const downloading = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Export CSV' }).click();
      const file = await downloading;
      expect(file.suggestedFilename()).toMatch(/^spring-renewals-skipped-.*\.csv$/);
      const lines = (await readFile(await file.path(), 'utf8')).trimEnd().split('\r\n');
      expect(lines[0]).toMatch(/^\uFEFFsf__Id,sf__Error,reasonCode,.*MobilePhone/);
      expect(lines.length).toBe(skipped + 1);
    },
    TEST_MS_MAX,
  );

  test(
    'retries only what failed, when the cause is gone',
    async () => {
      const { outbound, org } = sandbox;
      const { CampaignMember, Lead } = org.state.tables;
      const list = [...outbound.state.lists.values()][0]!;
      const refused = [...list.contacts.keys()].find(
        (id) => CampaignMember.value(CampaignMember.rowOf(id), 'LeadId') !== null,
      )!;
      const lead = Lead.rowOf(CampaignMember.value(CampaignMember.rowOf(refused), 'LeadId'));
      Lead.write(lead, { FirstName: 'Renamed' }, Date.now() + 1_000);
      const { refusedContacts } = outbound.state.faults;
      refusedContacts.set(refused, 'invalid.contact.columns');

      opened = await openSignedIn(browser, bridge.url);
      const { page } = opened;
      await openTab(page, 'Campaign syncs');
      await page.getByRole('button', { name: 'Sync now' }).click();
      await page.getByRole('button', { name: 'Retry 1 failed' }).waitFor({ timeout: RUN_MS_MAX });
      await page.getByRole('grid').getByText('then retry the failed rows').first().waitFor();
      await expectAccessible(page);
      refusedContacts.delete(refused);
      await page.getByRole('button', { name: 'Retry 1 failed' }).click();
      await page
        .getByText('1 of 1 members')
        .or(page.getByText('1 members'))
        .first()
        .waitFor({ timeout: RUN_MS_MAX });
      await ended(page, 'Healthy');
      expect(await countOf(page, 'changed')).toBe(1);
      expect(list.contacts.get(refused)!.data['First name']).toBe('Renamed');

      await openTab(page, 'Overview');
      await page.getByRole('img', { name: /^3 runs, of them 1 part failed/ }).waitFor();
      await page.getByRole('button', { name: 'View as table' }).click();
      await page
        .getByRole('row', { name: /Part failed/ })
        .first()
        .waitFor();
      await expectAccessible(page);
    },
    TEST_MS_MAX,
  );
});
