/** What a grant gave, as it is kept here and as it is written to the store. Pure. */
import {
  classifyFailure,
  retryDelayMs,
  type FailureDiagnosis,
  type GrantFailure,
  type TokenOutcome,
} from './failure-class.ts';
import { holdToken } from './held-token.ts';
import type { BrokerConnection, PendingPublication, TokenCell } from './token-cell.ts';
import { grantIntervalMs, readLifetime, SAFETY_MARGIN_MS, type Lifetime } from './token-lifetime.ts';
import type { StoredFailure, TokenRecord } from './token-store.ts';

/** A lock that this instance was granted. `askedAtMs` is before it was granted, so what is counted from there is on the safe side. */
export interface GrantLockHeld {
  generationFloor: number;
  epoch: number;
  askedAtMs: number;
  ttlMs: number;
}

export interface GrantContext {
  cell: TokenCell;
  connection: BrokerConnection;
  /** What the store held before the grant. */
  before: TokenRecord | undefined;
  lock: GrantLockHeld;
  nowMs: number;
  seed: number;
}

/** The record before, where it belongs to the same credential. */
export function ofSameCredential({ before, connection }: Pick<GrantContext, 'before' | 'connection'>) {
  return before?.credentialVersion === connection.credentialVersion ? before : undefined;
}

/** A start before the lock or in the future would be a mistake, and then the lock is the safe start. */
function countedFromMs({ lock, nowMs }: GrantContext, startedAtMs: number): number {
  return startedAtMs >= lock.askedAtMs && startedAtMs <= nowMs ? startedAtMs : lock.askedAtMs;
}

function rejectionsBefore(context: GrantContext): number {
  const { cell } = context;
  const previous = ofSameCredential(context);
  if (previous?.token === undefined) return 0;
  const wasRejected = previous.token.rejected || previous.generation <= cell.rejectedGeneration;
  return wasRejected ? Math.max(previous.rejectionsInARow, cell.rejectionsInARow) : 0;
}

export function tokenResult(
  context: GrantContext,
  outcome: TokenOutcome,
): { lifetime: Lifetime; pending: PendingPublication } {
  const { cell, connection, lock, nowMs, seed } = context;
  const lifetime = readLifetime(outcome.expiresIn, connection.tokenLifetimeSeconds);
  const expiresInMs = lifetime.seconds * 1000;
  const known = ofSameCredential(context)?.token;
  const isSame = known?.accessToken.reveal() === outcome.accessToken.reveal();
  const generationFloor = Math.max(
    lock.generationFloor,
    cell.rejectedGeneration,
    cell.token?.generation ?? 0,
  );
  const issuedAtMs = countedFromMs(context, outcome.requestStartedMonotonicMs);
  const grantNotBeforeMs = nowMs + grantIntervalMs(expiresInMs, isSame);
  const token = {
    accessToken: outcome.accessToken,
    tokenType: outcome.tokenType,
    ...(outcome.instanceUrl === undefined ? {} : { instanceUrl: outcome.instanceUrl }),
    lifeMs: isSame ? Math.max(expiresInMs, known.lifeMs) : expiresInMs,
    rejectionsInARow: rejectionsBefore(context),
  };
  const held = {
    ...token,
    generation: generationFloor + 1,
    credentialVersion: connection.credentialVersion,
    issuedAtMs,
    expiresAtMs: issuedAtMs + expiresInMs,
    grantNotBeforeMs,
  };
  const pending: PendingPublication = {
    epoch: lock.epoch,
    credentialVersion: connection.credentialVersion,
    token: holdToken(held, cell.name, seed),
    toResult: (atMs) => ({
      kind: 'token',
      ...token,
      expiresInMs,
      grantNotBeforeInMs: Math.max(grantNotBeforeMs - atMs, 0),
      generationFloor,
    }),
    exclusiveUntilMs: lock.askedAtMs + lock.ttlMs - SAFETY_MARGIN_MS,
    giveUpAtMs: held.expiresAtMs,
    tries: 0,
  };
  return { lifetime, pending };
}

export function failureResult(context: GrantContext, failure: StoredFailure): PendingPublication {
  const { connection, lock, nowMs } = context;
  const { retryInMs, ...rest } = failure;
  const exclusiveUntilMs = lock.askedAtMs + lock.ttlMs - SAFETY_MARGIN_MS;
  return {
    epoch: lock.epoch,
    credentialVersion: connection.credentialVersion,
    toResult: (atMs) => ({
      kind: 'failure',
      failure: retryInMs === undefined ? rest : { ...rest, retryInMs: Math.max(nowMs + retryInMs - atMs, 0) },
    }),
    exclusiveUntilMs,
    // A latch must reach the store, however long that takes: without it a restart would sign in again.
    giveUpAtMs: retryInMs === undefined ? Number.POSITIVE_INFINITY : exclusiveUntilMs,
    tries: 0,
  };
}

function wordsOf({ code, title, remedy }: FailureDiagnosis): FailureDiagnosis {
  return { code, title, remedy };
}

/** @param failuresBefore In a row, before this one. */
export function storedFailure(
  outcome: GrantFailure,
  chance: { failuresBefore: number; random: number; wallMs: number },
): StoredFailure {
  const { diagnosis } = outcome;
  const failures = chance.failuresBefore + 1;
  const retryInMs = retryDelayMs(outcome, { ...chance, failures });
  return {
    class: classifyFailure(outcome),
    failures,
    ...(outcome.kind === 'network' ? { exitPath: outcome.exitPath } : {}),
    // Without its causes, which may quote the upstream: nobody is told them later.
    ...(diagnosis === undefined ? {} : { diagnosis: wordsOf(diagnosis) }),
    ...(retryInMs === undefined ? {} : { retryInMs }),
  };
}
