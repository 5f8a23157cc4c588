/** /v1/runs: one execution of a sync each. The routes only note what is wanted; jobs do it. */
import { z } from 'zod';
import { mayKnow, requirePermission } from '../callers/permissions.ts';
import type { RunQueue } from '../campaigns/jobs/run-queue.ts';
import { toRunView, type RunRecord } from '../campaigns/run-record.ts';
import { RUNS_LIMIT_MAX, type RunStore } from '../campaigns/run-store.ts';
import { settingsFingerprint } from '../campaigns/run/checkpoint.ts';
import type { SyncStore } from '../campaigns/sync-store.ts';
import type { Sync } from '../campaigns/sync.ts';
import { BridgeError } from '../errors.ts';
import type { ActivityStore } from '../telemetry/activity.ts';
import { invalidRequest, parseInput, withoutBlanks } from '../validation.ts';
import { pageLimit } from './page-limit.ts';
import type { AuthenticatedCaller, Route, RouteContext } from './route.ts';
import { runListSchema, runViewSchema } from './run-schema.ts';
import { knownRun, knownSync, MAY_KNOW_SYNC, MAY_USE_SYNC, noSync, usableRun } from './sync-access.ts';

const TAG = 'Runs';

const runId = z.uuid('must be the id of a run').transform((id) => id.toLowerCase());

const startSchema = z.strictObject({
  dryRun: z
    .boolean()
    .optional()
    .describe('true: the same way without a write; its counts are those that the run then has.'),
  retryFailedOf: runId.optional().describe('Id of a run whose failed rows, and no others, are tried again.'),
  planOf: runId
    .optional()
    .describe('Id of a dry run that this run carries out: refused once it is older than 30 minutes.'),
});

const pageShape = {
  after: runId.optional().describe('nextAfter of the page before.'),
  limit: pageLimit(RUNS_LIMIT_MAX, 'Runs a page; default 30.'),
} as const;
const pageSchema = z.strictObject(pageShape);
const listSchema = z.strictObject({
  sync: z.string().max(63, 'must be at most 63 characters').optional().describe('Of this sync only.'),
  ...pageShape,
});

export interface RunRouteParts {
  syncs: SyncStore;
  runs: RunStore;
  queue: RunQueue;
  activity: Pick<ActivityStore, 'record' | 'recordChange'>;
  log: { warn(fields: object, message: string): void };
  /** Epoch milliseconds. */
  now(): number;
}

