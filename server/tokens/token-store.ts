/**
 * What all instances of the bridge know about the token of a connection: a port. Shapes only.
 *
 * Time. Every instant is kept on one clock, the store's, and crosses this port only as a duration: what is left when the store
 * answered. The reader counts it from the moment before it asked, on its own monotonic clock, so that a slow way makes a token
 * look older and never younger, and no wall clock of an instance takes part. A token's expiry is kept as "life, from the moment
 * its lock was granted", which is before the request left. What remains is the store's own clock: if it is set back, a reader
 * without the token in its cache sees too much life, by at most that step; steps below `SAFETY_MARGIN_MS` are covered, and
 * what is left is never taken to be more than the whole life.
 */
import type { Secret } from '../secret.ts';
import type { FailureClass, FailureDiagnosis } from './failure-class.ts';

export interface StoredToken {
  accessToken: Secret;
  tokenType: string;
  instanceUrl?: string;
  /** The whole life with which this token was first given. */
  lifeMs: number;
  /** May be negative: expired. */
  remainingMs: number;
  ageMs: number;
  rejected: boolean;
}

export interface StoredFailure {
  class: FailureClass;
  /** Of the network, where the upstream was not reached. */
  exitPath?: 'UnknownHost' | 'Timeout' | 'ConnectionFailure';
  diagnosis?: FailureDiagnosis;
  /** In a row. */
  failures: number;
  /** Until the next grant may be tried; absent: latched. */
  retryInMs?: number;
}

export interface TokenRecord {
  /** Of the newest token that was ever published; 0 before the first. Never falls. */
  generation: number;
  /** Fencing number: rises with every lock granted. Never falls. */
  epoch: number;
  /** Version of the credential that token and failure belong to. */
  credentialVersion?: number;
  token?: StoredToken;
  failure?: StoredFailure;
  /** How many tokens in a row ended by a rejection. */
  rejectionsInARow: number;
  /** No grant for want of life alone before this; 0 or less: at any time. */
  grantNotBeforeInMs: number;
  lock?: { owner: string; remainingMs: number };
}

export interface GrantLockRequest {
  name: string;
  owner: string;
  credentialVersion: number;
  /** The epoch that the decision to ask was based on. If another lock was granted since, this one is not. */
  expectedEpoch: number;
  ttlMs: number;
  /** Counts one sign-in of this user, in the same step as the lock. */
  login?: { key: string; attemptsPerHourMax: number };
}

export type GrantLock =
  /** `generationFloor`: the token of this lock gets a higher number. */
  | { outcome: 'acquired'; epoch: number; generationFloor: number }
  | { outcome: 'changed' }
  | { outcome: 'exhausted'; retryAfterMs: number };

export type LoginCount = { outcome: 'counted' } | { outcome: 'exhausted'; retryAfterMs: number };

export type GrantResult =
  | {
      kind: 'token';
      accessToken: Secret;
      tokenType: string;
      instanceUrl?: string;
      /** Counted from the moment the lock was granted. */
      expiresInMs: number;
      lifeMs: number;
      grantNotBeforeInMs: number;
      rejectionsInARow: number;
      /** The token's number is one above this and above the record's. */
      generationFloor: number;
    }
  | { kind: 'failure'; failure: StoredFailure }
  | { kind: 'nothing' };

export interface Publication {
  name: string;
  owner: string;
  epoch: number;
  credentialVersion: number;
  result: GrantResult;
}

export type PublicationOutcome = { accepted: true; generation: number } | { accepted: false };

export const TOKEN_CHANGES = ['published', 'rejected', 'reset', 'connection'] as const;

export interface TokenChange {
  kind: (typeof TOKEN_CHANGES)[number];
  name: string;
  /** Owner that caused it. */
  origin: string;
}

/**
 * Any method may throw: the store is away, and what happened to the call is not known. Every change tells all subscribers,
 * at most once and without promise: a lost notice costs time, not correctness.
 */
export interface TokenStore {
  read(name: string): Promise<TokenRecord | undefined>;
  /**
   * Grants the lock if no other living owner holds it and the epoch is the expected one; an owner may take over from itself.
   * A store that can tell that an owner is gone gives its lock on at once, and reads it as one that has no time left.
   * Where the lock before was never given back, its owner may have served a token that it could not write: one number is
   * skipped, so that no two tokens ever have the same. A record of an older credential version loses its token and failure here; one of a newer version is left alone.
   */
  acquire(request: GrantLockRequest): Promise<GrantLock>;
  /**
   * Writes the result and gives the lock back, only if owner, epoch and credential version are still those of the lock. One without a
   * result needs no version: it also gives back the lock of a connection that was removed meanwhile.
   */
  publish(publication: Publication): Promise<PublicationOutcome>;
  /** Counts one sign-in that is made outside of a lock, against the same hourly budget. */
  countLogin(login: NonNullable<GrantLockRequest['login']>): Promise<LoginCount>;
  /** Marks the token rejected if it still has this generation; false if not. */
  reject(request: {
    name: string;
    owner: string;
    generation: number;
    rejectionsInARow: number;
  }): Promise<boolean>;
  /** Clears the failure, latched or not. */
  reset(name: string, owner: string): Promise<void>;
  /**
   * Drops token and failure of a connection that is gone; generation and epoch stay, should the name come back. What belongs to a
   * later version than the one that was removed is left alone: every instance forgets, and a late one may find the name in use again.
   */
  forget(name: string, owner: string, version: number): Promise<void>;
  /** Tells the other instances that the connection itself changed. */
  announce(name: string, owner: string): Promise<void>;
  /** Calls back on changes of all owners until the returned function is called. `undefined`: notices may have been lost. */
  subscribe(listener: (change: TokenChange | undefined) => void): () => void;
  close(): Promise<void>;
}
