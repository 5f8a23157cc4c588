/** npm run screenshots: the main states of the page, from a real bridge and sandbox, into docs/images. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import {
  DEMO_SALESFORCE_APP,
  DEMO_SALESFORCE_USER,
} from '../../sandbox/salesforce/create-salesforce-sandbox.ts';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';
import type { RunningBridge } from '../../server/main.ts';
import { ADMIN_KEY, startTestBridge } from '../support/bridge.ts';
import { openBrowser } from '../support/browser.ts';
import { answerWith, fixture } from './support/fixtures.ts';
import { openPage, openTab, signIn } from './support/open-page.ts';

const IMAGES = join(import.meta.dirname, '../../docs/images');
const { id, secret } = DEMO_PURECLOUD_CLIENT;

interface Run {
  id: string;
  status: string;
  startedAt: string;
  counts: Record<string, number>;
}

/** Thirty runs, as a month of them looks. */
function runs(): Run[] {
  const [running, ended] = fixture<{ runs: [Run, Run] }>('listRuns.two').runs;
  const older = Array.from({ length: 28 }, (_, index) => {
    const isPart = index % 9 === 4;
    const size = 0.55 + 0.4 * Math.abs(Math.sin(index * 1.7));
    const counts = Object.fromEntries(
      Object.entries(ended.counts).map(([name, count]) => [name, Math.round(count * size)]),
    );
    return {
      ...ended,
      id: `0b1d6e5a-3c2f-4d7e-9a10-${String(127 - index).padStart(12, '0')}`,
      status: isPart ? 'Part failed' : 'Healthy',
      startedAt: new Date(Date.parse(ended.startedAt) - (index + 1) * 86_400_000).toISOString(),
      counts: { ...counts, invalid: isPart ? 1_400 : 0 },
    };
  });
  return [
    { ...running, ...fixture<Run>('getRun.running'), id: '0b1d6e5a-3c2f-4d7e-9a10-000000000129' },
    ended,
    ...older,
  ];
}

function ask(bridge: RunningBridge, method: string, path: string, body?: object): Promise<Response> {
  return fetch(`${bridge.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Two connections that work, one that does not, and a history of sign-ins. */
async function fill(bridge: RunningBridge, { purecloud, salesforce }: RunningSandbox): Promise<void> {
  const toPureCloud = { provider: 'purecloud', url: purecloud.tokenUrl, apiUrl: purecloud.url, clientId: id };
  await ask(bridge, 'PUT', '/v1/connections/purecloud', { ...toPureCloud, clientSecret: secret });
  await ask(bridge, 'PUT', '/v1/connections/purecloud-emea', {
    ...toPureCloud,
    clientSecret: 'of-another-region',
  });
  await ask(bridge, 'PUT', '/v1/connections/salesforce', {
    provider: 'salesforce',
    url: salesforce.tokenUrl,
    apiUrl: salesforce.url,
    grantType: 'password',
    clientId: DEMO_SALESFORCE_APP.clientId,
    clientSecret: DEMO_SALESFORCE_APP.clientSecret,
    username: DEMO_SALESFORCE_USER.username,
    password: DEMO_SALESFORCE_USER.password,
    securityToken: DEMO_SALESFORCE_USER.securityToken,
  });
  for (const name of ['purecloud', 'salesforce', 'purecloud-emea'])
    await ask(bridge, 'POST', `/v1/connections/${name}/test`);
  const request = { url: purecloud.tokenUrl, clientId: id, clientSecret: secret };
  for (let turn = 0; turn < 9; turn += 1) await ask(bridge, 'POST', '/v1/bearer-token-requests', request);
  await ask(bridge, 'POST', '/v1/bearer-token-requests', {
    ...request,
    url: 'http://127.0.0.1:9/oauth/token',
  });
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.evaluate('document.activeElement?.blur()');
  await page.waitForLoadState('networkidle');
  await page.screenshot({ path: join(IMAGES, `${name}.png`), fullPage: true, animations: 'disabled' });
}

async function shootRequest(page: Page, sandbox: RunningSandbox): Promise<void> {
  await openTab(page, 'Request');
  await page.getByLabel('URL').fill(sandbox.purecloud.tokenUrl);
  await page.getByLabel('ID/Key').fill(id);
  await page.locator('[data-name="clientSecret"] input').fill('replaced-last-week');
  await page.getByRole('button', { name: 'Request token' }).click();
  await page.locator('[data-exit-path="Failure"]').waitFor();
  await shoot(page, 'page-request');
}

async function shootAll(browser: Browser, bridge: RunningBridge, sandbox: RunningSandbox): Promise<void> {
  const { page } = await openPage(browser, bridge.url, { width: 1280, height: 720 });
  const status = (await (await ask(bridge, 'GET', '/v1/status')).json()) as object;
  const { syncs } = fixture<{ syncs: object[] }>('getStatus.healthy');
  await answerWith(page, {
    'GET /v1/status': { ...status, syncs },
    'GET /v1/runs': { runs: runs() },
    'GET /v1/syncs': fixture('listSyncs.one'),
    'GET /v1/syncs/spring-renewals/runs': { runs: runs() },
    'GET /v1/runs/0b1d6e5a-3c2f-4d7e-9a10-000000000129': runs()[0],
    'GET /v1/runs/0b1d6e5a-3c2f-4d7e-9a10-000000000129/rows': fixture('listRows.invalid'),
  });
  await signIn(page);
  await page.locator('svg[role="img"]').waitFor();
  await shoot(page, 'page-overview');
  await openTab(page, 'Connections');
  await page.locator('nav [data-name="purecloud-emea"]').click();
  await page.getByRole('button', { name: 'Test connection' }).click();
  await page.locator('[data-check="signIn"][data-outcome="failed"]').waitFor();
  await shoot(page, 'page-connection');
  await shootRequest(page, sandbox);
  await openTab(page, 'Campaign syncs');
  await page.getByRole('tab', { name: 'Mapping' }).click();
  await shoot(page, 'page-sync');
  await openTab(page, 'Runs');
  await page.getByText('a second').waitFor();
  await shoot(page, 'page-run');
  await openTab(page, 'Activity');
  await page.getByRole('grid').waitFor();
  await shoot(page, 'page-activity');
  await openTab(page, 'Setup');
  await shoot(page, 'page-setup');
  await page.setViewportSize({ width: 360, height: 740 });
  await openTab(page, 'Overview');
  await page.locator('svg[role="img"]').waitFor();
  await shoot(page, 'page-narrow');
}

await mkdir(IMAGES, { recursive: true });
const [browser, sandbox, bridge] = await Promise.all([openBrowser(), startSandbox(), startTestBridge()]);
try {
  await fill(bridge, sandbox);
  await shootAll(browser, bridge, sandbox);
} finally {
  await browser.close();
  await bridge.stop();
  await sandbox.close();
}
