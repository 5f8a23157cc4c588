/**
 * The token broker: the one who knows which token a connection holds now. One grant at a time per connection, over all callers and
 * all instances; refreshed in the background; never handed out past its life; stopped by a refusal until a person has acted.
 */
import { BridgeError } from '../errors.ts';
import type { LeavingSignal } from '../transport/deadline.ts';
import type { BrokerClock } from './broker-clock.ts';
import type { BrokerLog, BrokerMetrics } from './broker-observers.ts';
import { createCells } from './cells.ts';
import { failureError, noSuchConnection, secondsUp, unavailable } from './failure-answer.ts';
import type { GrantOutcome } from './failure-class.ts';
import { handOut, type HeldToken, type TokenHandout } from './held-token.ts';
import { LOGIN_ATTEMPTS_PER_HOUR_MAX, LOGIN_BUDGET_USED_UP } from './login-attempts.ts';
import { createStoreGuard, STORE_TRANSACTION_TIMEOUT_MS, type CallLimits } from './store-guard.ts';
import {
  currentFailure,
  needsAttention,
  servingToken,
  type BrokerConnection,
  type FlightEnd,
  type PendingPublication,
  type TokenCell,
} from './token-cell.ts';
import { createTokenFlights } from './token-flight.ts';
import { createTokenRejections, type Rejection } from './token-rejections.ts';
import { createTokenStates, type TokenState } from './token-states.ts';
import type { TokenChange, TokenStore } from './token-store.ts';
import { waitFor, WaitTimeout } from './waiting.ts';

export const WAIT_MS_DEFAULT = 8_000; // Apex gives up after 10 s
const CONNECTIONS_MAX = 10_000;
const CONNECTION_NAME = /^[a-z][a-z0-9-]{0,62}$/;
const ROUNDS_MAX = 10;
/** How long a stop waits for results and locks on their way to the store; others wait for the end of a lock where it does not. */
const RELEASE_MS = 3_000;
const PENDING_RETRY_MS_MIN = 1_000;
const PENDING_RETRY_MS_MAX = 30_000;

export interface TokenBrokerOptions<Connection extends BrokerConnection> {
  /** Executes one grant. Rejects only with BridgeError `egress_denied`, or because of the signal. */
  fetchToken: (connection: Connection, signal: AbortSignal) => Promise<GrantOutcome>;
  /** The connection as it is now; asked before every grant and at least every 30 s while its token is used. */
  findConnection: (name: string) => Promise<Connection | undefined>;
  store: TokenStore;
  clock: BrokerClock;
  /** In [0, 1). */
  random: () => number;
  log: BrokerLog;
  metrics?: BrokerMetrics;
  /** Names this instance in the store; unique per start of a process. */
  owner: string;
  /** Tokens kept in memory, at most; the least recently used leave first. */
  connectionsMax?: number;
}

export interface TokenRequest {
  /** Whole seconds that the caller will use the token for, at least. Default 0; a margin for the way is always kept. */
  minimumLifetimeSeconds?: number;
  /** Default 8000. The grant itself goes on to its own deadline. */
  waitMs?: number;
  signal?: LeavingSignal;
}

export interface TokenBroker {
  /** The token from memory, at once, or undefined. Starts a refresh in the background where one is due. */
  peek(name: string, minimumLifetimeSeconds?: number): TokenHandout | undefined;
  /**
   * @throws BridgeError `credential_rejected` (final) | `unknown_host` `connection_failure` `upstream_failure` `upstream_timeout`
   *   `unavailable` (retryable, with `retryAfterSeconds`) | `egress_denied` | `not_found` | `invalid_request`: no token of the
   *   connection lives that long. The signal's reason, where the caller left.
   */
  getToken(name: string, request?: TokenRequest): Promise<TokenHandout>;
  /** Compare-and-invalidate: "the token of this generation got 401". Idempotent; a stale generation changes nothing. Never throws. */
  reject(name: string, generation: number): Promise<Rejection>;
  /** Clears a latch or a wait. @throws BridgeError `unavailable` */
  reset(name: string): Promise<void>;
  /**
   * The connection was created, changed or removed: tells all instances.
   * @param versionBefore What it was before; nothing newer is forgotten where it was removed.
   * @throws BridgeError `unavailable`
   */
  connectionChanged(name: string, versionBefore?: number): Promise<void>;
  /**
   * Counts a sign-in that is made beside the broker, to try another grant.
   * @throws BridgeError `rate_limited`: the sign-ins that this user is allowed within an hour are used up. `unavailable`
   */
  countSignIn(login: NonNullable<BrokerConnection['login']>): Promise<void>;
  /** For status pages: what all instances know, or this one if the database is away. Never throws. */
  state(name: string): Promise<TokenState>;
  /** How many connections are in memory. */
  size(): number;
  /** Lets grants under way end for `graceMs`, then breaks them off and gives their locks back. Does not close the store. */
  close(graceMs?: number): Promise<void>;
}

