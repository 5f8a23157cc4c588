/**
 * Keeps the calls of a connection under its `requestsPerMinute`, over all callers and all instances. Permits are leased from one row
 * in small batches, ahead of need, so that a busy connection does no database call per request.
 *
 * The bound: no 60 s have more permits than the limit, but a permit may be used up to 5 s after it was counted. An instance holds at
 * most a second's worth for interactive calls and half of that for sync ones, so 60 s may see 2.5 % more calls for every instance.
 */
import { BridgeError } from '../errors.ts';
import {
  countCall,
  createBudgetRoom,
  dropAll,
  dropSurplus,
  holdLease,
  isLow,
  limitOf,
  noteUnreported,
  serveWaiters,
  takePermit,
  unreportedPermits,
  untoldPauseMs,
  wantedPermits,
  type BudgetRoom,
  type Waiter,
} from './budget-room.ts';
import type { Priority } from './fair-queue.ts';
import { decideLease, notePermits, WINDOW_MS, type Lease, type LeaseRequest } from './permit-window.ts';
import type { PermitStore } from './permit-store.ts';
import { readRate, type RateAnswer } from './upstream-rate.ts';

/** Nothing waits longer, and a `Retry-After` beyond it is told at once. */
const WAIT_MS_MAX = 180_000;
const STORE_TIMEOUT_MS = 1_000;
const STORE_REST_MS = 1_000;
const RETRY_SECONDS_MAX = 3_600;
/** Parts of the window between two questions of an unserved queue: a sync is in no hurry, and gets several at once. */
const ASK_AGAIN_SHARE: Readonly<Record<Priority, number>> = { interactive: 1 / 300, sync: 1 / 60 };

export interface BudgetClock {
  monotonicMs(): number;
  setTimer(delayMs: number, run: () => void): { cancel(): void };
}

/** A connection, as far as its budget goes; without `requestsPerMinute` there is none. */
export interface BudgetedConnection {
  name: string;
  requestsPerMinute?: number | undefined;
}

export interface BudgetRequest {
  /** Who is served in turn with others. */
  caller: string;
  priority: Priority;
  signal?: AbortSignal | undefined;
  /** How long the caller can wait, in milliseconds from now; 180 s at most, and by default. */
  deadlineMs?: number | undefined;
}

export interface BudgetState {
  limitPerMinute: number;
  /** Permits of the last minute, over all instances; of this one alone while the database is away. */
  usedLastMinute: number;
  waitingInteractive: number;
  waitingSync: number;
  /** The upstream asked for a pause. */
  blockedForSeconds?: number;
  /** False: the database is away, and this instance keeps to its share. */
  isShared: boolean;
}

export interface RequestBudget {
  /**
   * Resolves when one call may be sent; at once where the connection has no budget.
   * @throws BridgeError `rate_limited` with `retryAfterSeconds`: not within the time that the caller has, or too many wait.
   *   The signal's reason, where the caller left. `unavailable`: shutting down.
   */
  acquire(connection: BudgetedConnection, request: BudgetRequest): Promise<void>;
  /** Tells of every answer of the upstream, so that its own word on the rate is heeded. Never throws, never waits. */
  report(connection: BudgetedConnection, answer: RateAnswer): void;
  /** Undefined: the connection has no budget. Never throws. */
  state(connection: BudgetedConnection): Promise<BudgetState | undefined>;
  /** The connection was removed. */
  forget(name: string): void;
  close(): void;
}

export interface RequestBudgetOptions {
  store: PermitStore;
  clock: BudgetClock;
  /** Names this instance in the store; unique per start of a process. */
  owner: string;
  log: { warn(fields: object, message: string): void; info(fields: object, message: string): void };
}

function rateLimited(retryInMs: number, detail: string): BridgeError {
  const seconds = Math.min(RETRY_SECONDS_MAX, Math.max(1, Math.ceil(retryInMs / 1000)));
  return new BridgeError('rate_limited', { detail, retryAfterSeconds: seconds });
}

function shuttingDown(): BridgeError {
  return new BridgeError('unavailable', { detail: 'The bridge is shutting down', retryAfterSeconds: 1 });
}

