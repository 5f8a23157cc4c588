/** What the stages of a run share: what was ordered, the ports, and how far the run has come. */
import { toChunks } from '../../chunks.ts';
import { ownColumnsOf } from '../contact-hash.ts';
import { unlisted, type LedgerEntry } from '../ledger-entry.ts';
import type { Member } from '../member.ts';
import type { ContactList, MemberSink, MemberSource, RunJournal, Step } from '../ports.ts';
import type { ResultReader } from '../results.ts';
import type { SyncSettings } from '../sync.ts';
import type { Checkpoint, SyncProgress } from './checkpoint.ts';

export interface RunOrder {
  settings: SyncSettings;
  /** Takes the same way and changes nothing: neither list, nor members, nor ledger. */
  dryRun: boolean;
  /** Id of the run whose failed rows, and no others, are tried again. */
  retryOf?: string;
  /** How far the sync had come before. */
  progress: Partial<SyncProgress>;
  /** Of this run, where it was cut off or paused. */
  checkpoint?: Checkpoint;
}

export interface RunPorts {
  source: MemberSource;
  sink: MemberSink;
  contacts: ContactList;
  journal: RunJournal;
}

export interface WalkLimits {
  /** Members asked for at once. */
  pageSize: number;
  /** Members between two checkpoints, and between two looks at what was asked of the run. */
  sliceSize: number;
}

export interface WalkContext {
  readonly order: RunOrder;
  readonly ports: RunPorts;
  readonly limits: WalkLimits;
  readonly reader: ResultReader;
  readonly ownColumns: ReadonlySet<string>;
  checkpoint: Checkpoint;
  /** Members whose results the slices of a dry run have counted: the ledger does not tell of them. */
  readonly foreseen: Set<string>;
  /** Sorted. Asked for anew by every process that takes the run up. */
  deletedIds?: readonly string[];
}

export type WalkEnd = 'finished' | 'paused' | 'cancelled' | 'lost';

export function createContext(
  order: RunOrder,
  ports: RunPorts,
  { limits, reader, checkpoint }: Pick<WalkContext, 'limits' | 'reader' | 'checkpoint'>,
): WalkContext {
  return {
    order,
    ports,
    limits,
    reader,
    checkpoint,
    ownColumns: ownColumnsOf(order.settings),
    foreseen: new Set(),
  };
}

/** Writes what was done and where the run is now, in one transaction. */
export async function advance(
  context: WalkContext,
  changes: Partial<Checkpoint>,
  step: Omit<Step, 'checkpoint'> = {},
): Promise<void> {
  const checkpoint = { ...context.checkpoint, ...changes };
  const { progress, ...rest } = step;
  const isProgress = progress !== undefined && !context.order.dryRun;
  await context.ports.journal.commit({ ...rest, ...(isProgress ? { progress } : {}), checkpoint });
  context.checkpoint = checkpoint;
}

/** @returns how to end, where something was asked of the run. */
export async function endAskedFor({ ports }: WalkContext): Promise<WalkEnd | undefined> {
  const control = await ports.journal.control();
  if (control === 'go') return undefined;
  return control === 'pause' ? 'paused' : 'cancelled';
}

/** The ledger as this run has to see it. */
export async function readEntries(
  { ports, checkpoint }: WalkContext,
  ids: readonly string[],
): Promise<ReadonlyMap<string, LedgerEntry>> {
  if (ids.length === 0) return new Map();
  const entries = await ports.journal.readEntries(ids);
  if (checkpoint.ledgerIsVoid !== true) return entries;
  return new Map([...entries].map(([id, entry]) => [id, unlisted(entry)]));
}

const IDS_PER_QUESTION_MAX = 1_000;

/** Those of the ids that are members of the campaign now. */
export async function findMembers(
  { ports }: Pick<WalkContext, 'ports'>,
  ids: readonly string[],
): Promise<readonly Member[]> {
  const found: Member[] = [];
  for (const chunk of toChunks(ids, IDS_PER_QUESTION_MAX)) {
    found.push(...(await ports.source.membersByIds(chunk)));
  }
  return found;
}
