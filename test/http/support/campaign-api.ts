/** The routes of campaigns over HTTP, on a real database, with a campaign and a contact list in memory. Jobs run only when a test says so. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createFailedSignIns } from '../../../server/callers/failed-sign-ins.ts';
import { createIdempotencyKeys } from '../../../server/callers/idempotency-keys.ts';
import { drainResults, type DrainParts } from '../../../server/campaigns/results-inbox/drain-results.ts';
import {
  createResultsInbox,
  type ResultsInbox,
} from '../../../server/campaigns/results-inbox/results-inbox.ts';
import { createRunStore, type RunStore } from '../../../server/campaigns/run-store.ts';
import { lookAtSyncs } from '../../../server/campaigns/sync-look.ts';
import { openSyncStore, type SyncStore } from '../../../server/campaigns/sync-store.ts';
import { openConnectionStore, type ConnectionStore } from '../../../server/connections/connection-store.ts';
import type { Database } from '../../../server/database/database.ts';
import { generateSecretKey } from '../../../server/database/sealed-secret.ts';
import { BridgeError } from '../../../server/errors.ts';
import { withLocals } from '../../../server/http/bridge-response.ts';
import { campaignRoutes } from '../../../server/http/campaign-routes.ts';
import { createIdempotency } from '../../../server/http/idempotency.ts';
import { mountRoutes } from '../../../server/http/mount-routes.ts';
import { notFound, problemHandler } from '../../../server/http/problem.ts';
import { portsOfWorld, createWorld, type World } from '../../campaigns/support/fake-world.ts';
import { quietLog, startEmbedded } from '../../support/databases.ts';

/** Twenty requests at once are done by then on a busy machine, and who waits in vain does not wait for long. */
const IDEMPOTENCY_WAIT_MS = 1_500;

/** Key -> permissions. */
export const CALLERS: Readonly<Record<string, readonly string[]>> = {
  admin: ['admin'],
  reader: ['read'],
  org: ['sync:spring'],
  other: ['sync:autumn'],
  stranger: ['token:crm'],
};

export interface ApiAnswer {
  status: number;
  headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into whatever came
  json: any;
  text: string;
}

export interface CampaignApi {
  url: string;
  database: Database;
  connections: ConnectionStore;
  syncs: SyncStore;
  runs: RunStore;
  inbox: ResultsInbox;
  world: World;
  drainParts: DrainParts;
  /** What the routes have asked of the jobs. */
  enqueued: string[];
  recorded: { result: string; summary?: string }[];
  ask(
    method: string,
    path: string,
    options?: { as?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<ApiAnswer>;
  /** For those who wait for the failures of their address. */
  passTime(ms: number): void;
  drain(): ReturnType<typeof drainResults>;
  close(): Promise<void>;
}

function permissionsOf(authorization: string | undefined): { name: string; permissions: readonly string[] } {
  const name = (authorization ?? '').replace('Bearer ', '');
  const permissions = CALLERS[name];
  if (permissions === undefined) throw new BridgeError('caller_unauthenticated');
  return { name, permissions };
}

/** Salesforce takes the question and does not answer. */
function untilOver(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function startCampaignApi(): Promise<CampaignApi> {
  const databases = await startEmbedded();
  const database = await databases.open();
  const ring = { current: generateSecretKey(), previous: [] };
  const options = { database, ring, log: quietLog };
  const connections = await openConnectionStore(options);
  const syncs = await openSyncStore(options);
  const runs = createRunStore(database);
  const inbox = createResultsInbox(database);
  const world = createWorld();
  const enqueued: string[] = [];
  const recorded: CampaignApi['recorded'] = [];
  let laterMs = 0;
  const openPorts = (_sync?: unknown, { signal }: { signal?: AbortSignal } = {}) => {
    const { source, ...ports } = portsOfWorld(world);
    const memberStatuses = world.isSilent ? () => untilOver(signal!) : source.memberStatuses;
    return { ...ports, source: { ...source, memberStatuses }, close: async () => undefined };
  };
  const routes = campaignRoutes({
    database,
    connections,
    syncs,
    runs,
    inbox,
    openPorts,
    log: quietLog,
    queue: {
      enqueue: async (id) => void enqueued.push(id),
      enqueueResults: async (sync) => void enqueued.push(`results of ${sync}`),
    },
    activity: {
      record: (entry) => void recorded.push(entry),
      recordChange: async (entry) => void recorded.push(entry),
    },
    lookAt: (given) => lookAtSyncs(database.db, given, Date.now()),
    failedWebhooks: createFailedSignIns(() => performance.now() + laterMs),
    now: Date.now,
  });
  const idempotency = createIdempotency(
    createIdempotencyKeys({ database, ring, monotonicMs: () => performance.now() }),
    { waitMs: IDEMPOTENCY_WAIT_MS },
  );
  const app = express();
  app.use((_request, response, next) => {
    withLocals(response);
    next();
  });
  const gate = {
    authenticate: ({ headers }: IncomingMessage) => permissionsOf(headers.authorization),
  };
  app.use(mountRoutes(routes, gate, idempotency));
  app.use(notFound);
  app.use(problemHandler(quietLog));
  const server = createServer(app);
  const url = await listening(server);
  const drainParts: DrainParts = { database, syncs, inbox, openPorts };
  return {
    url,
    database,
    connections,
    syncs,
    runs,
    inbox,
    world,
    drainParts,
    enqueued,
    recorded,
    async ask(method, path, { as = 'admin', body, headers = {} } = {}) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...(as === '' ? {} : { authorization: `Bearer ${as}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
      return {
        status: response.status,
        headers: response.headers,
        json: isJson && text !== '' ? JSON.parse(text) : undefined,
        text,
      };
    },
    passTime: (ms) => void (laterMs += ms),
    drain: () => drainResults(drainParts, 'spring'),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await syncs.close();
      await connections.close();
      await databases.stop();
    },
  };
}

/** With connections that the fixtures of syncs name. */
export async function saveConnections({ connections }: CampaignApi): Promise<void> {
  await connections.put('dialler', {
    provider: 'purecloud',
    region: 'usw2',
    clientId: 'id',
    clientSecret: 'secret',
  });
  await connections.put('crm', {
    provider: 'salesforce',
    url: 'https://acme.my.salesforce.com/services/oauth2/token',
    clientId: 'id',
    clientSecret: 'secret',
  });
}
