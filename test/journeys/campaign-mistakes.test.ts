/** What an administrator gets wrong, over the bridge as it is composed: nobody is called who must not be, and no list is emptied. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { RunningBridge } from '../../server/main.ts';
import { startTestBridge } from '../support/bridge.ts';
import { asAdmin } from '../support/bridge-client.ts';
import {
  isEnded,
  startCampaignStage,
  startRun,
  SYNC,
  untilRun,
  type CampaignStage,
} from '../support/campaign-stage.ts';

const MEMBERS = 60;

let stage: CampaignStage;
let bridge: RunningBridge;

beforeEach(async () => {
  [stage, bridge] = await Promise.all([
    startCampaignStage(MEMBERS),
    startTestBridge({ BRIDGE_SALESFORCE_API_PERCENT: '50' }),
  ]);
  await stage.save(bridge.url);
});
afterEach(async () => {
  await bridge.stop();
  await stage.close();
});

const ask = (...given: Parameters<ReturnType<typeof asAdmin>>) => asAdmin(bridge.url)(...given);
const ids = () => Object.keys(stage.contacts());
const runOnce = async () => await untilRun(bridge.url, (await startRun(bridge.url)).id, isEnded);

test('a sync that is removed and made again takes off who opted out in between', async () => {
  await runOnce();
  const before = ids();
  expect((await ask('DELETE', `/v1/syncs/${SYNC}`)).status).toBe(204);
  const { CampaignMember, Lead } = stage.org.state.tables;
  const leadOf = (id: string) => CampaignMember.value(CampaignMember.rowOf(id), 'LeadId');
  const withdrawn = before.find((id) => leadOf(id) !== null)!;
  Lead.write(Lead.rowOf(leadOf(withdrawn)), { DoNotCall: true }, Date.now());
  await stage.save(bridge.url);
  const run = await runOnce();
  expect(run).toMatchObject({ status: 'Healthy', counts: { removed: 1 } });
  expect(ids()).toEqual(before.filter((id) => id !== withdrawn));
});

test('a campaign that is not there empties no list, and the sync says so', async () => {
  await runOnce();
  const before = ids();
  expect(before.length).toBeGreaterThan(0);
  await stage.save(bridge.url, { campaignId: '701000000009999' });
  expect(await runOnce()).toMatchObject({
    status: 'Action needed',
    failure: { code: 'campaign_not_found' },
  });
  expect(ids()).toEqual(before);
});

test('a status that the campaign does not have empties no list', async () => {
  await runOnce();
  const before = ids();
  await stage.save(bridge.url, { memberStatuses: ['Snet'] });
  expect(await runOnce()).toMatchObject({ failure: { code: 'member_status_unknown' } });
  expect(ids()).toEqual(before);
});

test('syncs stop at the part of the daily calls that is configured', async () => {
  const { limits } = stage.org.state;
  limits.used = Math.ceil(limits.max * 0.6);
  const { id } = await startRun(bridge.url);
  const run = await untilRun(bridge.url, id, ({ failure }) => failure !== undefined);
  expect(run.failure).toMatchObject({ code: 'rate_limited', detail: expect.stringContaining('50 %') });
});
