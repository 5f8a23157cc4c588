/** /v1/syncs: a campaign of Salesforce and a contact list of PureCloud, what is sent between them and when. */
import { z } from 'zod';
import { BRIDGE_TIMEOUT_HEADER, bridgeTimeoutMs } from '../bridge-timeout.ts';
import { mayCaller, requirePermission } from '../callers/permissions.ts';
import { toRunView } from '../campaigns/run-record.ts';
import {
  checkSync,
  SYNC_CHECK_NAMES,
  SYNC_CHECK_OUTCOMES,
  type SyncCheckReport,
} from '../campaigns/sync-checks.ts';
import { parseSyncInput } from '../campaigns/sync-input.ts';
import type { SyncLook } from '../campaigns/sync-look.ts';
import type { OpenPorts } from '../campaigns/sync-ports.ts';
import { referenceFaults } from '../campaigns/sync-references.ts';
import type { SyncStore } from '../campaigns/sync-store.ts';
import { syncSchema, type Sync, type SyncSettings } from '../campaigns/sync.ts';
import type { ConnectionStore } from '../connections/connection-store.ts';
import { BridgeError } from '../errors.ts';
import { STATUS_WORDS } from '../status-words.ts';
import type { ActivityStore } from '../telemetry/activity.ts';
import { invalidRequest } from '../validation.ts';
import type { Route, RouteContext } from './route.ts';
import { runViewSchema } from './run-schema.ts';
import { knownSync, knownSyncs, MAY_KNOW_SYNC, noSync } from './sync-access.ts';
import { versioned } from './versioned-body.ts';

const TAG = 'Syncs';
const CHECK_TIMEOUT_MS_DEFAULT = 60_000;
/** Enough for a fault that passes. One that stays is what the person wants to know. */
const CHECK_PATIENCE_MS = 3_000;

const syncViewSchema = z.object({
  name: z.string(),
  salesforceConnection: z.string(),
  purecloudConnection: z.string(),
  campaignId: z.string().describe('18 characters.'),
  contactListId: z.string().optional(),
  contactListName: z.string().optional(),
  columns: z.array(z.object({ field: z.string(), column: z.string() })),
  phones: z.array(z.object({ field: z.string(), column: z.string(), type: z.string() })),
  defaultCountry: z.string().optional(),
  memberStatuses: z.array(z.string()).optional(),
  excludeDoNotCall: z.boolean(),
  keepBlankValues: z.boolean(),
  results: z.array(z.object({ result: z.string(), memberStatus: z.string() })),
  resultFields: z.object({ lastResult: z.string().optional(), lastAttempt: z.string().optional() }),
  schedule: z.string().optional(),
  timeZone: z.string(),
  paused: z.boolean(),
  version: z.int().describe('Rises with every change; send it back to be told of a change in between.'),
  createdAt: z.string(),
  updatedAt: z.string(),
  status: z.enum(STATUS_WORDS),
  lastRun: runViewSchema.optional().describe('The newest, whatever it was.'),
  nextRunAt: z.string().optional().describe('Absent where nothing will start it.'),
  freshAt: z
    .string()
    .optional()
    .describe('When the contact list was last known to be as the campaign was. Absent: never.'),
});

const checkReportSchema = z.object({
  sync: z.string(),
  outcome: z.enum(SYNC_CHECK_OUTCOMES).describe('failed where any of them has.'),
  checks: z.array(
    z.object({
      name: z.enum(SYNC_CHECK_NAMES),
      outcome: z.enum(SYNC_CHECK_OUTCOMES),
      sentence: z.string(),
      remedy: z.string().optional(),
      code: z.string().optional().describe('Of the error, where Salesforce or PureCloud could not be asked.'),
    }),
  ),
  membersTotal: z.int().optional().describe('Members of the campaign now.'),
  createsContactList: z.boolean().optional().describe('true: the first run makes the contact list.'),
});

const EXAMPLE = {
  salesforceConnection: 'salesforce',
  purecloudConnection: 'purecloud',
  campaignId: '701000000000001AAA',
  contactListName: 'Spring renewals',
  columns: [{ field: 'FirstName', column: 'First name' }],
  phones: [{ field: 'MobilePhone', column: 'Mobile', type: 'Cell' }],
  defaultCountry: 'DE',
  results: [{ result: 'Interested', memberStatus: 'Responded' }],
  schedule: '*/15 * * * *',
  timeZone: 'Europe/Berlin',
};

export interface SyncRouteParts {
  syncs: SyncStore;
  connections: ConnectionStore;
  activity: Pick<ActivityStore, 'record' | 'recordChange'>;
  /** How they are now, in the order given. */
  lookAt(syncs: readonly Sync[]): Promise<readonly SyncLook[]>;
  openPorts: OpenPorts;
  /** Epoch milliseconds. */
  now(): number;
}

function toSyncView({ sync, status, runs, nextRunAt, freshAt }: SyncLook, nowMs: number) {
  const { createdAt, updatedAt, ...shown } = sync;
  return {
    ...shown,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    status,
    ...(runs.newest === undefined ? {} : { lastRun: toRunView(runs.newest, nowMs) }),
    ...(nextRunAt === undefined ? {} : { nextRunAt: nextRunAt.toISOString() }),
    ...(freshAt === undefined ? {} : { freshAt: freshAt.toISOString() }),
  };
}

