/** A run that goes on, in one line: drawn over itself on a screen, or now and then as a line of its own. Pure. */
import type { Run } from './run-schema.ts';
import { printable } from './table.ts';

const PHASE_WORDS: Record<string, string> = {
  read: 'Reading members',
  check: 'Checking',
  send: 'Sending contacts',
  confirm: 'Confirming',
  writeBack: 'Writing results',
  done: 'Done',
};
const PHASE_WIDTH = 16;
const BAR_WIDTH_MIN = 8;
const BAR_WIDTH_MAX = 32;

export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** `45 s`, `3 min`, `2 h 5 min`. */
export function timeLeft(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function phaseWords({ status, phase, startedAt, wanted, retryAt }: Run): string {
  if (wanted === 'pause') return 'Pausing';
  if (wanted === 'cancel') return 'Cancelling';
  if (status === 'Running' && retryAt !== undefined) return 'Trying again';
  if (status === 'Running' && startedAt === undefined) return 'Waiting to begin';
  return PHASE_WORDS[phase] ?? printable(phase);
}

/** From 0 to 1; undefined where the end is not known. */
function shareOf({ counts, membersTotal }: Run): number | undefined {
  if (membersTotal === undefined || membersTotal <= 0) return undefined;
  return Math.min(1, counts.membersRead / membersTotal);
}

function factsOf(run: Run): string[] {
  const { counts, membersTotal, ratePerSecond = 0, secondsLeft } = run;
  const share = shareOf(run);
  const isReading = run.retryAt === undefined && run.phase !== 'writeBack' && run.phase !== 'done';
  const isWaiting = run.startedAt === undefined && run.retryAt === undefined && counts.membersRead === 0;
  if (isWaiting) return [];
  return [
    ...(share === undefined ? [] : [`${Math.floor(share * 100)} %`]),
    membersTotal === undefined
      ? grouped(counts.membersRead)
      : `${grouped(counts.membersRead)} of ${grouped(membersTotal)}`,
    ...(isReading && ratePerSecond > 0 ? [`${grouped(Math.round(ratePerSecond))}/s`] : []),
    ...(isReading && secondsLeft !== undefined && secondsLeft > 0 ? [`${timeLeft(secondsLeft)} left`] : []),
    ...(counts.failed > 0 ? [`${grouped(counts.failed)} failed`] : []),
    ...(run.retryAt === undefined
      ? []
      : [printable(`${run.failure?.code ?? 'failed'}, again at ${run.retryAt}`)]),
    ...(counts.resultsRead > 0 ? [`${grouped(counts.resultsRead)} results`] : []),
  ];
}

/** @param columns Width of the screen; the line is never wider, since a line that wraps cannot be drawn over. */
export function progressBar(
  words: string,
  share: number | undefined,
  facts: string,
  columns: number,
): string {
  const head = words.padEnd(PHASE_WIDTH);
  const room = columns - 1 - head.length - facts.length - 4;
  if (share === undefined || room < BAR_WIDTH_MIN) return `${head}  ${facts}`.trimEnd().slice(0, columns - 1);
  const width = Math.min(BAR_WIDTH_MAX, room);
  const full = Math.floor(Math.min(1, share) * width);
  return `${head}  ${'█'.repeat(full)}${'░'.repeat(width - full)}  ${facts}`;
}

export function progressLine(run: Run, columns: number): string {
  return progressBar(phaseWords(run), shareOf(run), factsOf(run).join('  '), columns);
}

export function plainLine(run: Run): string {
  return [phaseWords(run), factsOf(run).join(', ')].filter((part) => part !== '').join(': ');
}
