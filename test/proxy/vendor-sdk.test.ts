/** PureCloud's own SDK, as its customers run it, signs in to the bridge and works through the proxy. One singleton a process. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import sdk from 'purecloud-platform-client-v2';
import { startBridgeWithSandbox, type BridgeWithSandbox } from './support/bridge-with-sandbox.ts';

let running: BridgeWithSandbox;
let outbound: InstanceType<typeof sdk.OutboundApi>;
let listId: string;

beforeAll(async () => {
  running = await startBridgeWithSandbox();
  const { state } = running.outbound;
  const { list } = state.addList({
    name: 'Existing',
    columnNames: ['Phone'],
    phoneColumns: [{ columnName: 'Phone', type: 'mobile' }],
  });
  state.addCampaign({ name: 'Spring', contactListId: list.id });
  const client = sdk.ApiClient.instance;
  client.config.live_reload_config = false; // else it watches a file in the home directory
  client.config.setConfigPath('');
  client.setGateway({
    host: '127.0.0.1',
    protocol: 'http',
    port: running.bridge.port,
    path_params_login: 'login/purecloud',
    path_params_api: 'proxy/purecloud',
  });
  outbound = new sdk.OutboundApi();
}, 60_000);
afterAll(() => running.close());

function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('the SDK of the vendor', () => {
  test('signs in with the key of a caller, and never sees the token of PureCloud', async () => {
    const { name, key } = running.caller;
    await sdk.ApiClient.instance.loginClientCredentialsGrant(name, key);
    const { authData } = sdk.ApiClient.instance as unknown as { authData: { accessToken: string } };
    expect(authData.accessToken).toMatch(/^[\w.-]{40,}$/);
    expect(running.sandbox.purecloud.state.findToken(authData.accessToken)).toBeUndefined();
  });

  test('is refused with a wrong key as PureCloud refuses a wrong secret', async () => {
    const { name, key } = running.caller;
    const error = await failure(sdk.ApiClient.instance.loginClientCredentialsGrant(name, 'wrong'));
    expect(error).toMatchObject({ response: { data: { error: 'invalid_client' } } });
    await sdk.ApiClient.instance.loginClientCredentialsGrant(name, key);
  });

  test('lists campaigns', async () => {
    const { entities } = await outbound.getOutboundCampaigns({ pageSize: 25, name: 'Spr' });
    expect(entities).toMatchObject([{ name: 'Spring', campaignStatus: 'off' }]);
  });

  test('creates a contact list and fills it', async () => {
    const list = await outbound.postOutboundContactlists({
      name: 'Über & Söhne',
      columnNames: ['Name', 'Phone'],
      phoneColumns: [{ columnName: 'Phone', type: 'mobile' }],
    });
    listId = list.id!;
    const contacts = ['a1', 'a2', 'a3'].map((id) => ({
      id,
      contactListId: listId,
      data: { Name: `Zoë ${id}`, Phone: '+15555550100' },
    }));
    const options = { priority: false, clearSystemData: false, doNotQueue: true };
    const added = await outbound.postOutboundContactlistContacts(listId, contacts, options);
    expect(added.map(({ id }) => id)).toEqual(['a1', 'a2', 'a3']);
    expect(running.outbound.state.lists.get(listId)!.list.name).toBe('Über & Söhne');
  });

  test('searches contacts', async () => {
    const found = await outbound.postOutboundContactlistContactsSearch(listId, {
      pageNumber: 1,
      pageSize: 2,
      criteria: { clauses: [{ predicates: [{ column: 'Name', operator: 'CONTAINS', value: 'Zoë' }] }] },
    });
    expect(found).toMatchObject({ total: 3, pageCount: 2 });
    expect(found.entities).toHaveLength(2);
  });

  test('deletes contacts, whose ids it joins with commas', async () => {
    await outbound.deleteOutboundContactlistContacts(listId, ['a1', 'a2']);
    expect([...running.outbound.state.lists.get(listId)!.contacts.keys()]).toEqual(['a3']);
  });

  test('follows an export to its file', async () => {
    await outbound.postOutboundContactlistExport(listId);
    expect(await failure(outbound.getOutboundContactlistExport(listId))).toMatchObject({
      code: 'no.available.list.export.uri',
    });
    const { uri } = await outbound.getOutboundContactlistExport(listId);
    const downloadId = new URL(uri!).pathname.split('/').at(-1)!;
    const { url } = await new sdk.DownloadsApi().getDownload(downloadId, { issueRedirect: false });
    expect(await (await fetch(url!)).text()).toContain('"a3","Zoë a3"');
  });

  test('gets an error of the API whole', async () => {
    const error = await failure(outbound.postOutboundContactlists({ name: '', columnNames: ['A'] }));
    expect(error).toEqual({
      message: 'A name must be provided.',
      code: 'name.cannot.be.blank',
      status: 400,
      contextId: expect.stringMatching(/^[\w-]{36}$/),
      details: [],
      errors: [],
    });
  });

  test('gets an error of the bridge in the shape of the API', async () => {
    const { purecloud } = running.sandbox;
    purecloud.faults.switchOn({ kind: 'resetBefore', target: 'api', times: 2 });
    const error = await failure(outbound.getOutboundCampaigns());
    expect(error).toMatchObject({ status: 502, code: 'connection_failure' });
    expect((error as { message: string; contextId: string }).message).toMatch(/\w/);
    expect((error as { message: string; contextId: string }).contextId).toMatch(/\w/);
  });

  test('never learns that the token of PureCloud was revoked', async () => {
    running.sandbox.purecloud.faults.switchOn({ kind: 'revokeAllTokens' });
    const { entities } = await outbound.getOutboundCampaigns();
    expect(entities).toHaveLength(1);
  });

  test('leaves a line of activity for each call, with the ids of both sides and without the query', async () => {
    const { entries } = (await running.admin('GET', '/v1/activity?connection=purecloud&limit=500')) as {
      entries: Record<string, unknown>[];
    };
    const calls = entries.filter(({ kind }) => kind === 'proxiedCall');
    expect(calls.length).toBeGreaterThanOrEqual(10);
    expect(calls.map(({ summary }) => summary)).toContain('GET /api/v2/outbound/campaigns');
    expect(calls[0]).toMatchObject({ caller: 'apex', status: 200, result: 'Success' });
    expect(calls[0]!.upstreamCorrelationId).toMatch(/^[\w-]{36}$/);
  });
});
