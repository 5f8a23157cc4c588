/** The export of a whole list: asked for, waited for, and read as a stream of CSV. Four calls, whatever the size of the list. */
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { resumedCsvBatches } from '../connections/csv-batches.ts';
import { pause, repeat } from '../connections/repeat.ts';
import { BridgeError } from '../errors.ts';
import type { BrokerClock } from '../tokens/broker-clock.ts';
import { LISTS_PATH } from './contact-lists.ts';
import { createExportReader, type ContactResult } from './contact-records.ts';
import {
  PureCloudRefusal,
  purecloudRetryDelayMs,
  readPureCloudRefusal,
  unreadablePureCloudAnswer,
} from './purecloud-refusal.ts';
import { ANYTHING, type PureCloudSession } from './purecloud-session.ts';

const POLL_MS = 2_000;
const POLL_MS_MAX = 20_000;
const EXPORT_MS_MAX = 30 * 60_000;
const NOT_READY = 'no.available.list.export.uri';

const exportSchema = z.object({ uri: z.string(), exportTimestamp: z.string().optional() });
type MadeExport = z.output<typeof exportSchema>;

export interface ExportParts {
  session: PureCloudSession;
  clock: BrokerClock;
  /** Origin of the organization's API. */
  apiOrigin(): Promise<string>;
  /** Fetches a file from where no token of the organization may go. */
  download(url: URL): Promise<{ status: number; headers: Readonly<Record<string, string>>; body: Readable }>;
  signal?: AbortSignal | undefined;
}

async function present(session: PureCloudSession, path: string): Promise<MadeExport | undefined> {
  try {
    return await session.ask({ method: 'GET', path }, exportSchema);
  } catch (error) {
    if (error instanceof PureCloudRefusal && error.errorCode === NOT_READY) return undefined;
    throw error;
  }
}

/** Until a new one is there PureCloud may name the one before, which knows nothing of the calls since. */
async function makeExport({ session, clock, signal }: ExportParts, listId: string): Promise<MadeExport> {
  const path = `${LISTS_PATH}/${encodeURIComponent(listId)}/export`;
  const before = await present(session, path);
  const startedAtMs = clock.monotonicMs();
  await session.ask({ method: 'POST', path, body: {} }, ANYTHING);
  const isNew = ({ uri, exportTimestamp }: MadeExport) =>
    uri !== before?.uri || exportTimestamp !== before.exportTimestamp;
  for (let waitMs = POLL_MS; ; waitMs = Math.min(waitMs * 1.5, POLL_MS_MAX)) {
    const made = await present(session, path);
    if (made !== undefined && isNew(made)) return made;
    if (clock.monotonicMs() - startedAtMs > EXPORT_MS_MAX) throw exportTooSlow();
    await pause(waitMs, clock, signal);
  }
}

function exportTooSlow(): BridgeError {
  return new BridgeError('upstream_timeout', {
    detail: 'PureCloud had not made the export of the contact list after 30 minutes.',
    remedy:
      'Run the sync again later. In PureCloud, the page of the contact list shows whether it can be exported.',
  });
}

const linkSchema = z.object({ url: z.string() });

/** The file itself, or where it is: a redirect, or JSON that names the address. */
async function openFile(parts: ExportParts, uri: string): Promise<Readable> {
  const url = new URL(uri, await parts.apiOrigin());
  if (url.origin !== (await parts.apiOrigin())) return fileFrom(parts, url);
  url.searchParams.set('issueRedirect', 'false');
  const answer = await parts.session.open(`${url.pathname}${url.search}`);
  const { status, headers, body } = answer;
  if (status >= 300 && status < 400 && headers.location !== undefined) {
    body.destroy();
    return fileFrom(parts, new URL(headers.location, url));
  }
  if (status > 299) throw readPureCloudRefusal({ ...answer, body: await text(body) }, parts.clock.nowMs());
  if (headers['content-type']?.includes('json') !== true) return body;
  const link = linkSchema.safeParse(jsonOf(await text(body)));
  if (!link.success) throw unreadablePureCloudAnswer('the download of an export');
  return fileFrom(parts, new URL(link.data.url, url));
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** The address is signed, and whoever has it gets the file: a token would be one secret too many, and storage refuses it. */
async function fileFrom(parts: ExportParts, url: URL): Promise<Readable> {
  const { status, headers, body } = await parts.download(url);
  if (status < 300) return body;
  throw readPureCloudRefusal(
    { status, headers, body: (await text(body)).slice(0, 1_000) },
    parts.clock.nowMs(),
  );
}

/** Results of the whole list, some hundred contacts at a time. Contacts without an attempt are left out. @throws BridgeError. */
export async function* exportResults(parts: ExportParts, listId: string): AsyncGenerator<ContactResult[]> {
  const { clock, signal } = parts;
  const { uri } = await makeExport(parts, listId);
  const open = () => repeat(() => openFile(parts, uri), { clock, signal, delayMs: purecloudRetryDelayMs });
  let read: ReturnType<typeof createExportReader>;
  for await (const batch of resumedCsvBatches(open)) {
    read ??= createExportReader(batch.shift() ?? []);
    if (read === undefined) throw unreadablePureCloudAnswer('the export of a contact list');
    const results = batch.map(read).filter((result) => result !== undefined);
    yield results.filter(({ attempts }) => attempts.length > 0);
  }
}