export function runRoutes(parts: RunRouteParts): Route[] {
  const { syncs, runs, queue, activity, log, now } = parts;
  const viewOf = (run: RunRecord) => toRunView(run, now());
  const recorded = (run: RunRecord, what: string, { caller, correlationId }: RouteContext) =>
    activity.record({
      kind: 'run',
      result: what,
      caller: caller.name,
      correlationId,
      summary: `run ${run.id} of ${run.sync} ${what}`,
    });

  /** The run is in the database: what is lost here is found by the sweep. */
  async function wake({ id }: RunRecord): Promise<void> {
    await queue.enqueue(id).catch((error: unknown) => {
      log.warn({ run: id, err: error }, 'A run could not be put on the queue; it begins a little later.');
    });
  }

  async function assertBasis(
    sync: Sync,
    { dryRun, retryFailedOf, planOf }: z.output<typeof startSchema>,
  ): Promise<void> {
    if (planOf !== undefined && dryRun === true)
      throw invalidRequest([{ field: 'planOf', detail: 'must be left out of a dry run' }]);
    if (planOf !== undefined && retryFailedOf !== undefined)
      throw invalidRequest([{ field: 'planOf', detail: 'must be left out where failed rows are retried' }]);
    for (const [field, id] of Object.entries({ retryFailedOf, planOf })) {
      const basis = id === undefined ? undefined : await runs.find(id);
      if (id !== undefined && basis?.sync !== sync.name)
        throw invalidRequest([{ field, detail: 'is not a run of this sync' }]);
      const isStale =
        field === 'planOf' &&
        basis?.checkpoint !== undefined &&
        basis.checkpoint.settings !== settingsFingerprint(sync);
      if (isStale) {
        throw new BridgeError('conflict', {
          detail: 'The sync was changed since the dry run.',
          remedy: 'Make a new plan with a dry run.',
        });
      }
    }
  }

  async function listed(
    caller: AuthenticatedCaller,
    { after, limit, sync }: { after?: string | undefined; limit?: string | undefined; sync?: string },
  ) {
    const last = after === undefined ? undefined : await runs.find(after);
    const isStrange =
      last !== undefined &&
      (sync === undefined ? !mayKnow(caller.permissions, 'sync', last.sync) : last.sync !== sync);
    if (after !== undefined && (last === undefined || isStrange))
      throw invalidRequest([{ field: 'after', detail: 'must be the nextAfter of an earlier page' }]);
    const page = await runs.list({
      ...(sync === undefined ? {} : { sync }),
      ...(after === undefined ? {} : { after }),
      ...(limit === undefined ? {} : { limit: Number(limit) }),
    });
    return { ...page, runs: page.runs.map(viewOf) };
  }

  function change(
    what: 'pause' | 'resume' | 'cancel',
    words: { summary: string; description: string; done: string },
  ): Route {
    return {
      method: 'post',
      path: `/v1/runs/{id}/${what}`,
      operationId: `${what}Run`,
      tag: TAG,
      summary: words.summary,
      description: words.description,
      handlerPermission: MAY_USE_SYNC,
      idempotent: true,
      answers: { 200: { description: 'The run as it is now.', schema: runViewSchema } },
      problems: [404, 409],
      async handle(context) {
        const { id } = await usableRun(runs, context.caller, context.params.id!);
        const run = await runs[what](id);
        if (what === 'resume') await wake(run);
        recorded(run, words.done, context);
        return viewOf(run);
      },
    };
  }

  return [
    {
      method: 'post',
      path: '/v1/syncs/{name}/runs',
      operationId: 'startRun',
      tag: TAG,
      summary: 'Start a run',
      description:
        'One run of a sync goes on at a time. Also starts a run of a sync that is paused: only its schedule is.',
      permission: 'sync:{name}',
      idempotent: true,
      body: { schema: startSchema, required: false, example: { dryRun: true } },
      answers: { 202: { description: 'The run; Location says where it is.', schema: runViewSchema } },
      problems: [404, 409],
      async handle(context) {
        const { params, body, caller, response } = context;
        const sync = syncs.find(params.name!);
        if (sync === undefined) throw noSync(params.name!);
        const input = parseInput(startSchema, withoutBlanks(body ?? {}));
        await assertBasis(sync, input);
        const { dryRun, retryFailedOf, planOf } = input;
        const run = await runs.create({
          sync: sync.name,
          startedBy: caller.name,
          ...(dryRun === undefined ? {} : { dryRun }),
          ...(retryFailedOf === undefined ? {} : { retryOf: retryFailedOf }),
          ...(planOf === undefined ? {} : { planOf }),
        });
        await wake(run);
        recorded(run, 'started', context);
        response.setHeader('Location', `/v1/runs/${run.id}`);
        return viewOf(run);
      },
    },
    {
      method: 'get',
      path: '/v1/syncs/{name}/runs',
      operationId: 'listSyncRuns',
      tag: TAG,
      summary: 'List the runs of a sync',
      handlerPermission: MAY_KNOW_SYNC,
      query: pageSchema,
      answers: { 200: { description: 'One page.', schema: runListSchema } },
      problems: [404],
      async handle({ params, query, caller }) {
        const { name } = knownSync(syncs, caller, params.name!);
        return await listed(caller, { ...parseInput(pageSchema, { ...query }), sync: name });
      },
    },
    {
      method: 'get',
      path: '/v1/runs',
      operationId: 'listRuns',
      tag: TAG,
      summary: 'List the runs of all syncs',
      description: 'A caller with no more than sync:{sync} names the sync.',
      handlerPermission: MAY_KNOW_SYNC,
      query: listSchema,
      answers: { 200: { description: 'One page.', schema: runListSchema } },
      problems: [404],
      async handle({ query, caller }) {
        const { sync, ...page } = parseInput(listSchema, { ...query });
        if (sync === undefined) requirePermission(caller.permissions, 'read');
        return await listed(
          caller,
          sync === undefined ? page : { ...page, sync: knownSync(syncs, caller, sync).name },
        );
      },
    },
    {
      method: 'get',
      path: '/v1/runs/{id}',
      operationId: 'getRun',
      tag: TAG,
      summary: 'Read one run',
      handlerPermission: MAY_KNOW_SYNC,
      answers: { 200: { description: 'The run, and how far it is.', schema: runViewSchema } },
      problems: [404],
      handle: async ({ params, caller }) => viewOf(await knownRun(runs, caller, params.id!)),
    },
    change('pause', {
      summary: 'Pause a run',
      description: 'It stops after the slice that it is at, and goes on from there when it is resumed.',
      done: 'paused',
    }),
    change('resume', {
      summary: 'Go on with a run',
      description: 'With one that is paused, or that failed: from where it was.',
      done: 'resumed',
    }),
    change('cancel', {
      summary: 'Cancel a run',
      description:
        'It stops after the slice that it is at. What it has done stays done, and its counts stay.',
      done: 'cancelled',
    }),
  ];
}
