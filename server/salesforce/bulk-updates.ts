/** Many results written to members by one job of Bulk API 2.0. */
import type { Readable } from 'node:stream';
import { resumedCsvBatches } from '../connections/csv-batches.ts';
import { forgetJob, startJob, waitForJob, type BulkParts } from './bulk-job.ts';
import { MEMBER } from './member-fields.ts';
import { refusedUpdate, type MemberChange, type UpdateAnswer } from './member-updates.ts';

/** A blank cell leaves a field as it is; this makes it blank. */
const BLANK = '#N/A';

export interface BulkUpdateParts extends BulkParts {
  open(path: string): Promise<{ body: Readable }>;
  /** Sends CSV. @param path Below the API version. */
  upload(path: string, csv: string): Promise<void>;
}

function cell(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** One column for each field that any of the changes has; a field that a change does not have stays as it is. */
function toCsv(changes: readonly MemberChange[]): string {
  const fields = [...new Set(changes.flatMap(({ fields: own }) => Object.keys(own)))];
  const lines = changes.map(({ memberId, fields: own }) =>
    [memberId, ...fields.map((field) => (own[field] === '' ? BLANK : (own[field] ?? '')))]
      .map((text) => (text === '' ? '' : cell(text)))
      .join(','),
  );
  return `${[['Id', ...fields].map(cell).join(','), ...lines].join('\n')}\n`;
}

/** `UNABLE_TO_LOCK_ROW:unable to obtain …:--` */
function readRowError(text: string): { statusCode: string; message?: string; fields: string[] } {
  const [, statusCode = 'UNKNOWN', message = ''] = /^([A-Z_]+):(.*)$/s.exec(text) ?? [];
  const [, fields = ''] = /:([\w,]*) --$/.exec(message) ?? [];
  return {
    statusCode,
    message: message.replace(/:[\w,]* --$/, ''),
    fields: fields === '' ? [] : fields.split(','),
  };
}

async function eachRow(
  open: () => Promise<Readable>,
  take: (row: Record<string, string>) => void,
): Promise<void> {
  let columns: string[] | undefined;
  for await (const batch of resumedCsvBatches(open)) {
    const names = (columns ??= batch.shift() ?? []);
    for (const cells of batch) take(Object.fromEntries(names.map((name, at) => [name, cells[at] ?? ''])));
  }
}

/** @returns an answer for each change that the job told of; one without was not confirmed. */
export async function updateInBulk(
  parts: BulkUpdateParts,
  changes: readonly MemberChange[],
): Promise<readonly UpdateAnswer[]> {
  const { session } = parts;
  const job = { object: MEMBER, operation: 'update', contentType: 'CSV', lineEnding: 'LF' };
  const path = `/jobs/ingest/${await startJob(parts, 'ingest', job)}`;
  try {
    await session.repeated(() => parts.upload(`${path}/batches`, toCsv(changes)));
    await session.request('PATCH', path, { state: 'UploadComplete' });
    await waitForJob(parts, path);
    const answers = new Map<string, UpdateAnswer>();
    const collect = (results: string, toAnswer: (row: Record<string, string>) => UpdateAnswer) =>
      eachRow(
        () => session.repeated(async () => (await parts.open(`${path}/${results}`)).body),
        (row) => void answers.set(row.Id ?? '', toAnswer(row)),
      );
    await collect('successfulResults', ({ Id = '' }) => ({ memberId: Id, ok: true }));
    await collect('failedResults', ({ Id = '', sf__Error = '' }) =>
      refusedUpdate(Id, readRowError(sf__Error)),
    );
    return changes.flatMap(({ memberId }) => answers.get(memberId) ?? []);
  } finally {
    await forgetJob(parts, path);
  }
}
