/** Rows of a Bulk API 2.0 query, streamed: a page of its result is never whole in memory, and one that breaks off is taken up where it broke. */
import type { Readable } from 'node:stream';
import { resumedCsvBatches } from '../connections/csv-batches.ts';
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

/** A result does not change once the job is done: a page that broke off is the same one when it is asked for again. */
async function* pageRows(
  { session, open }: BulkQueryParts,
  path: string,
  told: { locator: string },
): AsyncGenerator<BulkRows> {
  let headers: OpenedResult['headers'] = {};
  let columns: string[] | undefined;
  let read = 0;
  const openPage = () =>
    session.repeated(async () => {
      const result = await open(path);
      ({ headers } = result);
      return result.body;
    });
  for await (const rows of resumedCsvBatches(openPage)) {
    columns ??= rows.shift()!;
    read += rows.length;
    if (rows.length > 0) yield { columns, rows };
  }
  const expected = headers['sforce-numberofrecords'];
  if (expected !== undefined && Number(expected) !== read) throw unreadableAnswer('a page of a Bulk result');
  const locator = headers['sforce-locator'];
  // A header that something in between has dropped must not end the result early.
  if (locator === undefined && read >= PAGE_ROWS) throw unreadableAnswer('a page of a Bulk result');
  told.locator = locator ?? NO_MORE;
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
      yield* pageRows(parts, `${path}/results?maxRecords=${PAGE_ROWS}${locator}`, told);
    }
  } finally {
    await forgetJob(parts, path);
  }
}
