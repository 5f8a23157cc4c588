/** jsforce, given a key of the bridge in place of a session, works with an org through the proxy. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import jsforce from 'jsforce';
import { createCampaignMembers } from '../../sandbox/salesforce/org/campaign-members.ts';
import { startBridgeWithSandbox, type BridgeWithSandbox } from './support/bridge-with-sandbox.ts';

const CAMPAIGN = '701xx0000000001AAA';
const org = createCampaignMembers({
  pageRecords: 200,
  members: Array.from({ length: 450 }, (_item, index) => ({
    Id: `00vxx${String(index).padStart(10, '0')}AAA`,
    CampaignId: CAMPAIGN,
    Status: 'Sent',
    LastName: `O'Brien & Söhne ${index}`,
  })),
});

let running: BridgeWithSandbox;
let connection: jsforce.Connection;

beforeAll(async () => {
  running = await startBridgeWithSandbox(org.org);
  connection = new jsforce.Connection({
    instanceUrl: `${running.bridge.url}/proxy/salesforce`,
    accessToken: running.caller.key,
    version: '66.0',
  });
}, 60_000);
afterAll(() => running.close());

describe('jsforce', () => {
  test('follows a query over its pages', async () => {
    const query = `SELECT Id, LastName\nFROM CampaignMember WHERE CampaignId = '${CAMPAIGN}' ORDER BY Id`;
    const found = await connection.query(query, { autoFetch: true, maxFetch: 1_000 });
    expect([found.totalSize, found.records.length, found.done]).toEqual([450, 450, true]);
    expect(found.records[449]).toMatchObject({ LastName: "O'Brien & Söhne 449" });
  });

  test('reads the limits of the org', async () => {
    const limits = await connection.limits();
    expect(limits.DailyApiRequests).toMatchObject({ Max: 15_000 });
    expect(connection.limitInfo.apiUsage).toMatchObject({ limit: 15_000 });
  });

  test('updates records in collections, and is told which of them failed', async () => {
    const ids = [...org.members.keys()].slice(0, 250);
    const records = [...ids, '00vxx9999999999AAA'].map((Id) => ({ Id, Status: 'Responded' }));
    const results = await connection.sobject('CampaignMember').update(records, { allowRecursive: true });
    expect(results.filter(({ success }) => success)).toHaveLength(250);
    expect(results.at(-1)).toMatchObject({ success: false, errors: [{ statusCode: 'ENTITY_IS_DELETED' }] });
    const responded = [...org.members.values()].filter(({ Status }) => Status === 'Responded');
    expect(responded).toHaveLength(250);
  });

  test('gets an error of the org whole', async () => {
    const error: unknown = await connection.request({ method: 'GET', url: '/query?q=nothing' }).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(error).toMatchObject({ errorCode: 'MALFORMED_QUERY' });
  });

  test('never learns that the session of the org had ended', async () => {
    running.sandbox.salesforce.faults.switchOn({ kind: 'revokeAllTokens' });
    const signIns = running.sandbox.salesforce.state.counts.signIns;
    const limits = await Promise.all(Array.from({ length: 10 }, () => connection.limits()));
    expect(limits).toHaveLength(10);
    expect(running.sandbox.salesforce.state.counts.signIns - signIns).toBe(1);
  });
});
