/** How a sync is, in one of the eight words, and what is due. Pure: the clock comes in. */
import { CronExpressionParser } from 'cron-parser';
import type { StatusWord } from '../status-words.ts';
import type { RunFailure, RunStatus } from './run-record.ts';
import type { Sync } from './sync.ts';

/** A tick is looked for every half minute, is due for one, and its run waits for a free place: later than this is late. */
export const LATE_AFTER_MS = 5 * 60_000;

/** What the word needs of a run. */
export interface RunOfSync {
  id: string;
  status: RunStatus;
  createdAt: Date;
  startedAt?: Date;
  finishedAt?: Date;
  failure?: RunFailure;
}

/** The runs of one sync that count. Cancelled runs and dry runs say nothing about how it is. */
export interface RunsOfSync<Run extends RunOfSync = RunOfSync> {
  /** The newest one of all, whatever it was. */
  newest?: Run;
  /** Not finished; there is one at most. */
  open?: Run;
  /** Newest that ended by itself and was no dry run. */
  ended?: Run;
  /** Newest that was no dry run, however it ended. */
  begun?: Run;
  /** Newest that read everything and left nothing undone. */
  complete?: Run;
}

export type ScheduledSync = Pick<Sync, 'schedule' | 'timeZone' | 'paused' | 'updatedAt'>;

function instants({ schedule, timeZone }: ScheduledSync, nowMs: number) {
  if (schedule === undefined) return undefined;
  return CronExpressionParser.parse(schedule, { tz: timeZone, currentDate: new Date(nowMs) });
}

/** @returns undefined where nothing will start it: no schedule, paused, or one that never comes (30 February). */
export function nextRunAt(sync: ScheduledSync, nowMs: number): Date | undefined {
  if (sync.paused) return undefined;
  try {
    return instants(sync, nowMs)?.next().toDate();
  } catch {
    return undefined;
  }
}

/** The last time at which a run ought to have begun by now; undefined where there was none. */
function dueAt(sync: ScheduledSync, nowMs: number): Date | undefined {
  try {
    // The parser looks strictly before its instant.
    return instants(sync, nowMs - LATE_AFTER_MS + 1)
      ?.prev()
      .toDate();
  } catch {
    return undefined;
  }
}

/** Whether a scheduled run did not begin. A run that anybody started since then, and that still goes on, is as good. */
export function isLate(sync: ScheduledSync, { begun, open }: RunsOfSync, nowMs: number): boolean {
  if (sync.paused || open !== undefined) return false;
  const due = dueAt(sync, nowMs);
  // Saved after that instant: it was not in force then.
  if (due === undefined || due <= sync.updatedAt) return false;
  const lastBusyAt = begun?.finishedAt ?? begun?.createdAt;
  return lastBusyAt === undefined || lastBusyAt < due;
}

const WORD_OF_END = {
  'Action needed': 'Action needed',
  Failed: 'Failed',
  'Part failed': 'Part failed',
  Healthy: 'Healthy',
  Paused: 'Unknown',
  Running: 'Unknown',
} as const satisfies Record<RunStatus, StatusWord>;

/** What goes on now comes first, then what somebody wanted, then what somebody has to do. */
export function syncStatus(sync: ScheduledSync, runs: RunsOfSync, nowMs: number): StatusWord {
  const { open, ended } = runs;
  if (open?.status === 'Running') return 'Running';
  if (sync.paused || open?.status === 'Paused') return 'Paused';
  const word = ended === undefined ? 'Unknown' : WORD_OF_END[ended.status];
  if (word === 'Action needed' || word === 'Failed') return word;
  return isLate(sync, runs, nowMs) ? 'Late' : word;
}

/** When the contact list was last known to be as the campaign was: what changed after the reading began may be missing. */
export function freshAt({ complete }: RunsOfSync): Date | undefined {
  return complete?.startedAt;
}
