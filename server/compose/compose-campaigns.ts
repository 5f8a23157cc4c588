/** Campaign syncs: what is saved of them, what is run of them, and what is told of them. */
import { createFailedSignIns } from '../callers/failed-sign-ins.ts';
import { createCampaignJobs, type CampaignJobs } from '../campaigns/jobs/campaign-jobs.ts';
import { drainResults } from '../campaigns/results-inbox/drain-results.ts';
import { createResultsInbox } from '../campaigns/results-inbox/results-inbox.ts';
import { begunActivity, endedActivity } from '../campaigns/run-activity.ts';
import type { RunRecord } from '../campaigns/run-record.ts';
import { createRunStore } from '../campaigns/run-store.ts';
import { lookAtSyncs } from '../campaigns/sync-look.ts';
import type { Config } from '../config.ts';
import type { CampaignRouteParts } from '../http/campaign-routes.ts';
import { createApiUsageBoard, type ApiUsageBoard } from '../salesforce/api-usage-board.ts';
import type { Log } from '../telemetry/log.ts';
import type { TokenBroker } from '../tokens/token-broker.ts';
import type { Meters } from './compose-meters.ts';
import { composeNotices } from './compose-notify.ts';
import { composePorts } from './compose-ports.ts';
import type { ComposedStores } from './compose-stores.ts';
import type { ComposeOverrides, Upstream } from './compose-upstream.ts';

export interface ComposeCampaignsOptions {
  config: Config;
  overrides: ComposeOverrides;
  upstream: Upstream;
  stores: ComposedStores;
  meters: Meters;
  broker: TokenBroker;
  log: Log;
}

export interface Campaigns {
  parts: CampaignRouteParts;
  jobs: CampaignJobs;
  apiUsage: ApiUsageBoard;
  close(): Promise<void>;
}

/** What a webhook left is tried again later, by the queue, where either side could not take it now. */
async function drainOrThrow(...given: Parameters<typeof drainResults>): Promise<void> {
  const report = await drainResults(...given);
  if ((report?.left ?? 0) > 0) throw new Error(`${report!.left} results wait for another try.`);
}

export function composeCampaigns(options: ComposeCampaignsOptions): Campaigns {
  const { config, overrides, upstream, stores, meters, broker, log } = options;
  const { database, connections, syncs, activity } = stores;
  const { clock } = upstream;
  const runs = createRunStore(database, clock.nowMs);
  const inbox = createResultsInbox(database);
  const apiUsage = createApiUsageBoard();
  const openPorts = composePorts({
    upstream,
    connections,
    broker,
    budget: meters.budget,
    apiUsage,
    apiUsageShareMax: config.salesforceApiShare,
    log,
  });
  const notices = composeNotices(config, overrides, { database, syncs, log });
  connections.onChange((name) => {
    if (connections.view(name) === undefined) apiUsage.forget(name);
  });
  syncs.onChange((name) => {
    if (syncs.find(name) === undefined) meters.metrics.forgetSync(name);
  });

  function runEnded(run: RunRecord): void {
    activity.record(endedActivity(run));
    const { startedAt, finishedAt } = run;
    if (startedAt === undefined || finishedAt === undefined) return;
    const durationMs = finishedAt.getTime() - startedAt.getTime();
    meters.metrics.runEnded(run.sync, {
      outcome: run.status,
      isDryRun: run.dryRun,
      durationMs,
      rows: run.counts,
    });
  }

  const jobs = createCampaignJobs({
    database,
    runs,
    syncs,
    openPorts,
    log,
    onRunBegun(run) {
      const entry = begunActivity(run);
      if (entry !== undefined) activity.record(entry);
    },
    onRunEnded: runEnded,
    writeResults: (sync, signal) =>
      drainOrThrow(
        {
          database,
          syncs,
          inbox,
          openPorts: (given, { signal: lost = signal } = {}) =>
            openPorts(given, { signal: AbortSignal.any([signal, lost]) }),
        },
        sync,
      ),
    syncsWithResults: () => inbox.waiting(),
    ...(notices === undefined ? {} : { notices }),
    housekeeping: [() => runs.prune(), () => inbox.prune()],
    mayWork: () => !connections.hasWrongKey(),
  });

  return {
    jobs,
    apiUsage,
    parts: {
      syncs,
      runs,
      inbox,
      database,
      connections,
      activity,
      log,
      openPorts,
      queue: jobs,
      failedWebhooks: createFailedSignIns(clock.monotonicMs),
      lookAt: (given) => lookAtSyncs(database.db, given, clock.nowMs()),
      now: clock.nowMs,
    },
    async close() {
      await jobs.stop();
      await notices?.close();
    },
  };
}
