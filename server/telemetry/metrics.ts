/**
 * What Prometheus is shown at /metrics. Hot paths add to plain numbers; the text is made when somebody asks. Labels hold names of
 * connections and members of closed sets, never a path, a caller or anything that a request brought along.
 */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { STATUS_WORDS, type StatusWord } from '../status-words.ts';
import { createSyncMetrics, type SyncMetrics, type SyncSnapshot } from './sync-metrics.ts';
import {
  createConnectionCounts,
  statusClassOf,
  STATUS_CLASSES,
  TOKEN_SOURCES,
  type TokenSource,
} from './connection-counts.ts';
import { createDurationHistogram, type DurationHistogram } from './duration-histogram.ts';

/** A look-up in memory takes microseconds, a cold sign-in seconds, and nobody waits longer than two minutes. */
const SECONDS_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120];
/** First segments of a path that requests are told apart by; whatever else is `other`. */
const AREAS: ReadonlySet<string> = new Set([
  'proxy',
  'v1',
  'oauth',
  'login',
  'metrics',
  'livez',
  'readyz',
  'docs',
  'openapi.json',
]);

/** What is looked up when somebody asks. */
export interface MetricsSnapshot {
  database: { isHealthy: boolean; latencyMs?: number };
  activity: { buffered: number; dropped: number };
  connections: readonly ConnectionSnapshot[];
  syncs: readonly SyncSnapshot[];
}

export interface ConnectionSnapshot {
  name: string;
  status: StatusWord;
  isLatched: boolean;
  /** Certificate faults that are forgiven. */
  certificateExceptions: number;
  budget?: { limitPerMinute: number; usedLastMinute: number; waiting: number };
  /** Calls of the org's last 24 hours, those of others included. */
  apiUsage?: { used: number; max: number };
}

/** No method throws, and none but `text` waits. */
export interface Metrics extends Omit<SyncMetrics, 'show'> {
  /** A token of the connection was taken by a caller or by the proxy. */
  tokenUsed(connection: string, source: TokenSource): void;
  /** `exitPath` of one executed grant. */
  grantExecuted(connection: string, exitPath: string, durationMs: number): void;
  /** As the broker's observers have it: `token`, `abandoned` or a failure class. */
  grantEnded(connection: string, result: string, durationMs: number): void;
  lifetimeCorrected(connection: string, source: 'assumed' | 'capped'): void;
  staleResultRefused(connection: string): void;
  clockSkewMs(connection: string, skewMs: number): void;
  storeAway(isAway: boolean): void;
  /** A proxied call. */
  callEnded(connection: string, status: number, durationMs: number): void;
  /** Any request to the bridge. */
  requestEnded(path: string, status: number, durationMs: number): void;
  forget(connection: string): void;
  /** Where the rest is looked up; set once everything is composed. */
  lookUp(snapshot: () => Promise<MetricsSnapshot>): void;
  text(): Promise<{ contentType: string; body: string }>;
}

export interface MetricsOptions {
  version: string;
  isConnection: (name: string) => boolean;
  /** Default true: those of the process. */
  withDefaults?: boolean;
}

/** The first part of a path, if it is one that is known. Pure. */
export function areaOf(path: string): string {
  const start = path.indexOf('/') + 1;
  const end = path.indexOf('/', start);
  const first = path.slice(start, end < 0 ? undefined : end);
  return AREAS.has(first) ? first : 'other';
}

function gauges(registers: Registry[]) {
  const gauge = (name: string, help: string, labelNames: string[] = ['connection']) =>
    new Gauge({ name: `bridge_${name}`, help, labelNames, registers });
  return {
    status: gauge('connection_status', '1 for the word that a connection has now.', ['connection', 'status']),
    latched: gauge('connection_latched', '1: no sign-in until a person has acted.'),
    exceptions: gauge('certificate_exceptions', 'Certificate faults that a connection forgives.'),
    limit: gauge('budget_limit', 'Calls a minute that a connection may make.'),
    used: gauge('budget_used', 'Calls of the last minute, over all instances.'),
    waiting: gauge('budget_waiting', 'Calls that wait here for their turn.'),
    apiUsed: gauge('salesforce_api_used', 'API calls of the org in the last 24 hours, as it last said.'),
    apiMax: gauge('salesforce_api_max', 'API calls that the org has for 24 hours.'),
    skew: gauge('clock_skew_seconds', 'Clock of the upstream less ours, from the last sign-in.'),
    database: gauge('database_up', '1: the database answers.', []),
    latency: gauge('database_latency_seconds', 'Time of a query that does nothing.', []),
    buffered: gauge('activity_buffered', 'Activity entries not written yet.', []),
    storeAway: gauge('token_store_away', '1: tokens are served from memory alone.', []),
  };
}

function counters(registers: Registry[]) {
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name: `bridge_${name}_total`, help, labelNames, registers });
  return {
    grants: counter('grants', 'Executed grants by exit path.', ['connection', 'exit_path']),
    grantResults: counter('grant_results', 'What the broker made of them.', ['connection', 'result']),
    lifetimes: counter('token_lifetimes_corrected', 'Answers without a usable expires_in.', [
      'connection',
      'source',
    ]),
    stale: counter('stale_results_refused', 'Results of an instance that was overtaken.', ['connection']),
    uses: counter('token_uses', 'Tokens taken by callers and by the proxy.', ['connection', 'source']),
    calls: counter('proxied_calls', 'Proxied calls by class of status.', ['connection', 'status_class']),
    dropped: counter('activity_dropped', 'Activity entries lost: more came than could be written.', []),
  };
}

