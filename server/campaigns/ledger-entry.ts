/** What the ledger knows of one contact: what PureCloud was told of it, and Salesforce of its result. Pure. */

/**
 * `sending` and `removing` are written before PureCloud is told, so that after a crash it is known who may have been told.
 * `failed` is tried again by the next run; `refused` only when the member is read again: it changed, the run is a full one, or someone asked.
 */
export const LEDGER_PHASES = ['sending', 'sent', 'failed', 'refused', 'removing', 'removed'] as const;
export type LedgerPhase = (typeof LEDGER_PHASES)[number];

/** Phases that a run finds only where another was cut off or failed. */
export const UNSETTLED_PHASES = ['sending', 'failed', 'removing'] as const satisfies readonly LedgerPhase[];

export interface LedgerEntry {
  memberId: string;
  phase: LedgerPhase;
  /** Of what PureCloud has confirmed. */
  hash?: string;
  /** PureCloud has confirmed that it holds the contact, and that it has dropped it since is not known. */
  listed: boolean;
  /** It could not be dropped and was made uncallable: sent again, it must be told to be callable. */
  blocked: boolean;
  /** Of the result that Salesforce has confirmed. */
  resultHash?: string;
  /** Epoch milliseconds of the attempt whose result that was. */
  attemptAtMs?: number;
}

export function isUnsettled({ phase }: LedgerEntry): boolean {
  return (UNSETTLED_PHASES as readonly LedgerPhase[]).includes(phase);
}

/** Whether PureCloud may hold the contact as one to call. */
export function isLive({ phase }: LedgerEntry): boolean {
  return phase !== 'removed';
}

/** Whether PureCloud may hold the contact at all: one that could not be dropped is there, uncallable by the sync or by somebody else. */
export function isOnList(entry: LedgerEntry): boolean {
  return isLive(entry) || entry.blocked || entry.listed;
}

/** A contact that was found on the list, of which the ledger does not tell. */
export function listedUnknown(memberId: string, entry: LedgerEntry | undefined): LedgerEntry {
  return { memberId, ...entry, phase: 'sent', listed: true, blocked: false };
}

/** The same contact, seen from a list that has never held it. */
export function unlisted(entry: LedgerEntry): LedgerEntry {
  const { hash: _hash, ...others } = entry;
  return { ...others, phase: 'removed', listed: false, blocked: false };
}
