/** What one instance remembers of one connection, and how it takes in what the store says. No I/O. */
import type { BridgeError } from '../errors.ts';
import type { BrokerTimer } from './broker-clock.ts';
import { holdToken, isUsable, type HeldToken } from './held-token.ts';
import { marginMs } from './token-lifetime.ts';
import type { GrantResult, StoredFailure, StoredToken, TokenRecord } from './token-store.ts';

const CONFIRM_INTERVAL_MS = 30_000; // how long a lost notice can go unseen while the token is in use
const FAILURE_RECHECK_MS = 5_000; // how long a failure is repeated to callers before the store is read again

/** A connection, as far as the broker must know it. `fetchToken` gets it back whole. */
export interface BrokerConnection {
  name: string;
  /** Rises whenever anything changes that takes part in signing in; never repeats for the same name. */
  credentialVersion: number;
  /** Used where the answer has no usable `expires_in`; default 1800. */
  tokenLifetimeSeconds?: number | undefined;
  /** Deadline of one grant. */
  timeoutSeconds: number;
  /** Whose sign-ins are counted (`loginKeyOf`); absent: not counted. */
  login?: { key: string; attemptsPerHourMax?: number } | undefined;
}

export interface HeldFailure {
  failure: StoredFailure;
  /** Absent: latched. */
  retryAtMs?: number;
  recheckAtMs: number;
}

/** The result of a grant that could not be written yet. */
export interface PendingPublication {
  epoch: number;
  credentialVersion: number;
  toResult(nowMs: number): GrantResult;
  token?: HeldToken;
  /** No other instance can hold the lock before this. */
  exclusiveUntilMs: number;
  giveUpAtMs: number;
  isProvisional?: boolean;
  tries: number;
  /** Set while the next attempt to write it waits. */
  retry?: BrokerTimer;
}

export type FlightEnd =
  { kind: 'ready'; granted: boolean } | { kind: 'failed'; isOfTheNeed: boolean; error(): BridgeError };

export interface Flight {
  end: Promise<FlightEnd>;
  phase: 'asking' | 'waiting' | 'granting';
  /** Of the cell when it began: where there are more by its end, it may have asked with a credential of before. */
  changes: number;
  wake(): void;
  abort(): void;
}

export interface TokenCell {
  readonly name: string;
  token?: HeldToken;
  failure?: HeldFailure;
  /** The bridge's own policy forbids the address; known to this instance alone, and only until it is started anew. */
  denied?: { credentialVersion: number; failure: StoredFailure };
  rejectedGeneration: number;
  rejectionsInARow: number;
  /** Rises with every notice that the connection changed. */
  changes: number;
  /** The connection changed and was not read since: nothing is served. */
  isStale: boolean;
  confirmAtMs: number;
  refreshBlockedUntilMs: number;
  flight?: Flight;
  /** A notice came while a flight was on its way: look once more. */
  lookAgain: boolean;
  pending?: PendingPublication;
  waitingCallers: number;
  wasUsed: boolean;
}

export function createCell(name: string): TokenCell {
  return {
    name,
    rejectedGeneration: 0,
    rejectionsInARow: 0,
    changes: 0,
    isStale: false,
    confirmAtMs: 0,
    refreshBlockedUntilMs: 0,
    lookAgain: false,
    waitingCallers: 0,
    wasUsed: true,
  };
}

/** The token in the cell, if it may be handed out to a caller who will use it for `askedMs`. */
export function servingToken(cell: TokenCell, nowMs: number, askedMs: number): HeldToken | undefined {
  const { token } = cell;
  if (token === undefined || cell.isStale || token.generation <= cell.rejectedGeneration) return undefined;
  return isUsable(token, nowMs, askedMs) ? token : undefined;
}

/** From when on the next call for this token should look beyond the cache, in the background. */
export function needsAttention(cell: TokenCell, token: HeldToken, nowMs: number): boolean {
  if (cell.flight !== undefined) return false;
  return nowMs >= cell.confirmAtMs || nowMs >= Math.max(token.refreshAtMs, cell.refreshBlockedUntilMs);
}

