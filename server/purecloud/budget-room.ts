/** What one instance knows of the permits of one connection: who waits, what it holds, what it should lease. No I/O, no clock. */
import { createFairQueue, PRIORITIES, type FairQueue, type Priority } from './fair-queue.ts';
import { EMPTY_ROW, type GivenPermits, type Lease, type PermitRow } from './permit-window.ts';

const WAITING_MAX = 1_000;
/** Parts of the window: how long a leased permit is kept, and how many of a window's permits are held ahead at most. */
const HELD_SHARE = 1 / 12;
const AHEAD_SHARE: Readonly<Record<Priority, number>> = { interactive: 1 / 60, sync: 1 / 120 };

export interface Waiter {
  caller: string;
  priority: Priority;
  settle(error?: Error): void;
}

/** How finely the unreported are told apart. */
const UNREPORTED_SLOTS = 120;

interface Unreported {
  permits: number;
  sinceMs: number;
  /** The youngest of them. */
  atMs: number;
}

interface Held {
  permits: number;
  untilMs: number;
}

interface Recent {
  startedAtMs: number;
  now: number;
  before: number;
}

/** All instants are on the instance's monotonic clock. */
export interface BudgetRoom {
  readonly name: string;
  readonly windowMs: number;
  configured: number;
  readonly queue: FairQueue<Waiter>;
  readonly held: Record<Priority, Held>;
  /** What the upstream says that it allows, until when. */
  allowed: { calls: number; untilMs: number };
  blockedUntilMs: number;
  syncBlockedUntilMs: number;
  /** The other instances know of a pause up to here. */
  toldUntilMs: number;
  /** Calls of this and of the last 5 s, to lease ahead as many as will probably be used. */
  readonly recent: Record<Priority, Recent>;
  isAsking: boolean;
  askAtMs: number | undefined;
  timer: { cancel(): void } | undefined;
  /** Instances that share the limit, as last heard. */
  instances: number;
  /** This instance's own account, for when the shared one is away. */
  own: PermitRow;
  /** Given while the shared account was away, and not in it yet; ascending. */
  unreported: Unreported[];
}

export function createBudgetRoom(name: string, configured: number, windowMs: number): BudgetRoom {
  const held = () => ({ permits: 0, untilMs: 0 });
  const recent = () => ({ startedAtMs: 0, now: 0, before: 0 });
  return {
    name,
    windowMs,
    configured,
    queue: createFairQueue(WAITING_MAX),
    held: { interactive: held(), sync: held() },
    allowed: { calls: Number.POSITIVE_INFINITY, untilMs: 0 },
    blockedUntilMs: 0,
    syncBlockedUntilMs: 0,
    toldUntilMs: 0,
    recent: { interactive: recent(), sync: recent() },
    isAsking: false,
    askAtMs: undefined,
    timer: undefined,
    instances: 1,
    own: EMPTY_ROW,
    unreported: [],
  };
}

export function limitOf(room: BudgetRoom, nowMs: number): number {
  return nowMs < room.allowed.untilMs ? Math.min(room.configured, room.allowed.calls) : room.configured;
}

function heldNow({ held }: BudgetRoom, priority: Priority, nowMs: number): number {
  return nowMs < held[priority].untilMs ? held[priority].permits : 0;
}

/** One permit, if there is one; an interactive call may also use what was leased for a sync. */
export function takePermit(room: BudgetRoom, priority: Priority, nowMs: number): boolean {
  if (nowMs < room.blockedUntilMs) return false;
  if (priority === 'sync' && nowMs < room.syncBlockedUntilMs) return false;
  const pools: readonly Priority[] = priority === 'sync' ? ['sync'] : PRIORITIES;
  const pool = pools.find((candidate) => heldNow(room, candidate, nowMs) > 0);
  if (pool === undefined) return false;
  room.held[pool].permits -= 1;
  return true;
}

export function serveWaiters(room: BudgetRoom, nowMs: number): void {
  for (const priority of PRIORITIES) {
    while (room.queue.count(priority) > 0 && takePermit(room, priority, nowMs)) {
      room.queue.next(priority)!.settle();
    }
  }
}

