/** What happened to a run, as an entry of the activity. Pure. */
import type { ActivityEntry } from '../telemetry/activity.ts';
import { COUNT_NAMES } from './counts.ts';
import type { RunRecord } from './run-record.ts';

function kindOf({ dryRun, retryOf }: RunRecord): string {
  if (dryRun) return 'Dry run';
  return retryOf === undefined ? 'Run' : 'Retry of failed rows';
}

function countsOf({ counts }: RunRecord): string {
  const shown = COUNT_NAMES.filter((name) => counts[name] > 0).map((name) => `${name} ${counts[name]}`);
  return shown.length === 0 ? 'nothing to do' : shown.join(', ');
}

function entryOf(run: RunRecord, result: string, sentence: string): ActivityEntry {
  const summary = `${kindOf(run)} ${run.id} of the sync ${run.sync} ${sentence}`;
  return { kind: 'run', result, caller: run.startedBy, summary };
}

/** @returns undefined where the run was taken up again: nothing is new about it. */
export function begunActivity(run: RunRecord): ActivityEntry | undefined {
  return run.checkpoint === undefined ? entryOf(run, 'Running', 'began') : undefined;
}

/** Of a run that ended, was paused, or failed and waits for its next try. */
export function endedActivity(run: RunRecord): ActivityEntry {
  const { status, failure, retryAt, startedAt, finishedAt } = run;
  if (retryAt !== undefined) {
    const sentence = `could not go on (${failure?.code}) and is tried again at ${retryAt.toISOString()}`;
    return entryOf(run, failure?.code ?? status, sentence);
  }
  if (status === 'Paused') return entryOf(run, status, `was paused: ${countsOf(run)}`);
  const result = status === 'Healthy' ? 'Success' : (failure?.code ?? status);
  const times =
    startedAt === undefined || finishedAt === undefined
      ? {}
      : { durationMs: finishedAt.getTime() - startedAt.getTime() };
  return { ...entryOf(run, result, `ended ${status}: ${countsOf(run)}`), ...times };
}
