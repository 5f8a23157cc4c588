/** A call is told of by a webhook, when it has ended, and by its contact, which says when it began: neither may hide the other. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { executeRun } from '../../server/campaigns/run/execute-run.ts';
import { memberId, syncBody } from '../campaigns/support/campaign-fixtures.ts';
import { portsOfWorld, setMember, tick } from '../campaigns/support/fake-world.ts';
import { quietLog } from '../support/databases.ts';
import { saveConnections, startCampaignApi, type CampaignApi } from './support/campaign-api.ts';

const RESULTS = {
  results: [{ result: 'Sold', memberStatus: 'Responded' }],
  resultFields: { lastResult: 'Last_Result__c', lastAttempt: 'Last_Attempt__c' },
};
const CALLABLE_PERSON = 'disposition.classification.callable.person';
const ADA = memberId(1);

let api: CampaignApi;
let secret: string;

beforeAll(async () => {
  api = await startCampaignApi();
  await saveConnections(api);
});
afterAll(() => api.close());
beforeEach(async () => {
  for (const { name } of api.syncs.list()) await api.syncs.remove(name);
  await api.syncs.put('spring', syncBody(RESULTS));
  secret = ((await api.ask('GET', '/v1/syncs/spring/webhook')).json as { secret: string }).secret;
  const { members, contacts, refusing } = api.world;
  for (const part of [members, contacts, refusing]) part.clear();
  for (const number of [1, 2]) setMember(api.world, memberId(number), { status: 'Sent' });
  await run();
});

async function run(wish: { retryOf?: string } = {}) {
  const { id } = await api.runs.create({ sync: 'spring', startedBy: 'test', ...wish });
  const { database, runs, syncs } = api;
  const ended = await executeRun(
    {
      database,
      runs,
      syncs,
      openPorts: () => ({ ...portsOfWorld(api.world), close: async () => undefined }),
      log: quietLog,
      every: () => () => undefined,
      retryAfterMs: () => undefined,
    },
    id,
  );
  return ended!;
}

function call(result: string) {
  api.world.contacts.get(ADA)!.attempts.push({ at: tick(api.world), result });
  return { endedAt: tick(api.world, 60_000) };
}

async function push(event: Record<string, string>) {
  const { status } = await api.ask('POST', '/v1/webhooks/purecloud/spring', {
    as: '',
    body: { outboundContactId: ADA, ...event },
    headers: { authorization: `Bearer ${secret}` },
  });
  expect(status).toBe(202);
  return await api.drain();
}

const statusOf = (id: string) => api.world.members.get(id)!.status;

describe('a result that a webhook brought and Salesforce refused', () => {
  beforeEach(async () => {
    const { endedAt } = call('Sold');
    api.world.refusing.set(ADA, true);
    expect(await push({ wrapupCode: 'Sold', eventTime: endedAt })).toMatchObject({ failed: 1 });
  });

  test('is a failed row of the next run, and comes back with a retry once it is corrected', async () => {
    const refused = await run();
    expect(refused.status).toBe('Part failed');
    expect((await api.runs.rows(refused.id)).rows).toMatchObject([{ memberId: ADA, outcome: 'failed' }]);
    expect((await run()).status).toBe('Healthy');
    api.world.refusing.clear();
    await run({ retryOf: refused.id });
    expect(statusOf(ADA)).toBe('Responded');
  });

  test('stays in its contact where the member refuses calls by then', async () => {
    setMember(api.world, ADA, { refusals: ['DoNotCall'] });
    await run();
    expect(api.world.contacts.get(ADA)).toMatchObject({ callable: false });
  });
});

describe('how the system saw a call', () => {
  test('does not hide what the agent said of it, where no event brings that', async () => {
    const { endedAt } = call('Sold');
    await push({ callAnalysisDisposition: CALLABLE_PERSON, eventTime: endedAt });
    expect(api.world.members.get(ADA)!.fields.Last_Result__c).toBe(CALLABLE_PERSON);
    await run();
    expect(statusOf(ADA)).toBe('Responded');
    expect(api.world.members.get(ADA)!.fields.Last_Result__c).toBe('Sold');
  });

  test('is written once, however often it comes', async () => {
    const { endedAt } = call('Other');
    await push({ callAnalysisDisposition: CALLABLE_PERSON, eventTime: endedAt });
    const { updates } = api.world;
    const written = updates.length;
    await push({ callAnalysisDisposition: CALLABLE_PERSON, eventTime: endedAt, conversationId: 'again' });
    expect(updates).toHaveLength(written);
  });
});

test('a result of an older call does not take the place of one that is written', async () => {
  const older = call('Other');
  const { endedAt } = call('Sold');
  await push({ wrapupCode: 'Sold', eventTime: endedAt });
  await push({ wrapupCode: 'Other', eventTime: older.endedAt });
  await run();
  expect(api.world.members.get(ADA)!.fields.Last_Result__c).toBe('Sold');
});
