/** A campaign in a Salesforce and a dialler in a PureCloud, on loopback, and the sync between them as an administrator saves it. */
import type { RequestHandler } from 'express';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { createOutbound, type Outbound } from '../../sandbox/purecloud/outbound/create-outbound.ts';
import { DEMO_SALESFORCE_APP } from '../../sandbox/salesforce/create-salesforce-sandbox.ts';
import {
  createSalesforceOrg,
  type SalesforceOrg,
} from '../../sandbox/salesforce/org/create-salesforce-org.ts';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';
import { asAdmin, type AskBridge } from './bridge-client.ts';

/** What the dialler is asked, before it sees it. Resolves when it may. */
export type Doorkeeper = (method: string, path: string) => Promise<void> | undefined;

export interface CampaignStage {
  sandbox: RunningSandbox;
  org: SalesforceOrg;
  outbound: Outbound;
  /** Stands before the dialler until the next one does. */
  letIn(doorkeeper: Doorkeeper): void;
  /** Contact id -> what is stored of it. */
  contacts(): Record<string, Readonly<Record<string, string>>>;
  /** Both connections and a sync. */
  save(url: string, changes?: object, sync?: string): Promise<void>;
  close(): Promise<void>;
}

export const SYNC = 'spring';
/** A batch of contacts on its way to a list. */
export const isUpsert = (method: string, path: string) => method === 'POST' && path.endsWith('/contacts');

function watched(handler: RequestHandler, doorkeeper: () => Doorkeeper): RequestHandler {
  return (request, response, next) => {
    const wait = doorkeeper()(request.method, request.path) ?? Promise.resolve();
    wait.then(() => handler(request, response, next), next);
  };
}

async function put(ask: AskBridge, path: string, body: object): Promise<void> {
  const { status, text } = await ask('PUT', path, body);
  if (status >= 300) throw new Error(`PUT ${path}: ${status} ${text}`);
}

/** @param requestsPerMinute What the dialler allows, and the bridge keeps to. Default: as many as anyone likes. */
export async function startCampaignStage(
  members: number,
  { requestsPerMinute }: { requestsPerMinute?: number | undefined } = {},
): Promise<CampaignStage> {
  const org = createSalesforceOrg({ campaigns: [{ name: 'Spring', members }] });
  const outbound = createOutbound();
  let present: Doorkeeper = () => undefined;
  const sandbox = await startSandbox({
    purecloud: {
      api: (parts) => watched(outbound.api(parts), () => present),
      files: outbound.files,
      requestsPerMinute: requestsPerMinute ?? Infinity,
    },
    salesforce: { org: org.org },
  });
  const { id: clientId, secret: clientSecret } = DEMO_PURECLOUD_CLIENT;
  const settings = {
    salesforceConnection: 'crm',
    purecloudConnection: 'dialler',
    campaignId: org.state.tables.Campaign.idOf(0),
    contactListName: 'Spring',
    columns: [{ field: 'FirstName', column: 'FirstName' }],
    phones: [
      { field: 'Phone', column: 'Phone', type: 'Work' },
      { field: 'MobilePhone', column: 'Mobile', type: 'Cell' },
    ],
  };
  return {
    sandbox,
    org,
    outbound,
    letIn: (doorkeeper) => void (present = doorkeeper),
    contacts() {
      const [list] = outbound.state.lists.values();
      const all = [...(list?.contacts ?? [])].map(([id, { data }]) => [id, { ...data }] as const);
      return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
    },
    async save(url, changes = {}, sync = SYNC) {
      const ask = asAdmin(url);
      await put(ask, '/v1/connections/crm', {
        provider: 'salesforce',
        url: sandbox.salesforce.tokenUrl,
        clientId: DEMO_SALESFORCE_APP.clientId,
        clientSecret: DEMO_SALESFORCE_APP.clientSecret,
      });
      await put(ask, '/v1/connections/dialler', {
        provider: 'purecloud',
        url: sandbox.purecloud.tokenUrl,
        apiUrl: sandbox.purecloud.url,
        clientId,
        clientSecret,
        requestsPerMinute: requestsPerMinute ?? 100_000,
      });
      await put(ask, `/v1/syncs/${sync}`, { ...settings, ...changes });
    },
    async close() {
      present = () => undefined;
      outbound.close();
      await sandbox.close();
    },
  };
}

/** The next batch waits before the dialler sees it, and those after it, until `open` is called. */
export function holdBatches({ letIn }: Pick<CampaignStage, 'letIn'>, after = 0) {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  let seen = 0;
  letIn((method, path) => {
    if (!isUpsert(method, path) || seen++ < after) return undefined;
    arrive();
    return opened;
  });
  return { arrived, open };
}

export interface RunAnswer {
  id: string;
  status: string;
  phase: string;
  counts: Record<string, number>;
  wanted?: string;
  failure?: { code: string };
  createdAt: string;
  finishedAt?: string;
}

export async function startRun(url: string, body: object = {}): Promise<RunAnswer> {
  const { status, json, text } = await asAdmin(url)('POST', `/v1/syncs/${SYNC}/runs`, body);
  if (status !== 202) throw new Error(`${status} ${text}`);
  return json as RunAnswer;
}

/** Asks until the run is as it is waited for. */
export async function untilRun(
  url: string,
  id: string,
  isIt: (run: RunAnswer) => boolean,
  { waitMs = 30_000, everyMs = 25 } = {},
): Promise<RunAnswer> {
  const untilMs = performance.now() + waitMs;
  for (;;) {
    const { json, text } = await asAdmin(url)('GET', `/v1/runs/${id}`);
    const run = json as RunAnswer;
    if (isIt(run)) return run;
    if (performance.now() > untilMs) throw new Error(`The run is not as it was waited for: ${text}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

export const isEnded = ({ status }: RunAnswer) => !['Running', 'Paused'].includes(status);
