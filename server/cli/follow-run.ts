/** Watches a run until it has ended, showing how far it has come. */
import { BridgeError } from '../errors.ts';
import { pause } from '../pause.ts';
import { pathTo, type BridgeApi } from './bridge-api.ts';
import { CommandError } from './command-error.ts';
import { EXIT_CODE } from './exit-code.ts';
import { plainLine, progressLine } from './progress-line.ts';
import { runSchema, type Run } from './run-schema.ts';
import type { Terminal } from './terminal.ts';

export interface FollowOptions {
  /** Between two questions, once a run has gone on for a while. Default 500 on a screen, 2,000 elsewhere. */
  intervalMs?: number;
  /** At most one plain line in this time, and one whenever the phase changes. */
  plainEveryMs?: number;
  /** How long a bridge may be gone, for a restart or a network that fails, before the watching ends. */
  patienceMs?: number;
  monotonicMs?: () => number;
}

// Ten seconds: a log of an hour's run stays a page.
const PLAIN_EVERY_MS = 10_000;
const PATIENCE_MS = 60_000;
const SCREEN_INTERVAL_MS = 500;
const PLAIN_INTERVAL_MS = 2_000;
/** A run with little to do is over before anyone would have waited. */
const FIRST_INTERVAL_MS = 150;
const INTERVAL_GROWTH = 1.3;

export function hasEnded({ finishedAt, status, wanted }: Run): boolean {
  return finishedAt !== undefined || (status === 'Paused' && wanted === undefined);
}

/** What may be over in a moment: the bridge is gone or busy. What it refuses stays refused. */
export function mayPass(error: unknown): error is BridgeError | CommandError {
  if (error instanceof CommandError) return error.exitCode === EXIT_CODE.upstreamUnreachable;
  return error instanceof BridgeError && error.entry.retryable;
}

interface Shown {
  show(run: Run): void;
  end(): void;
}

function onScreen({ columns, draw }: NonNullable<Terminal['live']>): Shown {
  return { show: (run) => draw(progressLine(run, columns())), end: () => draw('') };
}

function inLines(say: Terminal['say'], everyMs: number, monotonicMs: () => number): Shown {
  let [phase, saidAtMs] = ['', -Infinity];
  return {
    show(run) {
      const isNews = run.phase !== phase && run.startedAt !== undefined;
      if (!isNews && monotonicMs() - saidAtMs < everyMs) return;
      [phase, saidAtMs] = [run.phase, monotonicMs()];
      say(plainLine(run));
    },
    end: () => undefined,
  };
}

/**
 * @param interrupted Aborted when the person has seen enough; the run goes on without being watched.
 * @returns the run as it was last seen; ended, unless interrupted.
 * @throws BridgeError as the bridge answered; CommandError where the bridge stays away longer than `patienceMs`.
 */
export async function followRun(
  api: BridgeApi,
  started: Run,
  terminal: Pick<Terminal, 'say' | 'live'>,
  interrupted: AbortSignal,
  options: FollowOptions = {},
): Promise<Run> {
  const {
    plainEveryMs = PLAIN_EVERY_MS,
    patienceMs = PATIENCE_MS,
    monotonicMs = () => performance.now(),
  } = options;
  const { live, say } = terminal;
  const intervalMs = options.intervalMs ?? (live === undefined ? PLAIN_INTERVAL_MS : SCREEN_INTERVAL_MS);
  const shown = live === undefined ? inLines(say, plainEveryMs, monotonicMs) : onScreen(live);
  let run = started;
  let answeredAtMs = monotonicMs();
  let nextMs = Math.min(FIRST_INTERVAL_MS, intervalMs);
  try {
    while (!hasEnded(run) && !interrupted.aborted) {
      shown.show(run);
      await pause(nextMs, interrupted);
      nextMs = Math.min(nextMs * INTERVAL_GROWTH, intervalMs);
      if (interrupted.aborted) break;
      try {
        run = await api.ask('GET', pathTo('runs', run.id), runSchema);
        answeredAtMs = monotonicMs();
      } catch (error) {
        if (!mayPass(error) || monotonicMs() - answeredAtMs > patienceMs) throw error;
      }
    }
    return run;
  } finally {
    shown.end();
  }
}