/** What is not answered by then is a check that failed. */
function notInTime(): BridgeError {
  return new BridgeError('upstream_timeout', { detail: 'It did not answer in time.' });
}

export function syncRoutes(parts: SyncRouteParts): Route[] {
  const { syncs, connections, activity, now } = parts;
  const recorded = (caller: string, name: string, what: string, correlationId: string) =>
    activity.recordChange({
      result: what,
      caller,
      correlationId,
      summary: `sync ${name} ${what}`,
    });
  const viewOf = async (sync: Sync) => toSyncView((await parts.lookAt([sync]))[0]!, now());

  /** @throws BridgeError `invalid_request` naming every field that is wrong, connections included. */
  function parsed(name: string, body: unknown): SyncSettings {
    const { settings } = parseSyncInput(name, body);
    const faults = referenceFaults(settings, connections.list());
    if (faults.length > 0) throw invalidRequest(faults);
    return settings;
  }

  /** @throws BridgeError `invalid_request` where the time of the caller is none. */
  async function checked(sync: SyncSettings & { name: string }, { request, signal }: RouteContext) {
    const timeoutMs = bridgeTimeoutMs(request.headersDistinct[BRIDGE_TIMEOUT_HEADER] ?? []);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(notInTime()), timeoutMs ?? CHECK_TIMEOUT_MS_DEFAULT);
    const ports = parts.openPorts(sync, {
      patienceMs: CHECK_PATIENCE_MS,
      signal: AbortSignal.any([signal, late.signal]),
    });
    try {
      const report: SyncCheckReport = await checkSync(sync, ports, await syncs.progress(sync.name));
      return { sync: sync.name, ...report };
    } finally {
      clearTimeout(timer);
      await ports.close();
    }
  }

  return [
    {
      method: 'get',
      path: '/v1/syncs',
      operationId: 'listSyncs',
      tag: TAG,
      summary: 'List the syncs',
      handlerPermission: MAY_KNOW_SYNC,
      answers: {
        200: {
          description: 'All that the caller may see, by name.',
          schema: z.object({ syncs: z.array(syncViewSchema) }),
        },
      },
      async handle({ caller }) {
        const looks = await parts.lookAt(knownSyncs(syncs, caller));
        return { syncs: looks.map((look) => toSyncView(look, now())) };
      },
    },
    {
      method: 'get',
      path: '/v1/syncs/{name}',
      operationId: 'getSync',
      tag: TAG,
      summary: 'Read one sync',
      handlerPermission: MAY_KNOW_SYNC,
      answers: { 200: { description: 'The sync, and how it is.', schema: syncViewSchema } },
      problems: [404],
      handle: ({ params, caller }) => viewOf(knownSync(syncs, caller, params.name!)),
    },
    {
      method: 'put',
      path: '/v1/syncs/{name}',
      operationId: 'putSync',
      tag: TAG,
      summary: 'Create or replace a sync',
      description:
        'What is left out has its default. A run that is under way ends when its mapping changes; the next one takes the new settings.',
      permission: 'admin',
      body: { schema: versioned(syncSchema), required: true, example: EXAMPLE },
      answers: { 200: { description: 'The sync as it is now.', schema: syncViewSchema } },
      problems: [409],
      async handle({ params, body, caller, correlationId }) {
        const name = params.name!;
        parsed(name, body);
        const { sync, outcome } = await syncs.put(name, body);
        await recorded(caller.name, name, outcome, correlationId);
        return await viewOf(sync);
      },
    },
    {
      method: 'delete',
      path: '/v1/syncs/{name}',
      operationId: 'deleteSync',
      tag: TAG,
      summary: 'Remove a sync',
      description:
        'With its runs, their rows and what it knows of each contact. The contact list stays in PureCloud as it is.',
      permission: 'admin',
      answers: { 204: { description: 'It is gone.' } },
      problems: [404, 409],
      async handle({ params, caller, correlationId }) {
        const name = params.name!;
        if (!(await syncs.remove(name))) throw noSync(name);
        await recorded(caller.name, name, 'removed', correlationId);
        return undefined;
      },
    },
    {
      method: 'post',
      path: '/v1/syncs/{name}/check',
      operationId: 'checkSync',
      tag: TAG,
      summary: 'Look at both sides of a sync',
      description:
        'As the next run would find them, and nothing is written. With a body, these settings are looked at before they are saved, which needs the permission admin. 60 s at most, less with X-Bridge-Timeout-Seconds.',
      handlerPermission: MAY_KNOW_SYNC,
      body: { schema: syncSchema, required: false, example: EXAMPLE },
      answers: {
        200: { description: 'What was found; a failed check is an answer too.', schema: checkReportSchema },
      },
      problems: [404],
      async handle(context) {
        const { params, body, caller } = context;
        const name = params.name!;
        const isEmpty = Object.keys(body ?? {}).length === 0;
        if (isEmpty) return await checked(knownSync(syncs, caller, name), context);
        if (!mayCaller(caller.permissions, 'admin')) knownSync(syncs, caller, name);
        requirePermission(caller.permissions, 'admin');
        return await checked({ name, ...parsed(name, body) }, context);
      },
    },
  ];
}
