/** What a run asks of both sides is in proportion to what changed, not to the list. */
import { afterEach, expect, test } from '@jest/globals';
import type { SyncProgress } from '../../server/campaigns/run/checkpoint.ts';
import { startHttpStage, type HttpStage, type Side } from './support/http-stage.ts';

let open: HttpStage[] = [];
afterEach(async () => {
  await Promise.all(open.map((stage) => stage.close()));
  open = [];
});

/** A first run over a few members: its progress, and the list that it made, are those of any size. */
async function progressOfFirstRun(): Promise<{
  progress: Partial<SyncProgress>;
  list: HttpStage['outbound'];
}> {
  const stage = await startHttpStage(5);
  open.push(stage);
  await stage.run();
  return { progress: stage.state.progress, list: stage.outbound };
}

/** A campaign whose members have all been sent: list and progress are as a run over all of them leaves them. */
async function settledStage(members: number): Promise<HttpStage> {
  const [stage, { progress, list }] = [
    await startHttpStage(members, { client: { bulkFromMembers: 20_000 } }),
    await progressOfFirstRun(),
  ];
  open.push(stage);
  const [first] = list.state.lists.values();
  const { outbound, org } = stage;
  const stored = outbound.state.addList(first!.list);
  const { CampaignMember } = org.state.tables;
  const past = { priority: false, clearSystemData: false, doNotQueue: true };
  for (let row = 0; row < members; row += 1) {
    const id = CampaignMember.idOf(row);
    outbound.state.upsert(stored, { id, data: { Phone: '+493012345' } }, past);
    stage.state.entries.set(id, { memberId: id, phase: 'sent', hash: '', listed: true, blocked: false });
  }
  Object.assign(stage.state.progress, progress);
  return stage;
}

async function requestsOfRun(stage: HttpStage): Promise<Record<Side, number>> {
  const before = stage.requests();
  await stage.run();
  const after = stage.requests();
  return {
    purecloud: after.purecloud - before.purecloud,
    salesforce: after.salesforce - before.salesforce,
  };
}

function change({ org }: HttpStage, count: number): void {
  const { CampaignMember } = org.state.tables;
  for (let row = 0; row < count; row += 1) CampaignMember.touch(row, Date.now());
}

// The larger one is of a size that is read by a Bulk job where it is read.
test('a run with nothing changed asks as much of 30,000 members as of 3,000, and little', async () => {
  const small = await requestsOfRun(await settledStage(3_000));
  const large = await requestsOfRun(await settledStage(30_000));
  expect(large).toEqual(small);
  expect(large.salesforce).toBeLessThan(12);
  expect(large.purecloud).toBeLessThan(12);
}, 60_000);

test('changes cost a query for each page of them, and a request for each batch', async () => {
  const stage = await settledStage(10_000);
  const none = await requestsOfRun(stage);
  change(stage, 4_500);
  const some = await requestsOfRun(stage);
  expect(some.salesforce - none.salesforce).toBeLessThanOrEqual(4);
  // Contacts with a blank cell are looked up, 50 at a time, so that it wipes nothing.
  expect(some.purecloud - none.purecloud).toBeLessThanOrEqual(4_500 / 50);
  expect(some.purecloud).toBeGreaterThan(none.purecloud);
}, 60_000);
