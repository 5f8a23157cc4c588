/** A campaign, a dialler and the clients of both, over HTTP on loopback. Only the journal is in memory. */
import type { RequestHandler } from 'express';
import type { WalkEnd, WalkLimits } from '../../../server/campaigns/run/walk-context.ts';
import { walkRun } from '../../../server/campaigns/run/walk.ts';
import { fieldsOf, type SyncSettings } from '../../../server/campaigns/sync.ts';
import {
  createOutboundClient,
  type OutboundClientOptions,
} from '../../../server/purecloud/outbound-client.ts';
import {
  createSalesforceClient,
  type SalesforceClientOptions,
} from '../../../server/salesforce/salesforce-client.ts';
import { DEMO_PURECLOUD_CLIENT } from '../../../sandbox/purecloud/create-purecloud-sandbox.ts';
import type { Contact } from '../../../sandbox/purecloud/outbound/outbound-state.ts';
import { DEMO_SALESFORCE_APP } from '../../../sandbox/salesforce/create-salesforce-sandbox.ts';
import { createOutbound, type Outbound } from '../../../sandbox/purecloud/outbound/create-outbound.ts';
import {
  createSalesforceOrg,
  type SalesforceOrg,
} from '../../../sandbox/salesforce/org/create-salesforce-org.ts';
import { startSandbox, type RunningSandbox } from '../../../sandbox/start-sandbox.ts';
import { createUpstreamParts } from '../../support/upstream-client.ts';
import { settingsWith } from './campaign-fixtures.ts';
import {
  createMemoryJournal,
  createState,
  startRun,
  type MemoryRun,
  type MemoryState,
} from './memory-journal.ts';

export type Side = 'purecloud' | 'salesforce';

export interface HttpStageOptions {
  client?: Partial<
    Pick<SalesforceClientOptions, 'bulkFromMembers' | 'bulkFromChanges' | 'timeoutMs'> &
      Pick<OutboundClientOptions, 'resultsPerPage'>
  >;
  limits?: Partial<WalkLimits>;
  /** Stands around the API of a side, behind its sign-in. */
  around?: (handler: RequestHandler, side: Side) => RequestHandler;
}

export interface HttpStage {
  sandbox: RunningSandbox;
  org: SalesforceOrg;
  outbound: Outbound;
  state: MemoryState;
  /** @param wish.resume Place of a run that broke off. */
  run(wish?: { dryRun?: boolean; resume?: number }): Promise<{ end: WalkEnd; run: MemoryRun }>;
  contacts(): Map<string, Contact>;
  /** Requests that either API has seen, sign-ins left out. */
  requests(): Record<Side, number>;
  close(): Promise<void>;
}

export async function startHttpStage(members: number, options: HttpStageOptions = {}): Promise<HttpStage> {
  const { client = {}, limits, around = (handler) => handler } = options;
  const org = createSalesforceOrg({ campaigns: [{ name: 'Spring', members }], apiCallsMax: 1_000_000 });
  const outbound = createOutbound();
  const sandbox = await startSandbox({
    purecloud: {
      api: (parts) => around(outbound.api(parts), 'purecloud'),
      files: outbound.files,
      requestsPerMinute: Infinity,
    },
    salesforce: { org: (parts) => around(org.org(parts), 'salesforce') },
  });
  const { id: clientId, secret: clientSecret } = DEMO_PURECLOUD_CLIENT;
  const purecloud = createUpstreamParts({
    ...sandbox.purecloud,
    clientId,
    clientSecret,
    provider: 'purecloud',
  });
  const salesforce = createUpstreamParts({
    ...sandbox.salesforce,
    ...DEMO_SALESFORCE_APP,
    provider: 'salesforce',
  });
  const settings: SyncSettings = settingsWith({
    campaignId: org.state.tables.Campaign.idOf(0),
    columns: [{ field: 'FirstName', column: 'FirstName' }],
    phones: [
      { field: 'Phone', column: 'Phone', type: 'Work' },
      { field: 'MobilePhone', column: 'Mobile', type: 'Cell' },
    ],
    results: [{ result: 'Sale', memberStatus: 'Interested' }],
    resultFields: { lastResult: 'Bridge_Last_Result__c', lastAttempt: 'Bridge_Last_Attempt__c' },
  });
  const state = createState();

  async function run({ dryRun = false, resume }: { dryRun?: boolean; resume?: number } = {}) {
    const id = resume ?? startRun(state);
    const { checkpoint } = state.runs[id]!;
    const source = createSalesforceClient({
      ...salesforce,
      campaignId: settings.campaignId,
      fields: fieldsOf(settings),
      bulkFromMembers: Infinity,
      ...client,
    });
    const contacts = createOutboundClient({
      ...purecloud,
      budget: { acquire: () => Promise.resolve(), report: () => undefined },
      caller: 'sync:spring',
      contactListName: settings.contactListName,
      ...client,
      log: { warn: () => undefined },
    });
    const order = {
      settings,
      dryRun,
      progress: { ...state.progress },
      ...(checkpoint === undefined ? {} : { checkpoint }),
    };
    try {
      const ports = { source, sink: source, contacts, journal: createMemoryJournal(state, id) };
      return { end: await walkRun(order, ports, limits), run: state.runs[id]! };
    } finally {
      await Promise.all([source.close(), contacts.close()]);
    }
  }

  return {
    sandbox,
    org,
    outbound,
    state,
    run,
    contacts: () => new Map([...outbound.state.lists.values()][0]?.contacts ?? []),
    requests: () => ({
      purecloud: sandbox.purecloud.state.counts.calls,
      salesforce: sandbox.salesforce.state.counts.calls,
    }),
    async close() {
      outbound.close();
      await Promise.all([purecloud.close(), salesforce.close(), sandbox.close()]);
    },
  };
}
