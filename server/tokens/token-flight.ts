/**
 * One flight: from "this instance needs a token for this connection" to a token in the cell, or a reason. An instance has at most
 * one flight per connection at a time; the lock in the store sees to it that of all instances only one makes the grant.
 */
import { BridgeError } from '../errors.ts';
import type { BrokerClock } from './broker-clock.ts';
import type { BrokerLog, BrokerMetrics } from './broker-observers.ts';
import { askedTooMuch, failureError, noSuchConnection, secondsUp, unavailable } from './failure-answer.ts';
import { classifyFailure, isLatched, type GrantFailure, type GrantOutcome } from './failure-class.ts';
import { decide, type Need } from './grant-decision.ts';
import {
  failureResult,
  ofSameCredential,
  storedFailure,
  tokenResult,
  type GrantContext,
} from './grant-result.ts';
import { LOGIN_ATTEMPTS_PER_HOUR_MAX, LOGIN_BUDGET_USED_UP } from './login-attempts.ts';
import { createPublications } from './publication.ts';
import { readRecord, STORE_TRANSACTION_TIMEOUT_MS, StoreAway, type StoreGuard } from './store-guard.ts';
import {
  absorbConnection,
  absorbRecord,
  currentFailure,
  holdFailure,
  type BrokerConnection,
  type Flight,
  type FlightEnd,
  type HeldFailure,
  type TokenCell,
} from './token-cell.ts';
import type { StoredFailure, TokenRecord, TokenStore } from './token-store.ts';
import { waitFor, WaitTimeout } from './waiting.ts';

const GRANT_SLACK_MS = 1_000; // beyond the deadline of the request itself, which should end first
const LOCK_SLACK_MS = 15_000; // beyond the deadline of the grant, to write its result
const LOCK_ANSWER_MS_MAX = 10_000; // of the slack, what may pass until the lock is known to be ours
const NOTICE_POLL_MS = 500; // where a notice of another instance is lost
const ROUNDS_MAX = 20;
/** RFC 6749 appendix A.12. Anything else fits in no header, and every call with it would fail until it ends. */
const TOKEN = /^[\x20-\x7e]+$/;

export interface FlightParts<Connection extends BrokerConnection> {
  fetchToken: (connection: Connection, signal: AbortSignal) => Promise<GrantOutcome>;
  findConnection: (name: string) => Promise<Connection | undefined>;
  store: TokenStore;
  guard: StoreGuard;
  clock: BrokerClock;
  random: () => number;
  log: BrokerLog;
  metrics: BrokerMetrics;
  owner: string;
  seed: number;
  isClosed: () => boolean;
  /** The connection does not exist, or no longer. */
  onGone: (cell: TokenCell) => void;
}

/** What a round of a flight found: an end, or that it must look again. */
type Round = FlightEnd | 'again' | 'waited';

const READY: FlightEnd = { kind: 'ready', granted: false };
const GRANTED: FlightEnd = { kind: 'ready', granted: true };

function failed(error: () => BridgeError, isOfTheNeed = false): FlightEnd {
  return { kind: 'failed', isOfTheNeed, error };
}

export interface TokenFlights {
  /** Sets `cell.flight` before it returns, and so before anything can be awaited. */
  start(cell: TokenCell, need: Need): Flight;
  /** Gives back and writes what is still kept, over a short outage too, and resolves when that is done or cannot be now. Never throws. */
  end(cells: readonly TokenCell[]): Promise<void>;
}

