/** Writes the results that webhooks brought to the members they belong to: the way of a run, without a run. */
import type { Database } from '../../database/database.ts';
import { noteResults, readEntries } from '../ledger.ts';
import type { LedgerEntry } from '../ledger-entry.ts';
import { inResultTurn } from '../result-turns.ts';
import type { ResultReader } from '../results.ts';
import { prepareResults } from '../run/check-stage.ts';
import { writeBack, type WriteBackOutcome } from '../run/write-back.ts';
import type { OpenedPorts, OpenPorts } from '../sync-ports.ts';
import type { SyncStore } from '../sync-store.ts';
import { writesBack, type Sync } from '../sync.ts';
import {
  EVENT_OUTCOMES,
  TRIES_MAX,
  type EventOutcome,
  type OpenEvent,
  type ResultsInbox,
  type SettledEvent,
} from './results-inbox.ts';

/** One look at Salesforce and one page of its collections in between. */
const EVENTS_PER_BATCH = 500;

export interface DrainParts {
  database: Pick<Database, 'db'>;
  syncs: Pick<SyncStore, 'find'>;
  inbox: ResultsInbox;
  openPorts: OpenPorts;
}

export interface DrainReport extends Record<EventOutcome, number> {
  /** Could not be written, and may be the next time: drain again after a while. */
  left: number;
}

interface Batch {
  events: readonly OpenEvent[];
  entries: ReadonlyMap<string, LedgerEntry>;
  reader: ResultReader;
  written: WriteBackOutcome;
}

function failuresOf({ rows }: WriteBackOutcome): Map<string, string> {
  return new Map(
    rows.map(({ memberId, reason }) => [
      memberId,
      'upstreamCode' in reason && reason.upstreamCode !== undefined ? reason.upstreamCode : reason.code,
    ]),
  );
}

/** @returns undefined where it is to be tried again. */
function settledAs(event: OpenEvent, batch: Batch, sync: Sync): SettledEvent | undefined {
  const { eventId, contactId } = event;
  const { entries, reader, written } = batch;
  const read = reader.read({ contactId, attempts: [event] });
  if (read === undefined || !entries.has(contactId)) return { eventId, outcome: 'ignored' };
  const reasonCode = failuresOf(written).get(contactId);
  const isDone = written.updated.some(({ memberId }) => memberId === contactId);
  if (reasonCode !== undefined) {
    const isFinal = isDone || event.tries + 1 >= TRIES_MAX;
    return isFinal ? { eventId, outcome: 'failed', reasonCode } : undefined;
  }
  if (read.status === undefined && sync.results.length > 0) return { eventId, outcome: 'unmapped' };
  return { eventId, outcome: isDone ? 'written' : 'ignored' };
}

async function writeBatch(
  { database, inbox }: DrainParts,
  sync: Sync,
  { source, sink }: OpenedPorts,
  reader: ResultReader,
  events: readonly OpenEvent[],
): Promise<{ settled: SettledEvent[]; left: number }> {
  const results = events.map((event) => ({ contactId: event.contactId, attempts: [event] }));
  const ids = [...new Set(results.map(({ contactId }) => contactId))];
  const entries = await readEntries(database.db, sync.name, ids);
  const written = await writeBack({
    results,
    entries,
    settings: sync,
    reader,
    sink,
    keep: async (planned) => new Set((await source.membersByIds(planned)).map(({ id }) => id)),
  });
  const batch: Batch = { events, entries, reader, written };
  const judged = events.map((event) => [event, settledAs(event, batch, sync)] as const);
  const settled = judged.flatMap(([, end]) => end ?? []);
  const left = judged.flatMap(([event, end]) => (end === undefined ? [event.eventId] : []));
  await inbox.settle(sync.name, settled, (trx) => noteResults(trx, sync.name, written.updated));
  await inbox.noteTry(sync.name, left);
  return { settled, left: left.length };
}

async function drain(
  parts: DrainParts,
  sync: Sync,
  ports: OpenedPorts,
  onLost: () => void,
): Promise<DrainReport> {
  const report: DrainReport = { written: 0, unmapped: 0, ignored: 0, failed: 0, left: 0 };
  let reader: ResultReader | undefined;
  for (let after = 0; ;) {
    const events = await parts.inbox.open(sync.name, { after, limit: EVENTS_PER_BATCH });
    if (events.length === 0) return report;
    const known = (reader ??= await prepareResults(ports, sync, await ports.source.memberStatuses()));
    const { settled, left } = await inResultTurn(
      parts.database.db,
      sync.name,
      () => writeBatch(parts, sync, ports, known, events),
      { onLost },
    );
    for (const outcome of EVENT_OUTCOMES)
      report[outcome] += settled.filter((event) => event.outcome === outcome).length;
    report.left += left;
    after = events.at(-1)!.seq;
  }
}

/**
 * Everything that waits in the inbox of one sync. Called twice at once it does no harm: batches take turns, with each other and with a run.
 * @returns undefined where nothing waits, or the sync is gone.
 * @throws RunFault where the mapping does not fit; BridgeError of either side. What was not written waits on.
 */
export async function drainResults(parts: DrainParts, syncName: string): Promise<DrainReport | undefined> {
  const sync = parts.syncs.find(syncName);
  if (sync === undefined) return undefined;
  const [first] = await parts.inbox.open(sync.name, { after: 0, limit: 1 });
  if (first === undefined) return undefined;
  if (!writesBack(sync)) return await ignoreAll(parts, sync);
  const lost = new AbortController();
  const ports = parts.openPorts(sync, { signal: lost.signal });
  try {
    return await drain(parts, sync, ports, () => lost.abort());
  } finally {
    await ports.close();
  }
}

/** The sync was changed since: nothing of a call is to be written any more. */
async function ignoreAll({ inbox }: DrainParts, { name }: Sync): Promise<DrainReport> {
  const report: DrainReport = { written: 0, unmapped: 0, ignored: 0, failed: 0, left: 0 };
  for (;;) {
    const events = await inbox.open(name, { after: 0, limit: EVENTS_PER_BATCH });
    if (events.length === 0) return report;
    await inbox.settle(
      name,
      events.map(({ eventId }) => ({ eventId, outcome: 'ignored' })),
    );
    report.ignored += events.length;
  }
}
