/** `/jobs/query`: Bulk API 2.0, rows read as pages of CSV. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Router, type Response } from 'express';
import { csvCell, createJobIds, jobInfo, lookAt, type BulkJob } from './bulk-jobs.ts';
import { scopeOf, type OrgParts } from './org-http.ts';
import { OrgRefusal } from './org-refusal.ts';
import { parseSoql } from './soql/parse-soql.ts';
import { runQuery, shownValue, type FoundRows } from './soql/run-query.ts';

const PAGE_ROWS = 50_000;
const CHUNK_ROWS = 500;

export interface BulkOptions {
  /** How many times a job is asked for in vain. */
  polls: number;
}

interface QueryJob extends BulkJob {
  query: string;
  found?: FoundRows;
}

function* csvPage({ rows, fields }: FoundRows, start: number, end: number): Generator<string> {
  const paths = fields.map(({ steps, field }) => [...steps.map(({ name }) => name), field.name].join('.'));
  yield `${paths.map(csvCell).join(',')}\n`;
  for (let from = start; from < end; from += CHUNK_ROWS) {
    const lines = Array.from(rows.subarray(from, Math.min(end, from + CHUNK_ROWS)), (row) =>
      fields.map(({ read, type }) => csvCell(shownValue(read(row), type, 'Z'))).join(','),
    );
    yield `${lines.join('\n')}\n`;
  }
}

/** A locator is opaque to its reader; this one is the row to go on from. */
function startOf(locator: unknown): number {
  if (typeof locator !== 'string') return 0;
  const start = Number(Buffer.from(locator, 'base64url').toString());
  if (!Number.isInteger(start)) throw new OrgRefusal(400, 'INVALIDLOCATOR', 'The locator is not valid.');
  return start;
}

async function sendPage(res: Response, found: FoundRows, start: number, maxRecords: number): Promise<void> {
  const end = Math.min(start + maxRecords, found.rows.length);
  const next = end < found.rows.length ? Buffer.from(String(end)).toString('base64url') : 'null';
  res.set({ 'Sforce-Locator': next, 'Sforce-NumberOfRecords': String(end - start) }).type('text/csv');
  await pipeline(Readable.from(csvPage(found, start, end)), res).catch(() => undefined);
}

export function createBulkQueryRouter(parts: OrgParts, bulk: BulkOptions): Router {
  const router = Router({ mergeParams: true });
  const jobs = new Map<string, QueryJob>();
  const nextId = createJobIds();
  const jobOf = (id: string): QueryJob => {
    const job = jobs.get(id);
    if (job === undefined) throw new OrgRefusal(404, 'NOT_FOUND', 'The requested resource does not exist');
    return job;
  };

  router.post('/', async (req, res) => {
    const { operation, query } = (req.body ?? {}) as { operation?: unknown; query?: unknown };
    if ((operation !== 'query' && operation !== 'queryAll') || typeof query !== 'string')
      throw new OrgRefusal(400, 'INVALIDJOB', 'operation and query are needed.');
    const parsed = await parseSoql(query);
    if (parsed.fields === undefined)
      throw new OrgRefusal(400, 'API_ERROR', 'Aggregate queries are not supported in Bulk API 2.0.');
    const job: QueryJob = {
      id: nextId(),
      state: 'UploadComplete',
      object: parsed.object,
      operation,
      query,
      createdDate: new Date(parts.org.now()).toISOString(),
      createdById: parts.sessionOf(res).user.userId,
      pendingPolls: bulk.polls,
      found: runQuery(parsed, scopeOf(parts, res), operation === 'queryAll'),
    };
    jobs.set(job.id, job);
    parts.org.bulkJobs.query += 1;
    res.json(jobInfo(withoutRows(job)));
  });
  router.get('/:jobId', (req, res) => {
    const job = jobOf(req.params.jobId);
    lookAt(job);
    const done = job.state === 'JobComplete' ? { numberRecordsProcessed: job.found?.rows.length ?? 0 } : {};
    res.json({ ...jobInfo(withoutRows(job)), ...done });
  });
  router.get('/:jobId/results', async (req, res) => {
    const job = jobOf(req.params.jobId);
    if (job.state !== 'JobComplete' || job.found === undefined)
      throw new OrgRefusal(400, 'INVALIDJOBSTATE', 'The results of a job are there when it is complete.');
    const maxRecords = Number(req.query.maxRecords ?? PAGE_ROWS);
    await sendPage(res, job.found, startOf(req.query.locator), Math.min(maxRecords, PAGE_ROWS));
  });
  router.patch('/:jobId', (req, res) => {
    const job = jobOf(req.params.jobId);
    job.state = 'Aborted';
    res.json(jobInfo(withoutRows(job)));
  });
  router.delete('/:jobId', (req, res) => {
    jobs.delete(jobOf(req.params.jobId).id);
    res.status(204).end();
  });
  return router;
}

function withoutRows({ found: _found, query: _query, ...job }: QueryJob): BulkJob {
  return job;
}
