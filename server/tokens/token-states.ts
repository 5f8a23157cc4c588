/** What status pages are told of the token of a connection. */
import type { BrokerClock } from './broker-clock.ts';
import type { Cells } from './cells.ts';
import { secondsUp } from './failure-answer.ts';
import { isLatched, type FailureClass, type FailureDiagnosis } from './failure-class.ts';
import { readRecord, type StoreGuard } from './store-guard.ts';
import { currentFailure, type BrokerConnection, type TokenCell } from './token-cell.ts';
import type { TokenRecord, TokenStore } from './token-store.ts';

export interface TokenState {
  generation: number;
  hasToken: boolean;
  expiresInSeconds?: number;
  /** A grant is under way, here or on another instance. */
  isGranting: boolean;
  failure?: {
    class: FailureClass;
    /** Until the connection is changed or reset. */
    isLatched: boolean;
    failures: number;
    retryAfterSeconds?: number;
    diagnosis?: FailureDiagnosis;
  };
  waitingCallers: number;
  /** False: the database is away, and this is what the instance remembers. */
  isStoreReachable: boolean;
}

export interface TokenStateParts {
  store: TokenStore;
  guard: StoreGuard;
  cells: Pick<Cells, 'find'>;
  clock: BrokerClock;
  findConnection: (name: string) => Promise<BrokerConnection | undefined>;
}

/** What all instances know, or this one if the database is away. Never throws. */
export function createTokenStates(parts: TokenStateParts): (name: string) => Promise<TokenState> {
  const { store, guard, cells, clock, findConnection } = parts;

  function failureState(cell: TokenCell | undefined, record: TokenRecord | undefined): TokenState['failure'] {
    const nowMs = clock.monotonicMs();
    const held = cell === undefined ? undefined : currentFailure(cell, nowMs);
    const failure = cell?.denied?.failure ?? record?.failure ?? held?.failure;
    if (failure === undefined) return undefined;
    const heldRetryInMs = held?.retryAtMs && held.retryAtMs - nowMs;
    const retryInMs = failure === held?.failure ? heldRetryInMs : failure.retryInMs;
    return {
      class: failure.class,
      isLatched: isLatched(failure.class),
      failures: failure.failures,
      ...(retryInMs === undefined || retryInMs <= 0 ? {} : { retryAfterSeconds: secondsUp(retryInMs) }),
      ...(failure.diagnosis === undefined ? {} : { diagnosis: failure.diagnosis }),
    };
  }

  /** What was stored for another version of the credential says nothing of the present one: its next caller signs in. */
  async function isOfReplacedCredential(name: string, record: TokenRecord | undefined): Promise<boolean> {
    if (record?.credentialVersion === undefined) return false;
    const connection = await findConnection(name).catch(() => undefined);
    return connection !== undefined && connection.credentialVersion !== record.credentialVersion;
  }

  return async (name) => {
    let isStoreReachable = true;
    const record = await guard
      .call(() => readRecord(store, name))
      .catch(() => {
        isStoreReachable = false;
        return undefined;
      });
    const cell = cells.find(name);
    if (await isOfReplacedCredential(name, record)) {
      return {
        generation: record?.generation ?? 0,
        hasToken: false,
        isGranting: cell?.flight?.phase === 'granting',
        waitingCallers: cell?.waitingCallers ?? 0,
        isStoreReachable,
      };
    }
    const held = cell?.token;
    const remainingMs =
      held === undefined ? record?.token?.remainingMs : held.expiresAtMs - clock.monotonicMs();
    const isServable = held !== undefined || record?.token?.rejected === false;
    const hasToken = isServable && remainingMs !== undefined && remainingMs > 0;
    const failure = failureState(cell, record);
    return {
      generation: Math.max(record?.generation ?? 0, held?.generation ?? 0),
      hasToken,
      ...(hasToken ? { expiresInSeconds: Math.floor(remainingMs / 1000) } : {}),
      isGranting: cell?.flight?.phase === 'granting' || (record?.lock?.remainingMs ?? 0) > 0,
      ...(failure === undefined ? {} : { failure }),
      waitingCallers: cell?.waitingCallers ?? 0,
      isStoreReachable,
    };
  };
}
