/** `/jobs/ingest`: Bulk API 2.0, rows written from CSV. */
import express, { Router } from 'express';
import papaparse from 'papaparse';
import { csvCell, createJobIds, jobInfo, lookAt, type BulkJob } from './bulk-jobs.ts';
import type { BulkOptions } from './bulk-query-router.ts';
import { usernameOf, type OrgParts } from './org-http.ts';
import { OrgRefusal } from './org-refusal.ts';
import type { RowResult } from './org-state.ts';

/** Of one upload, Base64 included; it is 150 MB with it. */
const UPLOAD_LIMIT = '100mb';
const OPERATIONS = ['insert', 'update', 'delete'];

type Row = Record<string, string>;

interface IngestJob extends BulkJob {
  columns: string[];
  rows: Row[];
  results: { row: Row; result: RowResult }[];
  username: string;
}

function infoOf({ columns: _columns, rows, results, username: _username, ...job }: IngestJob): object {
  const failed = results.filter(({ result }) => !result.success).length;
  return {
    ...jobInfo(job),
    numberRecordsProcessed: results.length,
    numberRecordsFailed: failed,
    rows: undefined,
    numberOfRows: rows.length,
  };
}

function readCsv(job: IngestJob, text: string): void {
  const { data, errors, meta } = papaparse.parse<Row>(text.replace(/\r?\n$/, ''), {
    delimiter: ',',
    header: true,
  });
  if (text !== '' && errors[0] !== undefined) throw new OrgRefusal(400, 'INVALIDJOB', errors[0].message);
  job.columns = meta.fields ?? [];
  job.rows = data;
}

/** An empty cell changes nothing; `#N/A` makes the field blank. */
function valuesOf({ Id: _id, ...row }: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([, cell]) => cell !== ''));
}

function execute({ org }: OrgParts, job: IngestJob): void {
  const table = org.table(job.object)!;
  const write = (row: Row): RowResult => {
    if (job.operation === 'insert') return org.create(table, valuesOf(row), job.username);
    if (job.operation === 'delete') return org.remove(table, row.Id ?? '');
    return org.update(table, row.Id ?? '', valuesOf(row), job.username);
  };
  job.results = job.rows.map((row) => ({ row, result: write(row) }));
}

function resultsCsv(job: IngestJob, successful: boolean): string {
  const heading = [
    successful ? 'sf__Id' : 'sf__Id',
    successful ? 'sf__Created' : 'sf__Error',
    ...job.columns,
  ];
  const lines = job.results
    .filter(({ result }) => result.success === successful)
    .map(({ row, result }) => [
      result.id ?? '',
      result.success
        ? String(result.created)
        : `${result.error.statusCode}:${result.error.message}:${result.error.fields.join(',')} --`,
      ...job.columns.map((column) => row[column] ?? ''),
    ]);
  return [heading, ...lines].map((line) => `${line.map(csvCell).join(',')}\n`).join('');
}

function newJob(
  parts: OrgParts,
  body: unknown,
  id: string,
): Omit<IngestJob, 'username' | 'createdById' | 'pendingPolls'> {
  const { object, operation } = (body ?? {}) as { object?: unknown; operation?: unknown };
  const table = typeof object === 'string' ? parts.org.table(object) : undefined;
  if (table === undefined || !OPERATIONS.includes(String(operation)))
    throw new OrgRefusal(400, 'INVALIDJOB', 'object and operation (insert, update, delete) are needed.');
  const createdDate = new Date(parts.org.now()).toISOString();
  return {
    id,
    state: 'Open',
    object: table.object.name,
    operation: String(operation),
    createdDate,
    columns: [],
    rows: [],
    results: [],
  };
}

export function createBulkIngestRouter(parts: OrgParts, bulk: BulkOptions): Router {
  const router = Router({ mergeParams: true });
  const jobs = new Map<string, IngestJob>();
  const nextId = createJobIds();
  const jobOf = (id: string): IngestJob => {
    const job = jobs.get(id);
    if (job === undefined) throw new OrgRefusal(404, 'NOT_FOUND', 'The requested resource does not exist');
    return job;
  };

  router.post('/', (req, res) => {
    const createdById = parts.sessionOf(res).user.userId;
    const job = {
      ...newJob(parts, req.body, nextId()),
      createdById,
      pendingPolls: bulk.polls,
      username: usernameOf(parts, res),
    };
    jobs.set(job.id, job);
    parts.org.bulkJobs.ingest += 1;
    res.json({ ...infoOf(job), contentUrl: `services/data/v66.0/jobs/ingest/${job.id}/batches` });
  });
  router.put('/:jobId/batches', express.text({ type: () => true, limit: UPLOAD_LIMIT }), (req, res) => {
    const job = jobOf(req.params.jobId);
    if (job.state !== 'Open')
      throw new OrgRefusal(400, 'INVALIDJOBSTATE', 'Data can be uploaded while a job is open, once.');
    readCsv(job, typeof req.body === 'string' ? req.body : '');
    res.status(201).end();
  });
  router.patch('/:jobId', (req, res) => {
    const job = jobOf(req.params.jobId);
    const { state } = (req.body ?? {}) as { state?: unknown };
    if (state !== 'UploadComplete' && state !== 'Aborted')
      throw new OrgRefusal(400, 'INVALIDJOBSTATE', 'unknown state');
    job.state = state;
    res.json(infoOf(job));
  });
  router.get('/:jobId', (req, res) => {
    const job = jobOf(req.params.jobId);
    const before = job.state;
    lookAt(job);
    if (job.state === 'JobComplete' && before !== 'JobComplete') execute(parts, job);
    res.json(infoOf(job));
  });
  router.get('/:jobId/:results', (req, res) => {
    const job = jobOf(req.params.jobId);
    const { results } = req.params;
    res.type('text/csv');
    if (results === 'successfulResults') res.send(resultsCsv(job, true));
    else if (results === 'failedResults') res.send(resultsCsv(job, false));
    else if (results === 'unprocessedrecords') res.send(`${job.columns.map(csvCell).join(',')}\n`);
    else throw new OrgRefusal(404, 'NOT_FOUND', 'The requested resource does not exist');
  });
  router.delete('/:jobId', (req, res) => {
    jobs.delete(jobOf(req.params.jobId).id);
    res.status(204).end();
  });
  return router;
}
