/** Several processes on one port (WEB_CONCURRENCY): starts them, replaces those that die, and stops them in order. */
import cluster, { type Worker } from 'node:cluster';
import type { Log } from './telemetry/log.ts';

/** One that dies at once would be replaced at once, for ever: each death in a row doubles the wait, up to this. */
const REPLACE_MS_MIN = 500;
const REPLACE_MS_MAX = 30_000;
/** One that lived this long was well: its death starts the count anew. */
const WELL_AFTER_MS = 60_000;

export const isWorker = cluster.isWorker;

/** Of a process that is done: the channel to the one that started it would keep it alive. */
export function leaveCluster(): void {
  cluster.worker?.disconnect();
}

export function replaceAfterMs(deathsInARow: number): number {
  return Math.min(REPLACE_MS_MIN * 2 ** deathsInARow, REPLACE_MS_MAX);
}

/** Resolves when told to stop and every process has ended; a second signal ends them at once. */
export function runCluster(processes: number, log: Log): Promise<void> {
  let isStopping = false;
  let deathsInARow = 0;
  const startedAtMs = new Map<number, number>();

  function start(): Worker {
    const worker = cluster.fork();
    startedAtMs.set(worker.id, performance.now());
    return worker;
  }

  function replace(worker: Worker): void {
    const livedMs = performance.now() - (startedAtMs.get(worker.id) ?? 0);
    startedAtMs.delete(worker.id);
    if (livedMs > WELL_AFTER_MS) deathsInARow = 0;
    const waitMs = replaceAfterMs(deathsInARow);
    deathsInARow += 1;
    log.error({ pid: worker.process.pid, waitMs }, 'a process died and will be replaced');
    setTimeout(() => isStopping || start(), waitMs);
  }

  return new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals) => {
      const again = isStopping;
      isStopping = true;
      for (const worker of Object.values(cluster.workers ?? {}))
        worker?.process.kill(again ? 'SIGKILL' : signal);
      if (startedAtMs.size === 0) resolve();
    };
    cluster.on('exit', (worker) => {
      if (!isStopping) replace(worker);
      else if (startedAtMs.delete(worker.id) && startedAtMs.size === 0) resolve();
    });
    process.on('SIGTERM', stop).on('SIGINT', stop);
    for (let index = 0; index < processes; index += 1) start();
  });
}