export function createRequestBudget(options: RequestBudgetOptions): RequestBudget {
  const { store, clock, owner, log } = options;
  const windowMs = WINDOW_MS;
  const now = () => clock.monotonicMs();
  const rooms = new Map<string, BudgetRoom>();
  let restUntilMs = Number.NEGATIVE_INFINITY;
  let isAway = false;
  let isClosed = false;

  function roomOf(name: string, configured: number): BudgetRoom {
    const room = rooms.get(name) ?? createBudgetRoom(name, configured, windowMs);
    room.configured = configured;
    rooms.set(name, room);
    return room;
  }

  function noteAway(cause: unknown): void {
    restUntilMs = now() + STORE_REST_MS;
    if (!isAway)
      log.warn({ err: cause }, 'The shared request budget is away; this instance keeps to its own share.');
    isAway = true;
  }

  /** Undefined: the store is away. */
  async function leaseShared(room: BudgetRoom, request: LeaseRequest): Promise<Lease | undefined> {
    if (now() < restUntilMs) return undefined;
    const late = Promise.withResolvers<never>();
    const timer = clock.setTimer(STORE_TIMEOUT_MS, () => {
      late.reject(new Error('no answer in time'));
    });
    const { unreported } = room;
    const given = unreportedPermits(room, now());
    room.unreported = [];
    try {
      const asked = given.length === 0 ? request : { ...request, given };
      const lease = await Promise.race([store.lease(room.name, asked), late.promise]);
      if (isAway) log.info({}, 'The shared request budget is back.');
      isAway = false;
      room.instances = lease.instances;
      room.own = notePermits(room.own, now(), lease.interactive + lease.sync, windowMs);
      return lease;
    } catch (cause) {
      // They may have been counted all the same: twice is safe, and never is not.
      room.unreported = [...unreported, ...room.unreported];
      noteAway(cause);
      return undefined;
    } finally {
      timer.cancel();
    }
  }

  /** The instances that were there when the store was last heard divide the limit evenly. */
  function leaseOwn(room: BudgetRoom, request: LeaseRequest): Lease {
    const share = Math.max(1, Math.floor(request.limit / room.instances));
    const { row, lease } = decideLease(room.own, now(), { ...request, limit: share }, windowMs);
    room.own = row;
    noteUnreported(room, lease.interactive + lease.sync, now());
    return lease;
  }

  /** An earlier appointment stands. */
  function askIn(room: BudgetRoom, delayMs: number): void {
    if (isClosed || room.isAsking) return;
    const atMs = now() + delayMs;
    if (room.askAtMs !== undefined && room.askAtMs <= atMs) return;
    room.timer?.cancel();
    room.askAtMs = atMs;
    const run = () => {
      room.askAtMs = undefined;
      void ask(room);
    };
    if (delayMs > 0) room.timer = clock.setTimer(delayMs, run);
    else run();
  }

  async function ask(room: BudgetRoom): Promise<void> {
    serveWaiters(room, now());
    const askedAtMs = now();
    const request: LeaseRequest = {
      owner,
      limit: limitOf(room, askedAtMs),
      ...wantedPermits(room, askedAtMs),
      blockForMs: untoldPauseMs(room, askedAtMs),
    };
    const isIdle = request.interactive + request.sync === 0 && request.blockForMs === 0;
    if (isIdle) {
      if (room.queue.count() > 0) askIn(room, againInMs(room, pausedMs(room)));
      return;
    }
    room.isAsking = true;
    const { blockedUntilMs } = room;
    const shared = await leaseShared(room, request);
    room.isAsking = false;
    if (shared !== undefined) room.toldUntilMs = Math.max(room.toldUntilMs, blockedUntilMs);
    if (isClosed) return;
    const lease = shared ?? leaseOwn(room, request);
    holdLease(room, lease, askedAtMs, now());
    serveWaiters(room, now());
    dropSurplus(room, now());
    if (shared !== undefined && untoldPauseMs(room, now()) > 0) askIn(room, 0);
    if (room.queue.count() > 0) askIn(room, wasServed(lease) ? 0 : againInMs(room, lease.retryInMs));
  }

  /** Whoever waits still came meanwhile, or a lease was not enough for all: asking again at once helps. */
  function wasServed(lease: Lease): boolean {
    return lease.retryInMs === 0 && lease.interactive + lease.sync > 0;
  }

  function pausedMs(room: BudgetRoom): number {
    return Math.max(room.blockedUntilMs, room.syncBlockedUntilMs) - now();
  }

  function againInMs(room: BudgetRoom, delayMs: number): number {
    const priority = room.queue.count('interactive') > 0 ? 'interactive' : 'sync';
    return Math.max(delayMs, windowMs * ASK_AGAIN_SHARE[priority]);
  }

  function retryInMs(room: BudgetRoom): number {
    const turnMs = windowMs / limitOf(room, now());
    return Math.max(0, room.blockedUntilMs - now()) + (room.queue.count('interactive') + 1) * turnMs;
  }

  function wait(room: BudgetRoom, request: BudgetRequest, waitMs: number): Promise<void> {
    const { caller, priority, signal } = request;
    return new Promise<void>((resolve, reject) => {
      const leave = () => {
        waiter.settle(signal!.reason as Error);
      };
      const timer = clock.setTimer(waitMs, () => {
        waiter.settle(rateLimited(retryInMs(room), 'The calls a minute of this connection are used up.'));
      });
      const waiter: Waiter = {
        caller,
        priority,
        settle(error) {
          room.queue.remove(waiter);
          timer.cancel();
          signal?.removeEventListener('abort', leave);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      const displaced = room.queue.push(waiter);
      displaced?.settle(rateLimited(retryInMs(room), 'Too many calls wait for this connection.'));
      // A queue of sync calls has its appointment already.
      if (priority === 'interactive' || room.askAtMs === undefined) askIn(room, 0);
    });
  }

  async function acquire(connection: BudgetedConnection, request: BudgetRequest): Promise<void> {
    if (connection.requestsPerMinute === undefined) return;
    request.signal?.throwIfAborted();
    if (isClosed) throw shuttingDown();
    const { priority, deadlineMs = WAIT_MS_MAX } = request;
    const room = roomOf(connection.name, connection.requestsPerMinute);
    countCall(room, priority, now());
    if (room.queue.count(priority) === 0 && takePermit(room, priority, now())) {
      if (isLow(room, priority, now())) askIn(room, windowMs * ASK_AGAIN_SHARE.interactive);
      return;
    }
    const waitMs = Math.min(deadlineMs, WAIT_MS_MAX);
    const blockedMs = room.blockedUntilMs - now();
    if (blockedMs > waitMs)
      throw rateLimited(blockedMs, 'The upstream asked the bridge to wait longer than the caller can.');
    await wait(room, request, waitMs);
  }

  function report(connection: BudgetedConnection, answer: RateAnswer): void {
    if (connection.requestsPerMinute === undefined || isClosed) return;
    const { allowed, pauseMs = 0, syncPauseMs } = readRate(answer);
    if (allowed === undefined && pauseMs === 0) return;
    const room = roomOf(connection.name, connection.requestsPerMinute);
    if (allowed !== undefined) room.allowed = { calls: allowed, untilMs: now() + windowMs };
    if (syncPauseMs !== undefined) room.syncBlockedUntilMs = now() + syncPauseMs;
    if (now() + pauseMs <= room.blockedUntilMs || pauseMs === 0) return;
    room.blockedUntilMs = now() + pauseMs;
    dropAll(room);
    askIn(room, 0);
  }

  async function state({ name, requestsPerMinute }: BudgetedConnection): Promise<BudgetState | undefined> {
    if (requestsPerMinute === undefined) return undefined;
    const room = roomOf(name, requestsPerMinute);
    const limit = limitOf(room, now());
    const request: LeaseRequest = { owner, limit, interactive: 0, sync: 0 };
    const lease = (await leaseShared(room, request)) ?? leaseOwn(room, request);
    const blockedMs = Math.max(lease.blockedForMs, room.blockedUntilMs - now());
    return {
      limitPerMinute: limit,
      usedLastMinute: lease.used,
      waitingInteractive: room.queue.count('interactive'),
      waitingSync: room.queue.count('sync'),
      ...(blockedMs > 0 ? { blockedForSeconds: Math.ceil(blockedMs / 1000) } : {}),
      isShared: !isAway,
    };
  }

  function empty(room: BudgetRoom, error: BridgeError): void {
    room.timer?.cancel();
    for (const waiter of room.queue.drain()) waiter.settle(error);
  }

  return {
    acquire,
    report,
    state,
    forget(name) {
      const room = rooms.get(name);
      rooms.delete(name);
      if (room !== undefined) empty(room, new BridgeError('not_found'));
      store.forget(name).catch(() => undefined); // a row of a connection that is gone is harmless
    },
    close() {
      isClosed = true;
      for (const room of rooms.values()) empty(room, shuttingDown());
    },
  };
}