/** The failure that still holds now, to be told without reading the store. */
export function currentFailure(cell: TokenCell, nowMs: number): HeldFailure | undefined {
  const held = cell.failure;
  if (held === undefined || (held.retryAtMs !== undefined && nowMs >= held.retryAtMs)) return undefined;
  return held;
}

export function holdFailure(cell: TokenCell, failure: StoredFailure, nowMs: number): HeldFailure {
  const held: HeldFailure = { failure, recheckAtMs: nowMs + FAILURE_RECHECK_MS };
  if (failure.retryInMs !== undefined) held.retryAtMs = nowMs + failure.retryInMs;
  cell.failure = held;
  return held;
}

export function rejectLocally(cell: TokenCell, generation: number, rejectionsInARow: number): void {
  cell.rejectedGeneration = Math.max(cell.rejectedGeneration, generation);
  cell.rejectionsInARow = rejectionsInARow;
  if (cell.token !== undefined && cell.token.generation <= cell.rejectedGeneration) delete cell.token;
}

/** Drops what belongs to another version of the credential. */
export function absorbConnection(cell: TokenCell, connection: BrokerConnection): void {
  const { credentialVersion } = connection;
  if (cell.token !== undefined && cell.token.credentialVersion !== credentialVersion) delete cell.token;
  if (cell.denied !== undefined && cell.denied.credentialVersion !== credentialVersion) delete cell.denied;
}

/** The clock of the store may have been set back since the token was written: by less than the margin, and never a whole life. */
function remainingOfStored(token: StoredToken): number {
  return Math.min(token.remainingMs, token.lifeMs) - marginMs(token.lifeMs);
}

function absorbToken(cell: TokenCell, record: TokenRecord, readAtMs: number, seed: number): void {
  const { token } = record;
  if (token === undefined || record.credentialVersion === undefined) return;
  // An older answer never takes the place of a newer one, and the expiry of the token we hold is already right.
  if (cell.token !== undefined && cell.token.generation >= record.generation) return;
  const { remainingMs: _remaining, ageMs, rejected: _rejected, ...rest } = token;
  cell.token = holdToken(
    {
      ...rest,
      generation: record.generation,
      credentialVersion: record.credentialVersion,
      issuedAtMs: readAtMs - Math.max(ageMs, 0),
      expiresAtMs: readAtMs + remainingOfStored(token),
      grantNotBeforeMs: readAtMs + record.grantNotBeforeInMs,
      rejectionsInARow: record.rejectionsInARow,
    },
    cell.name,
    seed,
  );
}

/**
 * Takes in what the store said and returns it as it is now: durations count from `readAtMs`, the moment before the question.
 * For a token that this instance holds already, its own measure of what is left counts, whatever happened to the store's clock.
 */
export function absorbRecord(
  cell: TokenCell,
  record: TokenRecord | undefined,
  connection: BrokerConnection,
  times: { readAtMs: number; nowMs: number; seed: number },
): TokenRecord | undefined {
  cell.confirmAtMs = times.nowMs + CONFIRM_INTERVAL_MS;
  if (record?.credentialVersion !== connection.credentialVersion) {
    delete cell.failure;
    return record;
  }
  if (record.token?.rejected) rejectLocally(cell, record.generation, record.rejectionsInARow);
  else absorbToken(cell, record, times.readAtMs, times.seed);
  delete cell.failure;
  if (record.failure !== undefined) holdFailure(cell, record.failure, times.nowMs);
  if (record.token === undefined) return record;
  const isHeld = cell.token?.generation === record.generation;
  const expiresAtMs = isHeld ? cell.token!.expiresAtMs : times.readAtMs + remainingOfStored(record.token);
  return { ...record, token: { ...record.token, remainingMs: expiresAtMs - times.nowMs } };
}
