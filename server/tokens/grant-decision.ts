/** What an instance does next, given what the store says of a connection. Pure. */
import { longestAskMs, neededLifeMs } from './token-lifetime.ts';
import type { StoredFailure, TokenRecord } from './token-store.ts';

export interface Need {
  /** What the caller will use the token for, at least. */
  askedMs: number;
  /** Look for a token newer than this one although it may still serve; absent: any that serves will do. */
  newerThan?: number;
  /** Only look whether the cache is still right. */
  confirmOnly?: boolean;
}

export interface Circumstances {
  owner: string;
  credentialVersion: number;
  /** Up to this generation this instance was told that tokens are refused, whether or not the store knows. */
  rejectedGeneration: number;
}

export type Decision =
  | { next: 'adopt' }
  | { next: 'fail'; failure: StoredFailure }
  | { next: 'wait'; atMostMs: number }
  | { next: 'hold'; retryInMs: number } // the token is too short for the caller, and it is too early for another
  | { next: 'refuse'; longestAskMs: number; lifeMs: number } // no token of this connection can ever be long enough
  | { next: 'reread' } // the connection was changed; this instance has an old copy of it
  | { next: 'nothing' }
  | { next: 'grant' };

function hasServingToken(record: TokenRecord, need: Need, here: Circumstances): boolean {
  const { token } = record;
  if (token === undefined || token.rejected || record.generation <= here.rejectedGeneration) return false;
  return (
    token.remainingMs > neededLifeMs(need.askedMs, token.lifeMs) && record.generation > (need.newerThan ?? 0)
  );
}

function isCurrentFailure(failure: StoredFailure | undefined): failure is StoredFailure {
  return failure !== undefined && (failure.retryInMs === undefined || failure.retryInMs > 0);
}

/** The token is alive, not refused, and yet a grant was asked for: it is too short, or should be refreshed. */
function decideForLiveToken(record: TokenRecord, need: Need, here: Circumstances): Decision | undefined {
  const { token } = record;
  const isDead = token === undefined || token.rejected || record.generation <= here.rejectedGeneration;
  if (isDead) return undefined;
  const longest = longestAskMs(token.lifeMs);
  if (token.remainingMs > 0 && need.askedMs > longest) {
    return { next: 'refuse', longestAskMs: longest, lifeMs: token.lifeMs };
  }
  return record.grantNotBeforeInMs > 0 ? { next: 'hold', retryInMs: record.grantNotBeforeInMs } : undefined;
}

/**
 * In this order: a token that serves; a connection that is newer than our copy; a failure that still counts; another instance
 * at work; a token that must do for now; and only then a grant.
 */
export function decide(record: TokenRecord | undefined, need: Need, here: Circumstances): Decision {
  const version = record?.credentialVersion ?? 0;
  if (version > here.credentialVersion) return { next: 'reread' };
  const isOurs = record !== undefined && version === here.credentialVersion;
  if (isOurs && hasServingToken(record, need, here)) return { next: 'adopt' };
  if (isOurs && isCurrentFailure(record.failure)) return { next: 'fail', failure: record.failure };
  if (need.confirmOnly) return { next: 'nothing' };
  const lock = record?.lock;
  if (lock !== undefined && lock.owner !== here.owner && lock.remainingMs > 0) {
    return { next: 'wait', atMostMs: lock.remainingMs };
  }
  return (isOurs ? decideForLiveToken(record, need, here) : undefined) ?? { next: 'grant' };
}
