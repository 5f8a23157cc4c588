/** Runs over the bridge as it is composed: both sandboxes, the API, the jobs. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RunningBridge } from '../../server/main.ts';
import { startTestBridge } from '../support/bridge.ts';
import { asAdmin } from '../support/bridge-client.ts';
import {
  holdBatches,
  isEnded,
  startCampaignStage,
  startRun,
  SYNC,
  untilRun,
  type CampaignStage,
} from '../support/campaign-stage.ts';

const MEMBERS = 2_500;

let stage: CampaignStage;
let bridge: RunningBridge;

beforeEach(async () => {
  [stage, bridge] = await Promise.all([startCampaignStage(MEMBERS), startTestBridge()]);
  await stage.save(bridge.url);
});

afterEach(async () => {
  stage.letIn(() => undefined);
  await bridge.stop();
  await stage.close();
});

const ask = (...given: Parameters<ReturnType<typeof asAdmin>>) => asAdmin(bridge.url)(...given);

describe('a run', () => {
  test('begins at once, ends with the counts of its dry run, and is told of everywhere', async () => {
    const dry = await startRun(bridge.url, { dryRun: true });
    const planned = await untilRun(bridge.url, dry.id, isEnded);
    expect(stage.contacts()).toEqual({});
    const started = await startRun(bridge.url);
    const run = await untilRun(bridge.url, started.id, isEnded);
    expect(run).toMatchObject({ status: 'Healthy', phase: 'done', counts: planned.counts });
    expect(Object.keys(stage.contacts())).toHaveLength(run.counts.added!);

    const { json: sync } = await ask('GET', `/v1/syncs/${SYNC}`);
    expect(sync).toMatchObject({ status: 'Healthy', lastRun: { id: run.id }, freshAt: expect.any(String) });
    const { json: status } = await ask('GET', '/v1/status');
    expect(status.syncs).toMatchObject([{ name: SYNC, status: 'Healthy', lastRun: { id: run.id } }]);
    const crm = status.connections.find(({ name }: { name: string }) => name === 'crm');
    expect(crm.apiUsage).toMatchObject({ used: expect.any(Number), max: expect.any(Number) });
    const { text: metrics } = await ask('GET', '/metrics');
    expect(metrics).toContain(`bridge_run_rows_total{sync="${SYNC}",outcome="added"} ${run.counts.added}`);
    const { json: activity } = await ask('GET', '/v1/activity?limit=50');
    const told = activity.entries.filter(({ summary = '' }) => summary.includes(run.id));
    expect(told.map(({ result, caller }: Record<string, string>) => [result, caller])).toEqual(
      expect.arrayContaining([
        ['Success', 'admin'],
        ['Running', 'admin'],
      ]),
    );
  });

  test('pauses between two batches, goes on where it was, and sends nothing twice', async () => {
    const { arrived, open } = holdBatches(stage);
    const { id } = await startRun(bridge.url);
    await arrived;
    expect((await ask('POST', `/v1/runs/${id}/pause`)).json).toMatchObject({ wanted: 'pause' });
    open();
    const paused = await untilRun(bridge.url, id, ({ status }) => status === 'Paused');
    const sent = Object.keys(stage.contacts()).length;
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(MEMBERS / 2);
    expect(paused.counts.added).toBe(sent);
    expect((await ask('GET', `/v1/syncs/${SYNC}`)).json.status).toBe('Paused');
    await ask('POST', `/v1/runs/${id}/resume`);
    const run = await untilRun(bridge.url, id, isEnded);
    expect(run.status).toBe('Healthy');
    expect(run.counts.membersRead).toBe(MEMBERS);
    expect(Object.keys(stage.contacts())).toHaveLength(run.counts.added!);
  });

  test('is cancelled with its counts kept, and the next one does the rest', async () => {
    const { arrived, open } = holdBatches(stage);
    const { id } = await startRun(bridge.url);
    await arrived;
    await ask('POST', `/v1/runs/${id}/cancel`);
    open();
    const run = await untilRun(bridge.url, id, isEnded);
    expect(run).toMatchObject({ status: 'Failed', failure: { code: 'cancelled' } });
    expect(run.counts.added).toBeGreaterThan(0);
    const next = await startRun(bridge.url);
    const rest = await untilRun(bridge.url, next.id, isEnded);
    expect(rest.status).toBe('Healthy');
    expect(run.counts.added! + rest.counts.added!).toBe(Object.keys(stage.contacts()).length);
  });

  test('keeps the connections of its sync from being removed', async () => {
    const { status, json } = await ask('DELETE', '/v1/connections/dialler');
    expect([status, json.code, json.detail]).toEqual([409, 'conflict', expect.stringContaining(SYNC)]);
  });

  test('of a campaign that is not there needs someone to act, and says what to do', async () => {
    await stage.save(bridge.url, { campaignId: '701000000000999AAA' }, 'wrong');
    const { json } = await ask('POST', '/v1/syncs/wrong/runs', {});
    const run = await untilRun(bridge.url, json.id, isEnded);
    expect(run.status).toBe('Action needed');
    expect((await ask('GET', '/v1/status')).json.attention).toMatchObject([{ sync: 'wrong' }]);
  });
});
