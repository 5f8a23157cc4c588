/** Permits of a sliding window, shared by all instances: what one lease gets, and what is written down of it. Pure: no I/O, no clock. */

export const WINDOW_MS = 60_000;
/** The window is kept in this many slots: a permit is given back up to one slot late (0.8 %), never early. */
const SLOTS = 120;
/** The last part of the window is for interactive calls alone, so that a sync on another instance cannot take each permit as it comes free. */
const INTERACTIVE_RESERVE = 0.02;
/** One lease takes at most this part of the limit: instances that ask at the same moment take turns. */
const LEASE_SHARE_MAX = 0.1;
/** Interactive calls take this part of the window at once; behind it they are paced, or one burst would come back minute after minute. */
const BURST_SHARE = 0.5;
/** What is paced may catch up this part of the window at once, so that it need not ask for every call. */
const CATCH_UP_SHARE = 1 / 30;
/** An instance that has not asked for so many windows has gone. */
const INSTANCE_WINDOWS = 1.5;

/** All instants are on one clock, that of whoever keeps the row. */
export interface PermitRow {
  /** [slot, permits], ascending. */
  slots: readonly (readonly [number, number])[];
  /** The pace of each kind is paid up to here (GCRA). */
  paidUntilMs: { readonly interactive: number; readonly sync: number };
  /** The upstream asked for a pause. */
  blockedUntilMs: number;
  /** Owner -> when it last asked. */
  instances: Readonly<Record<string, number>>;
}

export interface LeaseRequest {
  owner: string;
  /** Permits per window. */
  limit: number;
  interactive: number;
  sync: number;
  /** Pause for all instances that the upstream asked this one for. */
  blockForMs?: number;
  /** Permits that this instance gave while the row was out of its reach. */
  given?: readonly GivenPermits[];
}

export interface GivenPermits {
  permits: number;
  /** How long ago, at least: what is not known exactly counts as younger. */
  agoMs: number;
}

export interface Lease {
  interactive: number;
  sync: number;
  /** Permits of the window that are taken, these included. */
  used: number;
  /** Instances that share the limit, this one included. */
  instances: number;
  /** 0: all that was wanted was given, or asking again at once helps. */
  retryInMs: number;
  blockedForMs: number;
}

export const EMPTY_ROW: PermitRow = {
  slots: [],
  paidUntilMs: { interactive: 0, sync: 0 },
  blockedUntilMs: 0,
  instances: {},
};

/** Slots that still count. What lies in the future was written before the clock was set back: it counts from now on. */
function liveSlots(row: PermitRow, nowMs: number, windowMs: number): [number, number][] {
  const slotMs = windowMs / SLOTS;
  const current = Math.floor(nowMs / slotMs);
  const live: [number, number][] = [];
  for (const [slot, permits] of row.slots) {
    const at = Math.min(slot, current);
    if ((at + 1) * slotMs + windowMs <= nowMs) continue;
    if (live.at(-1)?.[0] === at) live.at(-1)![1] += permits;
    else live.push([at, permits]);
  }
  return live;
}

function sum(slots: readonly (readonly [number, number])[]): number {
  return slots.reduce((total, [, permits]) => total + permits, 0);
}

export function permitsUsed(row: PermitRow, nowMs: number, windowMs = WINDOW_MS): number {
  return sum(liveSlots(row, nowMs, windowMs));
}

function liveInstances(
  row: PermitRow,
  owner: string,
  nowMs: number,
  windowMs: number,
): PermitRow['instances'] {
  const live = Object.entries(row.instances).filter(
    ([, seenAtMs]) => Math.abs(nowMs - seenAtMs) < windowMs * INSTANCE_WINDOWS,
  );
  return { ...Object.fromEntries(live), [owner]: nowMs };
}

interface Pace {
  affordable: number;
  /** Paid up to here before this lease. */
  paidUntilMs: number;
  intervalMs: number;
}

function paceOf(paidUntilMs: number, limit: number, nowMs: number, windowMs: number): Pace {
  const intervalMs = windowMs / limit;
  const catchUpMs = Math.max(windowMs * CATCH_UP_SHARE, intervalMs);
  const paid = Math.min(paidUntilMs, nowMs + windowMs); // the clock was set back
  const from = Math.max(paid, nowMs - catchUpMs);
  return {
    affordable: Math.max(0, Math.floor((nowMs - from) / intervalMs + 1e-9)),
    paidUntilMs: from,
    intervalMs,
  };
}

/** What was given elsewhere, in the slots of when it was. What is older than the window is not worth writing down. */
function withGiven(
  slots: [number, number][],
  given: readonly GivenPermits[],
  nowMs: number,
  windowMs: number,
): [number, number][] {
  if (given.length === 0) return slots;
  const bySlot = new Map(slots);
  for (const { permits, agoMs } of given) {
    if (agoMs >= windowMs) continue;
    const slot = Math.floor((nowMs - Math.max(0, agoMs)) / (windowMs / SLOTS));
    bySlot.set(slot, (bySlot.get(slot) ?? 0) + permits);
  }
  return [...bySlot].sort(([left], [right]) => left - right);
}