function durations() {
  const seconds = (name: string, help: string, labelNames: readonly string[]): DurationHistogram =>
    createDurationHistogram({ name: `bridge_${name}_seconds`, help, labelNames, buckets: SECONDS_BUCKETS });
  return {
    grants: seconds('grant', 'Time of a grant.', ['connection']),
    calls: seconds('proxied_call', 'Time of a proxied call.', ['connection']),
    requests: seconds('http_request', 'Time of a request to the bridge.', ['area', 'status_class']),
  };
}

export function createMetrics({ version, isConnection, withDefaults = true }: MetricsOptions): Metrics {
  const registry = new Registry();
  if (withDefaults) collectDefaultMetrics({ register: registry });
  const count = counters([registry]);
  const time = durations();
  const show = gauges([registry]);
  const counts = createConnectionCounts(isConnection);
  const { show: showSyncs, ...countRuns } = createSyncMetrics(registry);
  new Gauge({
    name: 'bridge_info',
    help: 'Version of the bridge.',
    labelNames: ['version'],
    registers: [registry],
  })
    .labels(version)
    .set(1);
  let snapshot: (() => Promise<MetricsSnapshot>) | undefined;
  /** By connection: how to take its series away again. */
  const series = new Map<string, Map<string, () => void>>();

  function add(counter: Counter, connection: string, more: Record<string, string>): void {
    const labels = { connection, ...more };
    counter.inc(labels);
    const known = series.get(connection) ?? new Map<string, () => void>();
    known.set(JSON.stringify(more), () => void counter.remove(labels));
    series.set(connection, known);
  }

  function showCounts(): void {
    count.uses.reset();
    count.calls.reset();
    show.skew.reset();
    for (const [connection, { uses, calls, clockSkewMs }] of counts.entries()) {
      for (const source of TOKEN_SOURCES) count.uses.inc({ connection, source }, uses[source]);
      for (const status_class of STATUS_CLASSES) {
        if (calls[status_class] > 0) count.calls.inc({ connection, status_class }, calls[status_class]);
      }
      if (clockSkewMs !== undefined) show.skew.set({ connection }, clockSkewMs / 1000);
    }
  }

  function showConnections(connections: readonly ConnectionSnapshot[]): void {
    const { status: word, latched, exceptions, limit, used, waiting, apiUsed, apiMax } = show;
    for (const gauge of [word, latched, exceptions, limit, used, waiting, apiUsed, apiMax]) gauge.reset();
    for (const { name, status, isLatched, certificateExceptions, budget, apiUsage } of connections) {
      const connection = name;
      for (const known of STATUS_WORDS) word.set({ connection, status: known }, known === status ? 1 : 0);
      if (apiUsage !== undefined) {
        apiUsed.set({ connection }, apiUsage.used);
        apiMax.set({ connection }, apiUsage.max);
      }
      show.latched.set({ connection }, isLatched ? 1 : 0);
      if (certificateExceptions > 0) show.exceptions.set({ connection }, certificateExceptions);
      if (budget === undefined) continue;
      show.limit.set({ connection }, budget.limitPerMinute);
      show.used.set({ connection }, budget.usedLastMinute);
      show.waiting.set({ connection }, budget.waiting);
    }
  }

  function showSnapshot({ database, activity, connections, syncs }: MetricsSnapshot): void {
    show.database.set(database.isHealthy ? 1 : 0);
    if (database.latencyMs !== undefined) show.latency.set(database.latencyMs / 1000);
    show.buffered.set(activity.buffered);
    count.dropped.reset();
    count.dropped.inc(activity.dropped);
    showConnections(connections);
    showSyncs(syncs);
  }

  return {
    ...countRuns,
    tokenUsed: (connection, source) => void (counts.of(connection).uses[source] += 1),
    grantExecuted(connection, exit_path, durationMs) {
      add(count.grants, connection, { exit_path });
      time.grants.observe([connection], durationMs);
    },
    grantEnded: (connection, result) => add(count.grantResults, connection, { result }),
    lifetimeCorrected: (connection, source) => add(count.lifetimes, connection, { source }),
    staleResultRefused: (connection) => add(count.stale, connection, {}),
    clockSkewMs: (connection, skewMs) => void (counts.of(connection).clockSkewMs = skewMs),
    storeAway: (isAway) => void show.storeAway.set(isAway ? 1 : 0),
    callEnded(name, status, durationMs) {
      counts.of(name).calls[statusClassOf(status)] += 1;
      time.calls.observe([counts.labelOf(name)], durationMs);
    },
    requestEnded(path, status, durationMs) {
      time.requests.observe([areaOf(path), statusClassOf(status)], durationMs);
    },
    forget(connection) {
      counts.forget(connection);
      for (const remove of series.get(connection)?.values() ?? []) remove();
      series.delete(connection);
      time.grants.remove(connection);
      time.calls.remove(connection);
    },
    lookUp: (given) => void (snapshot = given),
    async text() {
      showCounts();
      const found = await snapshot?.();
      if (found !== undefined) showSnapshot(found);
      const times = Object.values(time).map((histogram) => histogram.text());
      return { contentType: registry.contentType, body: [await registry.metrics(), ...times].join('\n') };
    },
  };
}
