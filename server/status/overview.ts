/** How the bridge and its connections are: one look for the page, the API, the CLI and the metrics. Never a token or a secret. */
import type { SyncLook } from '../campaigns/sync-look.ts';
import type { ConnectionStore } from '../connections/connection-store.ts';
import type { ConnectionView } from '../connections/connection-view.ts';
import type { Database, DatabaseHealth } from '../database/database.ts';
import type { RequestBudget } from '../purecloud/request-budget.ts';
import { present } from '../present.ts';
import type { ApiUsageBoard } from '../salesforce/api-usage-board.ts';
import type { StatusWord } from '../status-words.ts';
import type { ActivityStore } from '../telemetry/activity.ts';
import type { MetricsSnapshot } from '../telemetry/metrics.ts';
import type { ConnectionUsage, UsageStore } from '../telemetry/usage.ts';
import type { TokenBroker } from '../tokens/token-broker.ts';
import { attentionOf, type Attention } from './attention.ts';
import { syncOverviewOf, type SyncOverview } from './sync-overview.ts';
import { overviewOf, type ConnectionOverview } from './connection-overview.ts';

/** Pages and scrapers ask every few seconds, and some of them at once: one look serves them all. */
const FRESH_MS = 1_000;
/** Connections looked at side by side: more would take all connections to the database. */
const AT_ONCE = 8;

export interface StatusOverview {
  bridge: {
    status: StatusWord;
    version: string;
    startedAt: string;
    database: { isHealthy: boolean; latencyMs?: number; reason?: string };
    activity: { buffered: number; dropped: number };
  };
  connections: readonly ConnectionOverview[];
  syncs: readonly SyncOverview[];
  attention: readonly Attention[];
}

export interface OverviewParts {
  version: string;
  connections: Pick<ConnectionStore, 'list' | 'find'>;
  broker: Pick<TokenBroker, 'state'>;
  budget: Pick<RequestBudget, 'state'>;
  usage: Pick<UsageStore, 'read'>;
  database: Pick<Database, 'health'>;
  /** How all syncs are. */
  lookAtSyncs(): Promise<readonly SyncLook[]>;
  apiUsage: Pick<ApiUsageBoard, 'of'>;
  activity: Pick<ActivityStore, 'counts'>;
  isStopping(): boolean;
  clock: { nowMs(): number; monotonicMs(): number };
}

export interface Overview {
  read(): Promise<StatusOverview>;
  /** The part of it that /metrics shows. */
  snapshot(): Promise<MetricsSnapshot>;
}

function databaseOf(health: DatabaseHealth): StatusOverview['bridge']['database'] {
  return health.healthy
    ? { isHealthy: true, latencyMs: health.latencyMs }
    : { isHealthy: false, reason: health.reason };
}

export function createOverview(parts: OverviewParts): Overview {
  const { connections, broker, budget, usage, apiUsage, database, activity, clock } = parts;
  const startedAt = new Date(clock.nowMs()).toISOString();
  let last: { atMs: number; overview: Promise<StatusOverview> } | undefined;

  function areSecretsReadable(name: string): boolean {
    try {
      connections.find(name);
      return true;
    } catch {
      return false;
    }
  }

  async function lookAt(view: ConnectionView, used: ReadonlyMap<string, ConnectionUsage>) {
    const [state, room] = await Promise.all([broker.state(view.name), budget.state(view)]);
    const readable = areSecretsReadable(view.name);
    return overviewOf({
      view,
      areSecretsReadable: readable,
      state,
      budget: room,
      usage: used.get(view.name),
      apiUsage: apiUsage.of(view.name),
    });
  }

  async function lookAtAll(): Promise<ConnectionOverview[]> {
    const used = await usage.read();
    const views = connections.list();
    const found: ConnectionOverview[] = [];
    for (let first = 0; first < views.length; first += AT_ONCE) {
      const next = views.slice(first, first + AT_ONCE);
      found.push(...(await Promise.all(next.map((view) => lookAt(view, used)))));
    }
    return found;
  }

  /** While the database is away nothing is known of them, and the rest is shown all the same. */
  async function lookAtSyncs(): Promise<readonly SyncLook[]> {
    return await parts.lookAtSyncs().catch(() => []);
  }

  async function look(): Promise<StatusOverview> {
    const [health, all, looks] = await Promise.all([database.health(), lookAtAll(), lookAtSyncs()]);
    const syncs = looks.map((sync) => syncOverviewOf(sync, clock.nowMs()));
    const known = databaseOf(health);
    const status: StatusWord = parts.isStopping() ? 'Paused' : known.isHealthy ? 'Healthy' : 'Part failed';
    return {
      bridge: { status, version: parts.version, startedAt, database: known, activity: activity.counts() },
      connections: all,
      syncs,
      attention: attentionOf(all, syncs, known.reason),
    };
  }

  function read(): Promise<StatusOverview> {
    const nowMs = clock.monotonicMs();
    if (last === undefined || nowMs - last.atMs >= FRESH_MS) {
      last = { atMs: nowMs, overview: look() };
      last.overview.catch(() => (last = undefined));
    }
    return last.overview;
  }

  return {
    read,
    async snapshot() {
      const { bridge, connections: all, syncs } = await read();
      return {
        database: bridge.database,
        activity: bridge.activity,
        syncs: syncs.map(({ name, status, lastRun, nextRunAt, freshnessSeconds }) => ({
          name,
          status,
          isScheduled: nextRunAt !== undefined && status !== 'Paused',
          ...present({ lastOutcome: lastRun?.status, freshnessSeconds }),
        })),
        connections: all.map(
          ({ name, status, failure, certificateExceptions, budget: room, apiUsage: calls }) => ({
            name,
            status,
            isLatched: failure?.isLatched === true,
            certificateExceptions: certificateExceptions.length,
            ...present({ apiUsage: calls }),
            ...(room === undefined
              ? {}
              : {
                  budget: { ...room, waiting: room.waitingInteractive + room.waitingSync },
                }),
          }),
        ),
      };
    },
  };
}
