/** Several processes on one port (WEB_CONCURRENCY): starts them, replaces those that die, and stops them in order. */
import cluster, { type Worker } from 'node:cluster';
import type { Log } from './telemetry/log.ts';

/** One that dies at once would be replaced at once, for ever: each death in a row doubles the wait, up to this. */
const REPLACE_MS_MIN = 500;
const REPLACE_MS_MAX = 30_000;
/** One that lived this long was well: its death starts the count anew. */
const WELL_AFTER_MS = 60_000;

/**
 * Each process takes connections from the port by itself. The other way, the one that started them takes all and hands them on: of one that
 * is on its way to a process that is killed, nobody ever hears again, its caller least of all.
 */
cluster.schedulingPolicy = cluster.SCHED_NONE;

export const isWorker = cluster.isWorker;

/** Of a process that is done: the channel to the one that started it would keep it alive. */
export function leaveCluster(): void {
  cluster.worker?.disconnect();
}

export function replaceAfterMs(deathsInARow: number): number {
  return Math.min(REPLACE_MS_MIN * 2 ** deathsInARow, REPLACE_MS_MAX);
}

export interface ClusterOptions {
  /**
   * Exit code of a process for which someone has to put something right. As long as none has listened, it ends them all: another start
   * would find the same. Later it may be of a moment, and the process is replaced.
   */
  hopeless: number;
}

/**
 * Resolves when every process has ended, told to or without hope; a second signal ends them at once.
 * @returns the exit code.
 */
export function runCluster(processes: number, log: Log, { hopeless }: ClusterOptions): Promise<number> {
  let isStopping = false;
  let hasListened = false;
  let exitCode = 0;
  let deathsInARow = 0;
  const startedAtMs = new Map<number, number>();
  const waiting = new Set<NodeJS.Timeout>();

  function start(): void {
    startedAtMs.set(cluster.fork().id, performance.now());
  }

  function replace(worker: Worker): void {
    const livedMs = performance.now() - (startedAtMs.get(worker.id) ?? 0);
    startedAtMs.delete(worker.id);
    if (livedMs > WELL_AFTER_MS) deathsInARow = 0;
    const waitMs = replaceAfterMs(deathsInARow);
    deathsInARow += 1;
    log.error({ pid: worker.process.pid, waitMs }, 'a process died and will be replaced');
    const timer = setTimeout(() => {
      waiting.delete(timer);
      start();
    }, waitMs);
    waiting.add(timer);
  }

  return new Promise((resolve) => {
    const endAll = (signal: NodeJS.Signals) => {
      isStopping = true;
      waiting.forEach((timer) => clearTimeout(timer));
      for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill(signal);
      if (startedAtMs.size === 0) resolve(exitCode);
    };
    cluster.on('listening', () => (hasListened = true));
    cluster.on('exit', (worker, code) => {
      if (!isStopping && (hasListened || code !== hopeless)) return replace(worker);
      startedAtMs.delete(worker.id);
      if (!isStopping) {
        exitCode = code;
        endAll('SIGTERM');
      } else if (startedAtMs.size === 0) resolve(exitCode);
    });
    const stop = (signal: NodeJS.Signals) => endAll(isStopping ? 'SIGKILL' : signal);
    process.on('SIGTERM', stop).on('SIGINT', stop);
    for (let index = 0; index < processes; index += 1) start();
  });
}
