/** How far a run has come: enough to go on from there in another process. Pure. */
import { columnFingerprint, listFingerprint, mappingFingerprint } from '../contact-hash.ts';
import type { SyncSettings } from '../sync.ts';

// A change that was committed late, or on a clock that is a little behind, is read once more instead of never.
const OVERLAP_MS = 5 * 60_000;
// The time of an attempt is when the call began; what the agent made of it may come hours later, under the same time.
export const RESULTS_OVERLAP_MS = 24 * 3_600_000;
// A lead's change need not touch its member, and getDeleted forgets: once a day everything is compared.
const FULL_EVERY_MS = 24 * 3_600_000;

export const RUN_PHASES = ['read', 'check', 'send', 'confirm', 'writeBack', 'done'] as const;
export type RunPhase = (typeof RUN_PHASES)[number];

/** How far a sync has come over all its runs. Instants are ISO 8601, of the upstream's clock. */
export interface SyncProgress {
  memberWatermark: string;
  deletedWatermark: string;
  resultsWatermark: string;
  contactListId: string;
  /** Of the list that was meant. */
  listFingerprint: string;
  mappingFingerprint: string;
  lastFullAt: string;
  /** Fields that say who must not be called, as far as they could be read: separated by commas. */
  consentFields: string;
}

export type Reading =
  | { kind: 'full'; reason: 'first' | 'mapping_changed' | 'window_missed' | 'due' }
  | { kind: 'incremental'; since: string; deletedSince: string }
  | { kind: 'retry'; of: string };

export interface Checkpoint {
  stage: 'check' | 'members' | 'results' | 'done';
  phase: RunPhase;
  /** A run goes on only with the settings that it began with. */
  settings: string;
  listId?: string;
  /** The list is missing or another one, and this run changes nothing: it plans as if the ledger were empty. */
  ledgerIsVoid?: boolean;
  /** The list was there before the ledger knew it: it may hold contacts that the ledger does not tell of. */
  listMayHold?: boolean;
  reading?: Reading;
  /** Clock of the org when the reading began: the next watermark. */
  readStartedAt?: string;
  deletedUntil?: string;
  /** All ids up to this one are done. */
  after?: string;
  resultsCursor?: string;
  resultsSince?: string;
  newestAttemptMs?: number;
  /** Earliest attempt whose result could not be written, and may be the next time. */
  heldAttemptMs?: number;
}

/** Equal as long as a run that was cut off may go on: it has ids of the list in hand, and a place in the members. */
export function settingsFingerprint(settings: SyncSettings): string {
  return [mappingFingerprint(settings), columnFingerprint(settings), listFingerprint(settings)].join('.');
}

/** @param begun As a checkpoint has it: one of an earlier version does not speak of the list, and its run goes on over an upgrade. */
export function isSameSettings(begun: string, settings: SyncSettings): boolean {
  return `${settingsFingerprint(settings)}.`.startsWith(`${begun}.`);
}

export function startOf(settings: SyncSettings): Checkpoint {
  return { stage: 'check', phase: 'check', settings: settingsFingerprint(settings) };
}

export function minusOverlap(instant: string, overlapMs = OVERLAP_MS): string {
  return new Date(Date.parse(instant) - overlapMs).toISOString();
}

/** Stands for a list that no full run has been through yet. */
export const NO_MAPPING = '';
/** Behind the fingerprint of a mapping that part of a list is under already, and part of it still under another. */
const BEGUN = '?';

type KnownMapping = Pick<Partial<SyncProgress>, 'mappingFingerprint'>;

/** What is known once a run with these settings has begun: who then cancels it and takes the settings back has to compare everything. */
export function mappingBegun(settings: SyncSettings, { mappingFingerprint: known }: KnownMapping) {
  const own = mappingFingerprint(settings);
  const isKept = known === undefined || known === NO_MAPPING || known === own;
  return isKept ? {} : { mappingFingerprint: `${own}${BEGUN}` };
}

/** Whether a run with another mapping has begun since one with these settings did. */
export function isMappingLeft(settings: SyncSettings, progress: KnownMapping): boolean {
  const { mappingFingerprint: begun } = mappingBegun(settings, progress);
  return begun !== undefined && begun !== progress.mappingFingerprint;
}

/** Before the fields of consent that were seen, of which a run has told that some are not any more. */
const LOST = '!';

export function lostConsent(fields: readonly string[]): string {
  return `${LOST}${fields.join(',')}`;
}

/** The fields of consent that a run has been able to read. */
export function consentSeen({ consentFields = '' }: Pick<Partial<SyncProgress>, 'consentFields'>): string[] {
  return consentFields
    .replace(LOST, '')
    .split(',')
    .filter((field) => field !== '');
}

export interface ReadingInput {
  progress: Partial<SyncProgress>;
  settings: SyncSettings;
  /** The list is not the one that the progress is of. */
  listChanged: boolean;
  /** Clock of the org, ISO 8601. */
  now: string;
  retryOf?: string;
}

/** What a run has to read. Whether deletions are still known shows only when they are asked for. */
export function decideReading({ progress, settings, listChanged, now, retryOf }: ReadingInput): Reading {
  if (retryOf !== undefined) return { kind: 'retry', of: retryOf };
  const { memberWatermark, deletedWatermark, lastFullAt } = progress;
  const isFirst = memberWatermark === undefined || deletedWatermark === undefined || lastFullAt === undefined;
  if (isFirst || listChanged || progress.mappingFingerprint === NO_MAPPING)
    return { kind: 'full', reason: 'first' };
  if (progress.mappingFingerprint !== mappingFingerprint(settings)) {
    return { kind: 'full', reason: 'mapping_changed' };
  }
  if (Date.parse(now) - Date.parse(lastFullAt) >= FULL_EVERY_MS) return { kind: 'full', reason: 'due' };
  return {
    kind: 'incremental',
    since: minusOverlap(memberWatermark),
    deletedSince: minusOverlap(deletedWatermark),
  };
}
