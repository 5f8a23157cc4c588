/** The rows of a run: who was left out, taken off or refused, and why. They hold personal data, and nothing else of a run does. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { Queries } from '../campaigns/ledger.ts';
import { ROW_OUTCOMES, type RowOutcome } from '../campaigns/row-reason.ts';
import { csvHeader, csvLines } from '../campaigns/rows-csv.ts';
import { listRowFields } from '../campaigns/run-row-fields.ts';
import { ROWS_LIMIT_MAX, type RunRowView } from '../campaigns/run-rows.ts';
import type { RunStore } from '../campaigns/run-store.ts';
import type { SyncStore } from '../campaigns/sync-store.ts';
import { fieldsOf } from '../campaigns/sync.ts';
import type { Database } from '../database/database.ts';
import type { ActivityStore } from '../telemetry/activity.ts';
import { parseInput } from '../validation.ts';
import { pageLimit } from './page-limit.ts';
import type { Route } from './route.ts';
import { MAY_USE_SYNC, usableRun } from './sync-access.ts';

const TAG = 'Runs';

const outcome = z.enum(ROW_OUTCOMES).optional().describe('Rows of this outcome only.');
const fileSchema = z.strictObject({ outcome });
const pageSchema = z.strictObject({
  outcome,
  after: z
    .string()
    .regex(/^\d{1,15}$/, 'must be the nextAfter of the page before')
    .optional()
    .describe('nextAfter of the page before.'),
  limit: pageLimit(ROWS_LIMIT_MAX, 'Rows a page; default 100.'),
});

const rowsSchema = z.object({
  rows: z.array(
    z.object({
      seq: z.int().describe('Place in the run.'),
      memberId: z.string(),
      outcome: z.enum(ROW_OUTCOMES),
      reasonCode: z.string(),
      sentence: z.string(),
      remedy: z.string(),
      field: z.string().optional().describe('Of Salesforce, that the reason is about.'),
      original: z.record(z.string(), z.any()).describe('Field -> value as it was read. Personal data.'),
    }),
  ),
  nextAfter: z.int().optional().describe('Pass it as after for the next page. Absent on the last one.'),
});

export interface RunRowRouteParts {
  syncs: SyncStore;
  runs: RunStore;
  database: Database;
  activity: Pick<ActivityStore, 'record' | 'recordChange'>;
}

function withoutNulls({ original, ...row }: RunRowView) {
  return {
    ...row,
    original: Object.fromEntries(Object.entries(original).filter(([, value]) => value !== null)),
  };
}

interface RowsFile {
  run: string;
  fields: readonly string[];
  outcome: RowOutcome | undefined;
}

/** One page in memory at a time; the next is read when the one before has been taken. */
async function* linesOf(
  runs: Pick<RunStore, 'rows'>,
  { run, fields, outcome: wanted }: RowsFile,
): AsyncGenerator<string> {
  yield csvHeader(fields);
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: Awaited<ReturnType<RunStore['rows']>> = await runs.rows(run, {
      after,
      limit: ROWS_LIMIT_MAX,
      ...(wanted === undefined ? {} : { outcome: wanted }),
    });
    if (page.rows.length > 0) yield csvLines(page.rows, fields);
    after = page.nextAfter;
  }
}

export function runRowRoutes({ syncs, runs, database, activity }: RunRowRouteParts): Route[] {
  const fieldsFor = (db: Queries, run: string, sync: string, wanted: RowOutcome | undefined) => {
    const settings = syncs.find(sync);
    return listRowFields(db, run, {
      outcome: wanted,
      mapped: settings === undefined ? [] : fieldsOf(settings),
    });
  };
  return [
    {
      method: 'get',
      path: '/v1/runs/{id}/rows',
      operationId: 'listRows',
      tag: TAG,
      summary: 'Read the rows of a run',
      description: 'Members that were skipped, invalid, failed, removed or sent in part. Kept 30 days.',
      handlerPermission: MAY_USE_SYNC,
      query: pageSchema,
      answers: { 200: { description: 'One page.', schema: rowsSchema } },
      problems: [404],
      async handle({ params, query, caller }) {
        const { id } = await usableRun(runs, caller, params.id!);
        const { outcome: wanted, after, limit } = parseInput(pageSchema, { ...query });
        const page = await runs.rows(id, {
          ...(wanted === undefined ? {} : { outcome: wanted }),
          ...(after === undefined ? {} : { after: Number(after) }),
          ...(limit === undefined ? {} : { limit: Number(limit) }),
        });
        return { ...page, rows: page.rows.map(withoutNulls) };
      },
    },
    {
      method: 'get',
      path: '/v1/runs/{id}/rows.csv',
      operationId: 'rowsCsv',
      tag: TAG,
      summary: 'Read the rows of a run as a file',
      description:
        'sf__Id, sf__Error, reasonCode, then the original columns. A text that a spreadsheet would take for a formula begins with an apostrophe; phone numbers are as they were.',
      handlerPermission: MAY_USE_SYNC,
      query: fileSchema,
      answers: { 200: { description: 'All rows.', contentType: 'text/csv', schema: z.string() } },
      problems: [404],
      async handle({ params, query, caller, correlationId, response, request, signal }) {
        const { id, sync } = await usableRun(runs, caller, params.id!);
        const { outcome: wanted } = parseInput(fileSchema, { ...query });
        const fields = await fieldsFor(database.db, id, sync, wanted);
        const summary = `rows of run ${id} of ${sync} read as a file`;
        activity.record({ kind: 'run', result: 'rowsRead', caller: caller.name, correlationId, summary });
        response.writeHead(200, {
          'Cache-Control': 'no-store',
          'Content-Type': 'text/csv; charset=utf-8',
          'Content-Disposition': `attachment; filename="${sync}-${id}-rows.csv"`,
        });
        if (request.method === 'HEAD') return void response.end();
        // Too late for a problem: a file that is cut off shows as such, since its end is missing.
        await pipeline(Readable.from(linesOf(runs, { run: id, fields, outcome: wanted })), response, {
          signal,
        }).catch(() => response.destroy());
        return undefined;
      },
    },
  ];
}
