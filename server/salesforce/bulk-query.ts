/** Rows of a Bulk API 2.0 query, streamed: a page of its result is never whole in memory, and one that breaks off is taken up where it broke. */
import type { Readable } from 'node:stream';
import { csvBatches } from '../connections/csv-batches.ts';
import { TransportError } from '../transport/transport-error.ts';
import { forgetJob, startJob, waitForJob, type BulkParts } from './bulk-job.ts';
import { unreadableAnswer } from './salesforce-refusal.ts';

/** Rows of one page of a result. Small enough that a page which broke off is soon read again. */
const PAGE_ROWS = 25_000;
const NO_MORE = 'null';

export interface OpenedResult {
  headers: Readonly<Record<string, string>>;
  body: Readable;
}

export interface BulkQueryParts extends BulkParts {
  /** A GET whose answer streams. @param path Below the API version. */
  open(path: string): Promise<OpenedResult>;
}

export interface BulkRows {
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

/** Counts what it gives out in `progress`, so that the reader of a page that broke off can skip as many. */
async function* pageRows(
  { headers, body }: OpenedResult,
  progress: { rows: number },
): AsyncGenerator<BulkRows> {
  const skip = progress.rows;
  let columns: string[] | undefined;
  let read = 0;
  for await (const batch of csvBatches(body)) {
    columns ??= batch.shift()!;
    const rows = batch.slice(Math.max(0, skip - read));
    read += batch.length;
    progress.rows = Math.max(skip, read);
    if (rows.length > 0) yield { columns, rows };
  }
  const expected = headers['sforce-numberofrecords'];
  if (expected !== undefined && Number(expected) !== read) throw unreadableAnswer('a page of a Bulk result');
}

/** A result does not change once the job is done: the page that broke off is the same one when it is asked for again. */
async function* wholePage(
  parts: BulkQueryParts,
  path: string,
  told: { locator: string },
): AsyncGenerator<BulkRows> {
  const progress = { rows: 0 };
  for (let breaks = 0; ; breaks += 1) {
    const result = await parts.session.repeated(() => parts.open(path));
    try {
      yield* pageRows(result, progress);
      told.locator = result.headers['sforce-locator'] ?? NO_MORE;
      return;
    } catch (error) {
      if (breaks === 3 || !isBreak(error)) throw error;
    }
  }
}

function isBreak(error: unknown): boolean {
  if (error instanceof TransportError) return true;
  const { code } = (error ?? {}) as { code?: unknown };
  return code === 'upstream_failure' || (typeof code === 'string' && code.startsWith('CSV_'));
}

/** @throws BridgeError. Ends the job where the reader stops early, too. */
export async function* bulkQuery(parts: BulkQueryParts, soql: string): AsyncGenerator<BulkRows> {
  const id = await startJob(parts, 'query', { operation: 'query', query: soql });
  const path = `/jobs/query/${id}`;
  try {
    await waitForJob(parts, path);
    const told = { locator: '' };
    while (told.locator !== NO_MORE) {
      const locator = told.locator === '' ? '' : `&locator=${encodeURIComponent(told.locator)}`;
      yield* wholePage(parts, `${path}/results?maxRecords=${PAGE_ROWS}${locator}`, told);
    }
  } finally {
    await forgetJob(parts, path);
  }
}