export function createTokenFlights<Connection extends BrokerConnection>(
  parts: FlightParts<Connection>,
): TokenFlights {
  const { store, guard, clock, log, metrics, owner, seed } = parts;
  const publications = createPublications(parts);

  function endWithFailure(cell: TokenCell, failure: StoredFailure): FlightEnd {
    const held = holdFailure(cell, failure, clock.monotonicMs());
    const { retryAtMs } = held;
    cell.refreshBlockedUntilMs = retryAtMs ?? held.recheckAtMs;
    return failed(() => failureError(failure, retryAtMs && retryAtMs - clock.monotonicMs()));
  }

  /** The store is away, and what it said last still holds. */
  function repeat(known: HeldFailure): FlightEnd {
    const { failure, retryAtMs } = known;
    known.recheckAtMs = clock.monotonicMs() + NOTICE_POLL_MS;
    return failed(() => failureError(failure, retryAtMs && retryAtMs - clock.monotonicMs()));
  }

  async function execute(connection: Connection, flight: Flight): Promise<GrantOutcome | 'abandoned'> {
    const controller = new AbortController();
    const { signal } = controller;
    flight.abort = () => {
      controller.abort();
    };
    try {
      const work = parts.fetchToken(connection, signal);
      const outcome = await waitFor(work, { clock, timeoutMs: grantTimeoutMs(connection), signal });
      const isUsable = outcome.kind !== 'token' || TOKEN.test(outcome.accessToken.reveal());
      return isUsable ? outcome : { kind: 'protocol', reason: 'no_token' };
    } catch (cause) {
      if (signal.aborted) return 'abandoned';
      controller.abort();
      if (cause instanceof WaitTimeout) return { kind: 'network', exitPath: 'Timeout' };
      if (cause instanceof BridgeError && cause.code === 'egress_denied') return { kind: 'egress_denied' };
      log.error(
        { connection: connection.name, err: cause },
        'A grant ended in an error that nobody foresaw.',
      );
      return { kind: 'protocol', reason: 'unexpected_error' };
    }
  }

  function logFailure(cell: TokenCell, failure: StoredFailure, outcome: GrantFailure): void {
    const fields = {
      connection: cell.name,
      class: failure.class,
      failures: failure.failures,
      diagnosis: failure.diagnosis?.code,
      retryAfterSeconds: failure.retryInMs && secondsUp(failure.retryInMs),
      reason: outcome.kind === 'protocol' ? outcome.reason : undefined,
    };
    if (isLatched(failure.class))
      log.error(fields, 'The connection is stopped until it is changed or reset.');
    else if (failure.class === 'protocol') log.error(fields, 'The upstream gave an answer that is no token.');
    else log.warn(fields, 'A grant failed; it is tried again later.');
  }

  async function lockFor(connection: Connection, expectedEpoch: number) {
    const { name, credentialVersion, login } = connection;
    const ttlMs = grantTimeoutMs(connection) + LOCK_SLACK_MS;
    const attemptsPerHourMax = login?.attemptsPerHourMax ?? LOGIN_ATTEMPTS_PER_HOUR_MAX;
    const counted = login === undefined ? {} : { login: { key: login.key, attemptsPerHourMax } };
    const askedAtMs = clock.monotonicMs();
    const lock = await guard.call(
      () => store.acquire({ name, owner, credentialVersion, expectedEpoch, ttlMs, ...counted }),
      {
        timeoutMs: STORE_TRANSACTION_TIMEOUT_MS,
        onLate(late) {
          if (late.outcome === 'acquired') publications.release(name, late.epoch, credentialVersion);
        },
      },
    );
    return lock.outcome === 'acquired' ? { ...lock, askedAtMs, ttlMs } : lock;
  }

  async function takeToken(context: GrantContext, outcome: GrantOutcome & { kind: 'token' }): Promise<Round> {
    const { cell } = context;
    const { lifetime, pending } = tokenResult(context, outcome);
    if (lifetime.source !== 'answer') {
      metrics.lifetimeCorrected?.(cell.name, lifetime.source);
      log.warn({ connection: cell.name, ...lifetime }, 'The answer told no usable life of the token.');
    }
    const upstreamMs = outcome.date === undefined ? Number.NaN : Date.parse(outcome.date);
    if (!Number.isNaN(upstreamMs)) metrics.clockSkewMs?.(cell.name, upstreamMs - clock.nowMs());
    return (await publications.conclude(cell, pending)) === 'refused' ? 'again' : GRANTED;
  }

  async function takeFailure(context: GrantContext, outcome: GrantFailure): Promise<Round> {
    const { cell, connection, lock } = context;
    const failuresBefore = ofSameCredential(context)?.failure?.failures ?? 0;
    const chance = { failuresBefore, random: parts.random(), wallMs: clock.nowMs() };
    const failure = storedFailure(outcome, chance);
    logFailure(cell, failure, outcome);
    if (failure.class === 'egress_denied') {
      // Nothing was sent, and what forbids it is the configuration of this instance: nothing for the others to know.
      publications.release(cell.name, lock.epoch, connection.credentialVersion);
      cell.denied = { credentialVersion: connection.credentialVersion, failure };
      return failed(() => failureError(failure, undefined));
    }
    const written = await publications.conclude(cell, failureResult(context, failure));
    return written === 'refused' ? 'again' : endWithFailure(cell, failure);
  }

  async function grant(
    cell: TokenCell,
    flight: Flight,
    connection: Connection,
    before: TokenRecord | undefined,
  ): Promise<Round> {
    const lock = await lockFor(connection, before?.epoch ?? 0);
    if (lock.outcome === 'changed') return 'again';
    if (lock.outcome === 'exhausted') {
      const retryInMs = lock.retryAfterMs;
      return endWithFailure(cell, {
        class: 'throttled',
        failures: 1,
        retryInMs,
        diagnosis: LOGIN_BUDGET_USED_UP,
      });
    }
    if (clock.monotonicMs() - lock.askedAtMs > LOCK_ANSWER_MS_MAX) {
      // This process stood still meanwhile: what is left of the lock might not last as long as the grant.
      publications.release(cell.name, lock.epoch, connection.credentialVersion);
      return 'again';
    }
    flight.phase = 'granting';
    const outcome = await execute(connection, flight);
    const nowMs = clock.monotonicMs();
    metrics.grantEnded?.(cell.name, resultWord(outcome), nowMs - lock.askedAtMs);
    if (outcome === 'abandoned') {
      publications.release(cell.name, lock.epoch, connection.credentialVersion);
      return shuttingDown();
    }
    const context: GrantContext = { cell, connection, before, lock, nowMs, seed };
    return outcome.kind === 'token' ? takeToken(context, outcome) : takeFailure(context, outcome);
  }

  async function waitForOther(cell: TokenCell, flight: Flight, atMostMs: number): Promise<Round> {
    cell.refreshBlockedUntilMs = clock.monotonicMs() + NOTICE_POLL_MS;
    if (cell.waitingCallers === 0) return READY; // a refresh in the background: the other instance will tell
    flight.phase = 'waiting';
    await new Promise<void>((resolve) => {
      const timer = clock.setTimer(Math.min(atMostMs, NOTICE_POLL_MS), resolve);
      flight.wake = () => {
        timer.cancel();
        resolve();
      };
    });
    flight.phase = 'asking';
    return 'waited';
  }

  function hold(cell: TokenCell, retryInMs: number): FlightEnd {
    const retryAtMs = clock.monotonicMs() + retryInMs;
    const detail =
      'The token at hand has less life left than was asked for, and it is too early to ask for another.';
    cell.refreshBlockedUntilMs = retryAtMs;
    return failed(() => unavailable(detail, retryAtMs - clock.monotonicMs()), true);
  }

  async function look(
    cell: TokenCell,
  ): Promise<{ connection: Connection; record: TokenRecord | undefined } | Round> {
    const { changes } = cell;
    const connection = await guard.call(() => parts.findConnection(cell.name));
    if (connection === undefined) {
      parts.onGone(cell);
      return failed(noSuchConnection);
    }
    await publications.settle(cell);
    absorbConnection(cell, connection);
    const readAtMs = clock.monotonicMs();
    const read = await guard.call(() => readRecord(store, cell.name));
    if (changes !== cell.changes) return 'again';
    cell.isStale = false;
    const record = absorbRecord(cell, read, connection, { readAtMs, nowMs: clock.monotonicMs(), seed });
    const { denied } = cell;
    return denied === undefined
      ? { connection, record }
      : failed(() => failureError(denied.failure, undefined));
  }

  async function round(cell: TokenCell, flight: Flight, need: Need): Promise<Round> {
    const seen = await look(cell);
    if (typeof seen === 'string' || 'kind' in seen) return seen;
    const { credentialVersion } = seen.connection;
    const { rejectedGeneration } = cell;
    const decision = decide(seen.record, need, { owner, credentialVersion, rejectedGeneration });
    switch (decision.next) {
      case 'adopt':
      case 'nothing':
        return READY;
      case 'fail':
        return endWithFailure(cell, decision.failure);
      case 'hold':
        return hold(cell, decision.retryInMs);
      case 'refuse':
        return failed(() => askedTooMuch(decision.longestAskMs, decision.lifeMs), true);
      case 'reread':
        return 'again';
      case 'wait':
        return waitForOther(cell, flight, decision.atMostMs);
      case 'grant':
        return grant(cell, flight, seen.connection, seen.record);
    }
  }

  function endOfError(cell: TokenCell, cause: unknown): FlightEnd {
    if (cause instanceof StoreAway) {
      const known = currentFailure(cell, clock.monotonicMs());
      cell.refreshBlockedUntilMs = clock.monotonicMs() + NOTICE_POLL_MS;
      cell.confirmAtMs = cell.refreshBlockedUntilMs;
      return known === undefined ? failed(() => guard.error(cause)) : repeat(known);
    }
    if (cause instanceof BridgeError) return failed(() => cause);
    log.error({ connection: cell.name, err: cause }, 'The token broker made a mistake.');
    return failed(() => new BridgeError('internal_error', { cause }));
  }

  async function fly(cell: TokenCell, flight: Flight, need: Need): Promise<FlightEnd> {
    try {
      for (let rounds = 0; rounds < ROUNDS_MAX;) {
        if (parts.isClosed()) return shuttingDown();
        const end = await round(cell, flight, need);
        if (typeof end === 'object') return end;
        if (end === 'again') rounds += 1;
      }
      return failed(() => unavailable('The connection changes faster than the bridge can follow.', 1000));
    } catch (cause) {
      return endOfError(cell, cause);
    }
  }

  return {
    end(cells) {
      cells.forEach((cell) => {
        publications.settleInTheEnd(cell);
      });
      return publications.released();
    },
    start(cell, need) {
      const flight: Flight = {
        end: Promise.resolve(READY),
        phase: 'asking',
        changes: cell.changes,
        wake: () => undefined,
        abort: () => undefined,
      };
      cell.flight = flight;
      flight.end = fly(cell, flight, need).then((end) => {
        delete cell.flight;
        return end;
      });
      return flight;
    },
  };
}

function shuttingDown(): FlightEnd {
  return failed(() => unavailable('The bridge is shutting down.', 1000));
}

function resultWord(outcome: GrantOutcome | 'abandoned'): string {
  if (outcome === 'abandoned') return outcome;
  return outcome.kind === 'token' ? 'token' : classifyFailure(outcome);
}

function grantTimeoutMs(connection: BrokerConnection): number {
  return connection.timeoutSeconds * 1000 + GRANT_SLACK_MS;
}