export function createTokenBroker<Connection extends BrokerConnection>(
  options: TokenBrokerOptions<Connection>,
): TokenBroker {
  const { store, clock, log, owner } = options;
  const metrics = options.metrics ?? {};
  const seed = Math.floor(options.random() * 0x1_0000_0000);
  const cells = createCells(options.connectionsMax ?? CONNECTIONS_MAX);
  let isClosed = false;

  const guard = createStoreGuard({
    clock,
    onChange(isAway, cause) {
      metrics.storeAway?.(isAway);
      if (isAway)
        log.error({ err: cause }, 'The store of the tokens is away; tokens in memory are still served.');
      else log.info({}, 'The store of the tokens is back.');
    },
  });

  const flights = createTokenFlights({
    ...options,
    metrics,
    guard,
    seed,
    isClosed: () => isClosed,
    onGone: (cell) => {
      cells.remove(cell);
    },
  });

  function fly(cell: TokenCell, need: Parameters<typeof flights.start>[1]): Promise<FlightEnd> {
    const { end } = flights.start(cell, need);
    void end.then(() => {
      afterFlight(cell);
    });
    return end;
  }

  function afterFlight(cell: TokenCell): void {
    if (isClosed || !cells.has(cell)) return;
    if (cell.pending !== undefined) retryLater(cell, cell.pending);
    if (!cell.lookAgain) return;
    cell.lookAgain = false;
    confirm(cell);
  }

  function retryLater(cell: TokenCell, pending: PendingPublication): void {
    if (pending.retry !== undefined) return;
    const delayMs = Math.min(PENDING_RETRY_MS_MIN * 2 ** pending.tries, PENDING_RETRY_MS_MAX);
    pending.retry = clock.setTimer(delayMs, () => {
      delete pending.retry;
      pending.tries += 1;
      if (cell.pending === pending) confirm(cell);
    });
  }

  function confirm(cell: TokenCell): void {
    if (isClosed) return;
    if (cell.flight === undefined) void fly(cell, { askedMs: 0, confirmOnly: true });
    else if (cell.flight.phase === 'waiting') cell.flight.wake();
    else cell.lookAgain = true;
  }

  function refresh(cell: TokenCell, token: HeldToken, nowMs: number): void {
    if (isClosed) return;
    const isDue = nowMs >= Math.max(token.refreshAtMs, cell.refreshBlockedUntilMs);
    void fly(cell, isDue ? { askedMs: 0, newerThan: token.generation } : { askedMs: 0, confirmOnly: true });
  }

  function serve(cell: TokenCell, askedMs: number, source: TokenHandout['source']): TokenHandout | undefined {
    const nowMs = clock.monotonicMs();
    const token = servingToken(cell, nowMs, askedMs);
    if (token === undefined) return undefined;
    cell.wasUsed = true;
    if (needsAttention(cell, token, nowMs)) refresh(cell, token, nowMs);
    return handOut(token, source, nowMs, clock.nowMs());
  }

  async function joinFlight(
    cell: TokenCell,
    askedMs: number,
    timeoutMs: number,
    signal: LeavingSignal | undefined,
  ) {
    const isOwn = cell.flight === undefined;
    const flown = cell.flight?.end ?? fly(cell, { askedMs });
    const changes = cell.flight?.changes;
    cell.waitingCallers += 1;
    try {
      const end = await waitFor(flown, { clock, timeoutMs, signal });
      return { isOwn, end, isOutdated: changes !== cell.changes };
    } catch (cause) {
      if (!(cause instanceof WaitTimeout)) throw cause;
      const detail =
        'The upstream did not answer within the time that the caller can wait; the bridge goes on asking.';
      throw new BridgeError('upstream_timeout', { detail, retryAfterSeconds: 1, exitPath: 'Timeout' });
    } finally {
      cell.waitingCallers -= 1;
    }
  }

  function assertOpen(): void {
    if (isClosed) throw unavailable('The bridge is shutting down.', 1000);
  }

  async function getToken(name: string, request: TokenRequest = {}): Promise<TokenHandout> {
    if (request.signal?.aborted === true) throw request.signal.reason;
    // What cannot be a name is not worth a question to the database, which might take it for a fault of its own.
    if (!CONNECTION_NAME.test(name)) throw noSuchConnection();
    const askedMs = (request.minimumLifetimeSeconds ?? 0) * 1000;
    const deadlineMs = clock.monotonicMs() + (request.waitMs ?? WAIT_MS_DEFAULT);
    let source: TokenHandout['source'] = 'cache';
    for (let rounds = 0; rounds < ROUNDS_MAX; rounds += 1) {
      assertOpen();
      const cell = cells.use(name);
      const handout = serve(cell, askedMs, source);
      if (handout !== undefined) return handout;
      const nowMs = clock.monotonicMs();
      const known = cell.isStale ? undefined : currentFailure(cell, nowMs);
      if (known !== undefined && nowMs < known.recheckAtMs) {
        throw failureError(known.failure, known.retryAtMs && known.retryAtMs - nowMs);
      }
      const leftMs = deadlineMs - nowMs;
      const { isOwn, end, isOutdated } = await joinFlight(cell, askedMs, leftMs, request.signal);
      // A reason that lies in what another caller asked for is none for this one, and neither is one of a connection that was corrected since.
      if (end.kind === 'failed' && !isOutdated && (isOwn || !end.isOfTheNeed)) throw end.error();
      source = end.kind === 'ready' && end.granted ? 'upstream' : 'cache';
    }
    throw unavailable('Tokens of this connection end sooner than they can be handed out.', 1000);
  }

  function onChange(change: TokenChange | undefined): void {
    if (change === undefined) {
      for (const cell of cells.all()) confirm(cell);
      return;
    }
    const cell = cells.find(change.name);
    if (cell === undefined || change.origin === owner) return;
    if (change.kind === 'connection') markChanged(cell);
    if (change.kind === 'reset') resetCell(cell);
    confirm(cell);
  }
  const unsubscribe = store.subscribe(onChange);

  function forgetFailure(cell: TokenCell): void {
    delete cell.failure;
    delete cell.denied;
    cell.refreshBlockedUntilMs = 0;
  }

  /** A refusal that could not be written yet would latch the connection again: its lock is given back without a result. */
  function resetCell(cell: TokenCell): void {
    forgetFailure(cell);
    const { pending } = cell;
    if (pending !== undefined && pending.token === undefined) pending.toResult = () => ({ kind: 'nothing' });
  }

  function markChanged(cell: TokenCell): void {
    cell.changes += 1;
    cell.isStale = true;
    forgetFailure(cell);
  }

  async function change<T>(work: () => Promise<T>, limits?: CallLimits<T>): Promise<T> {
    try {
      return await guard.call(work, limits);
    } catch (cause) {
      throw cause instanceof BridgeError ? cause : guard.error(cause);
    }
  }

  async function close(graceMs = 5_000): Promise<void> {
    isClosed = true;
    unsubscribe();
    const flying = cells.all().flatMap((cell) => (cell.flight === undefined ? [] : [cell.flight]));
    for (const flight of flying) flight.wake();
    const ends = Promise.all(flying.map((flight) => flight.end));
    await waitFor(ends, { clock, timeoutMs: graceMs }).catch(() => undefined);
    for (const flight of flying) flight.abort();
    await ends;
    const kept = cells.all().filter(({ pending }) => pending !== undefined);
    for (const { pending } of kept) pending!.retry?.cancel();
    await waitFor(flights.end(kept), { clock, timeoutMs: RELEASE_MS }).catch(() => undefined);
  }

  async function countSignIn(login: NonNullable<BrokerConnection['login']>): Promise<void> {
    const { key, attemptsPerHourMax = LOGIN_ATTEMPTS_PER_HOUR_MAX } = login;
    const counted = await change(() => store.countLogin({ key, attemptsPerHourMax }), {
      timeoutMs: STORE_TRANSACTION_TIMEOUT_MS,
    });
    if (counted.outcome === 'counted') return;
    throw new BridgeError('rate_limited', {
      detail: LOGIN_BUDGET_USED_UP.title,
      remedy: LOGIN_BUDGET_USED_UP.remedy,
      retryAfterSeconds: secondsUp(counted.retryAfterMs),
    });
  }

  const shared = { ...options, guard, cells };

  return {
    countSignIn,
    peek(name, minimumLifetimeSeconds = 0) {
      const cell = isClosed ? undefined : cells.find(name);
      return cell === undefined ? undefined : serve(cell, minimumLifetimeSeconds * 1000, 'cache');
    },
    getToken,
    reject: createTokenRejections(shared),
    async reset(name) {
      const cell = cells.find(name);
      if (cell !== undefined) resetCell(cell);
      await change(() => store.reset(name, owner));
    },
    async connectionChanged(name, versionBefore) {
      const cell = cells.find(name);
      if (cell !== undefined) markChanged(cell);
      await change(async () => {
        const isGone = (await options.findConnection(name)) === undefined;
        const isToForget = isGone && versionBefore !== undefined;
        await (isToForget ? store.forget(name, owner, versionBefore) : store.announce(name, owner));
      });
    },
    state: createTokenStates(shared),
    size: () => cells.size(),
    close,
  };
}
