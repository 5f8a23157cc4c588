/** Runs, what they did, and rows that need someone, for a person at a terminal. Pure. */
import { grouped, phaseWords, timeLeft } from './progress-line.ts';
import type { PrintedCounts, Row, Run } from './run-schema.ts';
import { maskValue } from './mask.ts';
import { printable, table } from './table.ts';

interface CountLine {
  name: keyof PrintedCounts;
  did: string;
  would: string;
}

const COUNT_LINES: readonly CountLine[] = [
  { name: 'added', did: 'added', would: 'to add' },
  { name: 'changed', did: 'changed', would: 'to change' },
  { name: 'removed', did: 'removed', would: 'to remove' },
  { name: 'unchanged', did: 'unchanged', would: 'unchanged' },
  { name: 'skipped', did: 'skipped', would: 'skipped' },
  { name: 'invalid', did: 'invalid', would: 'invalid' },
  { name: 'failed', did: 'failed', would: 'failed' },
  { name: 'resultsRead', did: 'results read', would: 'results read' },
  { name: 'membersUpdated', did: 'members updated', would: 'members to update' },
];

/** What a run came to, and how long it took. */
function headline(run: Run): string {
  const kind = run.dryRun ? 'Dry run' : 'Run';
  return printable(`${kind} ${run.id} of ${run.sync}: ${run.status}${tookOf(run)}`);
}

function tookOf({ startedAt, finishedAt }: Run): string {
  if (startedAt === undefined || finishedAt === undefined) return '';
  return ` after ${timeLeft(Math.max(0, (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000))}`;
}

/** Every count in a line of its own; results that nothing maps last, since they are for someone to decide. */
function countLines({ counts, dryRun, unmapped = {} }: Run): string[] {
  const lines = [
    ['members read', counts.membersRead] as const,
    ...COUNT_LINES.map(({ name, did, would }) => [dryRun ? would : did, counts[name]] as const),
  ];
  const width = Math.max(...lines.map(([, count]) => grouped(count).length));
  const others = Object.entries(unmapped).map(
    ([result, members]) =>
      `  ${printable(result)}: ${grouped(members)} members; the sync maps it to no status`,
  );
  return [
    ...lines.map(([words, count]) => `  ${grouped(count).padStart(width)}  ${words}`),
    ...(others.length === 0 ? [] : ['Results without a member status:', ...others]),
  ];
}

export function runLines(run: Run): string[] {
  const { failure } = run;
  return [
    headline(run),
    ...countLines(run),
    ...(failure === undefined
      ? []
      : [printable(`${failure.code}: ${failure.detail ?? ''}`), printable(`Try: ${failure.remedy}`)]),
  ];
}

/** `4 added, 1 failed`; of a run that changed nothing, what it found. */
export function shortCounts({ counts, dryRun }: Run): string {
  const parts = COUNT_LINES.filter(({ name }) => name !== 'unchanged' && counts[name] > 0).map(
    ({ name, did, would }) => `${grouped(counts[name])} ${dryRun ? would : did}`,
  );
  return parts.length === 0 ? `${grouped(counts.unchanged)} unchanged` : parts.join(', ');
}

export function runListLines(runs: readonly Run[]): string[] {
  return table(
    ['ID', 'SYNC', 'STATUS', 'STARTED', 'WHAT IT DID'],
    runs.map((run) => [
      run.id,
      run.sync,
      run.finishedAt === undefined && run.status === 'Running' ? `Running: ${phaseWords(run)}` : run.status,
      run.startedAt ?? 'not yet',
      run.dryRun ? `dry run: ${shortCounts(run)}` : shortCounts(run),
    ]),
  );
}

/** @param masked Hides the person's values but for a hint. */
export function rowLines(rows: readonly Row[], masked: boolean): string[] {
  return table(
    ['MEMBER', 'OUTCOME', 'REASON', 'VALUE', 'WHAT IS WRONG AND WHAT TO DO'],
    rows.map(({ memberId, outcome, reasonCode, field, original, sentence, remedy }) => {
      const value = field === undefined ? null : (original[field] ?? null);
      return [
        memberId,
        outcome,
        reasonCode,
        String((masked ? maskValue(value) : value) ?? ''),
        `${sentence} ${remedy}`,
      ];
    }),
  );
}
