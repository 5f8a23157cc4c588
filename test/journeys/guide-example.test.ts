/** docs/campaign-sync.md: its example runs as it stands on the sandbox that `npm run demo` leaves behind. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { DEMO_SALESFORCE_APP } from '../../sandbox/salesforce/create-salesforce-sandbox.ts';
import { startCampaignSandbox, type RunningCampaignSandbox } from '../../sandbox/start-campaign-sandbox.ts';
import type { RunningBridge } from '../../server/main.ts';
import { startTestBridge } from '../support/bridge.ts';
import { asAdmin, type AskBridge } from '../support/bridge-client.ts';

let sandbox: RunningCampaignSandbox;
let bridge: RunningBridge;
let ask: AskBridge;

beforeAll(async () => {
  [sandbox, bridge] = await Promise.all([startCampaignSandbox(), startTestBridge()]);
  ask = asAdmin(bridge.url);
  const { purecloud, salesforce } = sandbox;
  await ask('PUT', '/v1/connections/purecloud', {
    provider: 'purecloud',
    url: purecloud.tokenUrl,
    apiUrl: purecloud.url,
    clientId: DEMO_PURECLOUD_CLIENT.id,
    clientSecret: DEMO_PURECLOUD_CLIENT.secret,
  });
  await ask('PUT', '/v1/connections/salesforce', {
    provider: 'salesforce',
    url: salesforce.tokenUrl,
    apiUrl: salesforce.url,
    clientId: DEMO_SALESFORCE_APP.clientId,
    clientSecret: DEMO_SALESFORCE_APP.clientSecret,
  });
}, 60_000);
afterAll(async () => {
  await bridge.stop();
  await sandbox.close();
});

test('the example of the guide fits the sandbox in every part, and is saved', async () => {
  const guide = await readFile(new URL('../../docs/campaign-sync.md', import.meta.url), 'utf8');
  const [, example = ''] = /with `PUT \/v1\/syncs\/spring-renewals`:\s+```json\n(.*?)```/s.exec(guide) ?? [];
  const settings = JSON.parse(example) as object;
  const { json } = await ask('POST', '/v1/syncs/spring-renewals/check', settings);
  expect(json.checks.filter(({ outcome }: { outcome: string }) => outcome === 'failed')).toEqual([]);
  expect((await ask('PUT', '/v1/syncs/spring-renewals', settings)).status).toBe(200);
});