function withPermits(slots: [number, number][], permits: number, nowMs: number, windowMs: number) {
  if (permits === 0) return slots;
  const current = Math.floor(nowMs / (windowMs / SLOTS));
  const last = slots.at(-1);
  if (last?.[0] === current) last[1] += permits;
  else slots.push([current, permits]);
  return slots;
}

/** When `permits` more will have come free. */
function freeInMs(
  slots: readonly (readonly [number, number])[],
  permits: number,
  nowMs: number,
  windowMs: number,
): number {
  const slotMs = windowMs / SLOTS;
  let freed = 0;
  for (const [slot, count] of slots) {
    freed += count;
    if (freed >= permits) return (slot + 1) * slotMs + windowMs - nowMs;
  }
  return windowMs;
}

interface Share {
  permits: number;
  /** After this lease. */
  paidUntilMs: number;
  /** When the pace allows one more. */
  nextInMs: number;
}

/** @param unpaced How many of `room` need not wait for the pace. */
function shareOf(wanted: number, room: number, unpaced: number, pace: Pace, nowMs: number): Share {
  const paced = Math.min(Math.max(0, room - unpaced), pace.affordable);
  const permits = Math.min(wanted, Math.min(room, unpaced) + paced);
  const paidUntilMs = pace.paidUntilMs + Math.max(0, permits - unpaced) * pace.intervalMs;
  return { permits, paidUntilMs, nextInMs: paidUntilMs + pace.intervalMs - nowMs };
}

/**
 * No window of any `windowMs` ever has more permits than the limit, whatever the instances ask for, and however they interleave.
 * Interactive calls take half of it at once and the rest evenly; sync calls are spread evenly over the window, so that what comes
 * free does so evenly too.
 */
export function decideLease(
  row: PermitRow,
  nowMs: number,
  request: LeaseRequest,
  windowMs = WINDOW_MS,
): { row: PermitRow; lease: Lease } {
  const { owner, limit, blockForMs = 0, given = [] } = request;
  const slots = withGiven(liveSlots(row, nowMs, windowMs), given, nowMs, windowMs);
  const instances = liveInstances(row, owner, nowMs, windowMs);
  const blockedUntilMs = Math.max(row.blockedUntilMs, blockForMs > 0 ? nowMs + blockForMs : 0);
  const blockedForMs = Math.max(0, blockedUntilMs - nowMs);
  const free = blockedForMs > 0 ? 0 : Math.max(0, limit - sum(slots));
  const reserve = Math.floor(limit * INTERACTIVE_RESERVE);
  const leaseMax = Math.max(1, Math.ceil(limit * LEASE_SHARE_MAX));
  const pace = (kind: 'interactive' | 'sync') => paceOf(row.paidUntilMs[kind], limit, nowMs, windowMs);
  const unpaced = Math.max(0, free - Math.floor(limit * (1 - BURST_SHARE)));
  const wanted = Math.min(request.interactive, leaseMax);
  const interactive = shareOf(wanted, free, unpaced, pace('interactive'), nowMs);
  const syncRoom = Math.max(0, free - interactive.permits - reserve);
  const sync = shareOf(request.sync, syncRoom, 0, pace('sync'), nowMs);
  withPermits(slots, interactive.permits + sync.permits, nowMs, windowMs);

  const left = limit - sum(slots);
  const roomInMs = (permits: number) =>
    left >= permits ? 0 : freeInMs(slots, permits - left, nowMs, windowMs);
  const retries: number[] = [];
  if (interactive.permits < request.interactive) {
    const isCut = interactive.permits === leaseMax;
    retries.push(isCut ? 0 : Math.max(interactive.nextInMs, roomInMs(1)));
  }
  if (sync.permits < request.sync) retries.push(Math.max(sync.nextInMs, roomInMs(reserve + 1)));
  const lease: Lease = {
    interactive: interactive.permits,
    sync: sync.permits,
    used: sum(slots),
    instances: Object.keys(instances).length,
    retryInMs: Math.max(blockedForMs, retries.length === 0 ? 0 : Math.min(...retries)),
    blockedForMs,
  };
  const paidUntilMs = { interactive: interactive.paidUntilMs, sync: sync.paidUntilMs };
  return { row: { slots, paidUntilMs, blockedUntilMs, instances }, lease };
}

/** Writes down permits that were given elsewhere: an instance keeps its own account for the time when the shared one is away. */
export function notePermits(row: PermitRow, nowMs: number, permits: number, windowMs = WINDOW_MS): PermitRow {
  return { ...row, slots: withPermits(liveSlots(row, nowMs, windowMs), permits, nowMs, windowMs) };
}
