/** What Prometheus is shown of the syncs. Labels hold names of syncs and members of closed sets. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { STATUS_WORDS, type StatusWord } from '../status-words.ts';

/** A run with nothing to do takes a second, a campaign of a million members hours. */
const RUN_BUCKETS = [1, 5, 15, 60, 300, 900, 3_600, 14_400];

export interface SyncSnapshot {
  name: string;
  status: StatusWord;
  /** A schedule will start it: it has one, and neither it nor its run is paused. */
  isScheduled: boolean;
  /** Of the last run that ended by itself. */
  lastOutcome?: StatusWord;
  /** Since the contact list was last known to be as the campaign was. */
  freshnessSeconds?: number;
}

export interface EndedRun {
  outcome: StatusWord;
  isDryRun: boolean;
  durationMs: number;
  /** By name of the count. */
  rows: Readonly<Record<string, number>>;
}

export interface SyncMetrics {
  runEnded(sync: string, run: EndedRun): void;
  forgetSync(sync: string): void;
  show(syncs: readonly SyncSnapshot[]): void;
}

export function createSyncMetrics(registry: Registry): SyncMetrics {
  const registers = [registry];
  const gauge = (name: string, help: string, labelNames: string[]) =>
    new Gauge({ name: `bridge_${name}`, help, labelNames, registers });
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name: `bridge_${name}_total`, help, labelNames, registers });
  const status = gauge('sync_status', '1 for the word that a sync has now.', ['sync', 'status']);
  const last = gauge('sync_last_run', '1 for how its last run ended.', ['sync', 'outcome']);
  const freshness = gauge(
    'sync_freshness_seconds',
    'Since the contact list was last known to be as the campaign was.',
    ['sync'],
  );
  const scheduled = gauge(
    'sync_scheduled',
    '1 where a schedule starts it; 0 without one, and while it is paused.',
    ['sync'],
  );
  const runs = counter('runs', 'Runs by how they ended, those of this process.', [
    'sync',
    'outcome',
    'dry_run',
  ]);
  const rows = counter('run_rows', 'Members of runs that were not dry, by what was done.', [
    'sync',
    'outcome',
  ]);
  const seconds = new Histogram({
    name: 'bridge_run_seconds',
    help: 'Time of a run, pauses included.',
    buckets: RUN_BUCKETS,
    registers,
  });
  /** By sync: what was counted of it, to be taken away with it. */
  const series = new Map<string, Map<string, () => void>>();

  function add(counted: Counter, labels: { sync: string } & Record<string, string>, value: number): void {
    counted.inc(labels, value);
    const known = series.get(labels.sync) ?? new Map<string, () => void>();
    known.set(JSON.stringify([labels, counted === rows]), () => counted.remove(labels));
    series.set(labels.sync, known);
  }

  return {
    runEnded(sync, { outcome, isDryRun, durationMs, rows: counts }) {
      add(runs, { sync, outcome, dry_run: String(isDryRun) }, 1);
      seconds.observe(durationMs / 1000);
      if (isDryRun) return;
      for (const [name, value] of Object.entries(counts))
        if (value > 0) add(rows, { sync, outcome: name }, value);
    },
    forgetSync(sync) {
      for (const remove of series.get(sync)?.values() ?? []) remove();
      series.delete(sync);
    },
    show(syncs) {
      for (const one of [status, last, freshness, scheduled]) one.reset();
      for (const { name: sync, status: word, isScheduled, lastOutcome, freshnessSeconds } of syncs) {
        for (const known of STATUS_WORDS) status.set({ sync, status: known }, known === word ? 1 : 0);
        scheduled.set({ sync }, isScheduled ? 1 : 0);
        if (lastOutcome !== undefined) last.set({ sync, outcome: lastOutcome }, 1);
        if (freshnessSeconds !== undefined) freshness.set({ sync }, freshnessSeconds);
      }
    },
  };
}