export function countCall(room: BudgetRoom, priority: Priority, nowMs: number): void {
  const recent = room.recent[priority];
  const heldMs = room.windowMs * HELD_SHARE;
  const ageMs = nowMs - recent.startedAtMs;
  if (ageMs < heldMs) {
    recent.now += 1;
    return;
  }
  room.recent[priority] = { startedAtMs: nowMs, now: 1, before: ageMs < 2 * heldMs ? recent.now : 0 };
}

function aheadMax(room: BudgetRoom, priority: Priority, nowMs: number): number {
  return Math.floor(limitOf(room, nowMs) * AHEAD_SHARE[priority]);
}

/** As many as will probably be used while they are held: a caller that comes once in a while wastes none. */
function aheadOf(room: BudgetRoom, priority: Priority, nowMs: number): number {
  const { now, before } = room.recent[priority];
  return Math.max(0, Math.min(aheadMax(room, priority, nowMs), Math.max(now, before) - 1));
}

export function isLow(room: BudgetRoom, priority: Priority, nowMs: number): boolean {
  return heldNow(room, priority, nowMs) < aheadOf(room, priority, nowMs) / 2;
}

function wantedOf(room: BudgetRoom, priority: Priority, nowMs: number): number {
  const needed = room.queue.count(priority) + aheadOf(room, priority, nowMs);
  return Math.max(0, needed - heldNow(room, priority, nowMs));
}

export function wantedPermits(room: BudgetRoom, nowMs: number): Record<Priority, number> {
  return {
    interactive: wantedOf(room, 'interactive', nowMs),
    sync: nowMs < room.syncBlockedUntilMs ? 0 : wantedOf(room, 'sync', nowMs),
  };
}

/** @param askedAtMs When the lease was asked for: a permit is held from there on, so that a slow answer makes it older. */
export function holdLease(room: BudgetRoom, lease: Lease, askedAtMs: number, nowMs: number): void {
  const untilMs = askedAtMs + room.windowMs * HELD_SHARE;
  for (const priority of PRIORITIES) {
    const permits = heldNow(room, priority, nowMs) + lease[priority];
    room.held[priority] = { permits, untilMs };
  }
  const heardUntilMs = nowMs + lease.blockedForMs;
  if (heardUntilMs < room.blockedUntilMs) return;
  room.blockedUntilMs = heardUntilMs;
  room.toldUntilMs = heardUntilMs;
}

/** What nobody waits for any more would otherwise add up to a burst. */
export function dropSurplus(room: BudgetRoom, nowMs: number): void {
  for (const priority of PRIORITIES) {
    const held = room.held[priority];
    held.permits = Math.min(held.permits, aheadMax(room, priority, nowMs));
  }
}

/** What is left of a pause that the other instances do not know of. */
export function untoldPauseMs({ blockedUntilMs, toldUntilMs }: BudgetRoom, nowMs: number): number {
  return blockedUntilMs > toldUntilMs ? Math.max(0, blockedUntilMs - nowMs) : 0;
}

export function dropAll(room: BudgetRoom): void {
  for (const priority of PRIORITIES) room.held[priority].permits = 0;
}

/** Whoever gives without a shared account writes down what the others have to hear of; what has left the window is forgotten. */
export function noteUnreported(room: BudgetRoom, permits: number, nowMs: number): void {
  const { unreported, windowMs } = room;
  while (unreported.length > 0 && nowMs - unreported[0]!.atMs > windowMs) unreported.shift();
  if (permits === 0) return;
  const last = unreported.at(-1);
  if (last !== undefined && nowMs - last.sinceMs < windowMs / UNREPORTED_SLOTS) {
    last.permits += permits;
    last.atMs = nowMs;
  } else unreported.push({ permits, sinceMs: nowMs, atMs: nowMs });
}

export function unreportedPermits({ unreported }: BudgetRoom, nowMs: number): GivenPermits[] {
  return unreported.map(({ permits, atMs }) => ({ permits, agoMs: nowMs - atMs }));
}
