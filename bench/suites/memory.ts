/** What the bridge holds in memory over its idle self while it syncs a campaign and brings its results back, with either database. */
import { measureSync, type MeasuredSync } from '../sync/measure-sync.ts';
import { mebibytes, whole, type Table } from '../report.ts';
import type { SuiteOptions, SuiteResult } from '../suite.ts';

const STEPS = ['first run', 'everyone called', 'nothing changed'] as const;

function rows(database: string, members: number, { idleBytes, steps }: MeasuredSync): string[][] {
  return steps.map(({ step, seconds, peakBytes }) => [
    `${whole(members)}, ${database}: ${step}`,
    whole(seconds),
    mebibytes(idleBytes),
    mebibytes(peakBytes - idleBytes),
  ]);
}

export async function memorySuite(options: SuiteOptions): Promise<SuiteResult> {
  const { start, createDatabase, isQuick, profileDirectory } = options;
  const members = isQuick ? 500 : Math.max(...options.members);
  const table: Table = {
    title: 'Memory of a sync',
    notes: [
      'Resident memory of the bridge, the most of ten samples a second. "Embedded" has the database in the same process.',
    ],
    columns: ['members', 'seconds', 'idle MiB', 'MiB over idle'],
    rows: [],
  };
  const databases = [
    ...(createDatabase === undefined ? [] : [{ name: 'server', url: await createDatabase() }]),
    { name: 'embedded', url: undefined },
  ];
  const all: string[][] = [];
  for (const { name, url } of databases) {
    const sync = await measureSync({
      start,
      members,
      steps: STEPS,
      ...(url === undefined ? {} : { databaseUrl: url }),
      ...(isQuick ? { idleMs: 0 } : {}),
      ...(profileDirectory === undefined ? {} : { profileDirectory }),
    });
    all.push(...rows(name, members, sync));
  }
  return { errors: 0, requests: 0, tables: [{ ...table, rows: all }] };
}
