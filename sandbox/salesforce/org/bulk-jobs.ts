/** What Bulk API 2.0 jobs have in common: their states, and how long one is at work. No HTTP. */
import { recordId } from './record-id.ts';

export type JobState = 'Open' | 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Failed' | 'Aborted';

export interface BulkJob {
  id: string;
  state: JobState;
  object: string;
  operation: string;
  createdDate: string;
  createdById: string;
  /** How many more times it is asked for before it is done. */
  pendingPolls: number;
}

const JOB_PREFIX = '750';

/** One look at a job: it moves on while it is watched. */
export function lookAt(job: BulkJob): BulkJob {
  if (job.state !== 'UploadComplete' && job.state !== 'InProgress') return job;
  if (job.pendingPolls > 0) {
    job.pendingPolls -= 1;
    job.state = 'InProgress';
  } else job.state = 'JobComplete';
  return job;
}

export function createJobIds(): () => string {
  let last = 0;
  return () => recordId(JOB_PREFIX, (last += 1));
}

export function jobInfo({ pendingPolls: _pending, ...job }: BulkJob): Record<string, unknown> {
  return {
    ...job,
    systemModstamp: job.createdDate,
    concurrencyMode: 'Parallel',
    contentType: 'CSV',
    apiVersion: 66,
  };
}

export function csvCell(value: string | number | boolean | null): string {
  return value === null || value === '' ? '' : `"${String(value).replaceAll('"', '""')}"`;
}
