/** A campaign sent, looked at again, and sent where it changed: beside what moving the same members costs at the least. */
import { measureSync, type MeasuredStep, type MeasuredSync } from '../sync/measure-sync.ts';
import { summarise, type StepSummary, type SyncSummary } from '../sync/sync-rounds.ts';
import { mebibytes, ratio, whole, type Table } from '../report.ts';
import type { SuiteOptions, SuiteResult } from '../suite.ts';

/** A list is sent whole once, and what changed since every few minutes. */
const STEPS = [
  'first run',
  ...Array.from({ length: 3 }, () => 'nothing changed' as const),
  ...Array.from({ length: 3 }, () => '1 % changed' as const),
] as const;
/** PureCloud's own. */
const REQUESTS_PER_MINUTE = 300;
const CONTACTS_PER_REQUEST = 1_000;
const QUOTA_MINUTES = 2;
const MINUTE_MS = 60_000;

function percent(value: number): string {
  return `${(value * 100).toFixed(1)} %`;
}

function floorRow({ members, floor: { seconds, cpuUs } }: SyncSummary): string[] {
  return [
    `${whole(members)}: undici floor`,
    seconds.toFixed(2),
    '',
    whole(members / seconds),
    ratio(1),
    '',
    (cpuUs / members).toFixed(1),
    '',
    '',
  ];
}

function stepRow(one: StepSummary, { members, steps, floor }: SyncSummary): string[] {
  const [first] = steps;
  const { step, seconds, cpuUs, sandboxCpuUs, overIdleBytes } = one;
  return [
    `${whole(members)}: ${step}`,
    seconds.toFixed(2),
    (sandboxCpuUs / 1e6).toFixed(2),
    whole(members / seconds),
    one === first ? ratio(floor.seconds / seconds) : '',
    one === first ? '' : percent(seconds / first!.seconds),
    (cpuUs / members).toFixed(1),
    one === first ? '' : percent(cpuUs / first!.cpuUs),
    mebibytes(overIdleBytes),
  ];
}

function speedTable(summaries: readonly SyncSummary[]): Table {
  return {
    title: 'Campaign sync',
    notes: [
      'The floor reads the members with undici and JSON.parse in pages of 2,000 and posts them in batches of 1,000: no database, no rule, one request after the other. It is measured before and after the bridge in each round, the runs after the first one are made three times in each, and medians count; of memory, the most. The bridge reads more of a member (consent, country, stamps), above 20,000 members by a Bulk job, for which it waits, and keeps its ledger in the database. It has made dry runs before, as the floor has run before.',
      'Org and dialler are the sandbox, in one process, without a limit of requests; they and a PostgreSQL server share the other cores, and what they do takes the same time from either. "Theirs" is the CPU time of org and dialler. All other CPU time is of the bridge alone.',
      'The sync brings no results back. One that does waits for an export of the contact list in each run, as long as PureCloud takes for it.',
    ],
    columns: [
      'members',
      'seconds',
      'theirs, s',
      'members/s',
      'of the floor',
      'of the first run',
      'CPU µs/member',
      'of the first run by CPU',
      'MiB over idle',
    ],
    rows: summaries.flatMap((sync) => [floorRow(sync), ...sync.steps.map((step) => stepRow(step, sync))]),
  };
}

/** Part of the quota that was used, over whole minutes from the first call on: a window that begins elsewhere has seen the same permits. */
function quotaUsed(atMs: readonly number[]): { used: number; minutes: number; calls: number } {
  const [first = 0] = atMs;
  const minutes = Math.floor(((atMs.at(-1) ?? first) - first) / MINUTE_MS);
  if (minutes < 1) throw new Error('The run was over before the quota could be met');
  const calls = atMs.filter((at) => at - first < minutes * MINUTE_MS).length;
  return { used: calls / (minutes * REQUESTS_PER_MINUTE), minutes, calls };
}

function mostInAMinute(atMs: readonly number[]): number {
  const within = atMs.map((from) => atMs.filter((at) => at >= from && at < from + MINUTE_MS).length);
  return Math.max(0, ...within);
}

async function quotaTable(options: SuiteOptions): Promise<Table> {
  const { start, createDatabase } = options;
  const members = REQUESTS_PER_MINUTE * QUOTA_MINUTES * CONTACTS_PER_REQUEST;
  const databaseUrl = await createDatabase?.();
  const { steps } = await measureSync({
    start,
    members,
    steps: ['first run'],
    requestsPerMinute: REQUESTS_PER_MINUTE,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
  });
  const [{ callsAtMs, cpuUs, seconds: runSeconds }] = steps as [MeasuredStep];
  const { used, minutes, calls } = quotaUsed(callsAtMs);
  return {
    title: 'Campaign sync under the quota of PureCloud',
    notes: [
      `${whole(members)} members, with ${REQUESTS_PER_MINUTE} requests a minute allowed: ${QUOTA_MINUTES} minutes' worth, and no longer. Counted over whole minutes from the first call on; of the calls, a few are no batches. "Busy" is the CPU time of the bridge alone: what it waits for in the database, in the sandbox and for its own permits is not told apart.`,
    ],
    columns: ['calls', 'minutes', 'of the quota', 'most in 60 s', 'contacts/s', 'busy'],
    rows: [
      [
        whole(calls),
        whole(minutes),
        percent(used),
        whole(mostInAMinute(callsAtMs)),
        whole((steps[0]!.counts.added ?? 0) / runSeconds),
        percent(cpuUs / 1e6 / runSeconds),
      ],
    ],
  };
}

async function oneRound(options: SuiteOptions, members: number): Promise<MeasuredSync> {
  const { start, createDatabase, isQuick, profileDirectory } = options;
  const databaseUrl = await createDatabase?.();
  return await measureSync({
    start,
    members,
    steps: STEPS,
    withFloor: true,
    isWarm: !isQuick,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(isQuick ? { idleMs: 0 } : {}),
    ...(profileDirectory === undefined ? {} : { profileDirectory }),
  });
}

export async function syncSuite(options: SuiteOptions): Promise<SuiteResult> {
  const { isQuick, rounds } = options;
  const summaries: SyncSummary[] = [];
  const all: MeasuredStep[] = [];
  for (const members of isQuick ? [500] : options.members) {
    const measured: MeasuredSync[] = [];
    for (let round = 0; round < rounds; round += 1) measured.push(await oneRound(options, members));
    all.push(...measured.flatMap(({ steps }) => steps));
    summaries.push(summarise(members, measured));
  }
  return {
    errors: all.filter(({ counts }) => (counts.failed ?? 0) > 0).length,
    requests: all.reduce((sum, { callsAtMs }) => sum + callsAtMs.length, 0),
    tables: [speedTable(summaries), ...(isQuick ? [] : [await quotaTable(options)])],
  };
}
