/** Virtual time and seeded chance: every delay of a schedule comes from here, so that a seed replays it step by step. */
import type { BrokerTimer } from '../../../server/tokens/broker-clock.ts';

export interface Chance {
  /** In [0, 1). */
  next(): number;
  /** Whole number, both ends included. */
  between(low: number, high: number): number;
  is(probability: number): boolean;
  pick<T>(choices: readonly T[]): T;
}

/** mulberry32: small, fast, and the same everywhere. */
export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    between,
    is: (probability) => next() < probability,
    pick: (choices) => choices[between(0, choices.length - 1)]!,
  };
}

interface Event {
  atMs: number;
  tie: number;
  run: (() => void) | undefined;
}

function isBefore(left: Event, right: Event): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.tie < right.tie);
}

/** Binary heap: schedules hold hundreds of events, and ten thousand schedules must fit in seconds. */
function createHeap() {
  const heap: Event[] = [];
  return {
    push(event: Event) {
      let index = heap.push(event) - 1;
      while (index > 0) {
        const parent = (index - 1) >> 1;
        if (!isBefore(event, heap[parent]!)) break;
        heap[index] = heap[parent]!;
        index = parent;
      }
      heap[index] = event;
    },
    pop(): Event | undefined {
      const top = heap[0];
      const last = heap.pop();
      if (top === undefined || last === undefined || heap.length === 0) return top;
      let index = 0;
      for (;;) {
        let child = index * 2 + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
        if (!isBefore(heap[child]!, last)) break;
        heap[index] = heap[child]!;
        index = child;
      }
      heap[index] = last;
      return top;
    },
    peek: () => heap[0],
  };
}

export interface VirtualTime {
  nowMs(): number;
  after(delayMs: number, run: () => void): BrokerTimer;
  sleep(delayMs: number): Promise<void>;
  /** Runs events one at a time, each to its last consequence, until there is none left or `untilMs` is reached. */
  run(untilMs?: number): Promise<void>;
  steps(): number;
}

/** Events of the same instant run in an order drawn by chance. */
export function createVirtualTime(chance: Chance, stepsMax = 20_000): VirtualTime {
  const heap = createHeap();
  let nowMs = 0;
  let steps = 0;

  function after(delayMs: number, run: () => void): BrokerTimer {
    const event: Event = { atMs: nowMs + Math.max(delayMs, 0), tie: chance.next(), run };
    heap.push(event);
    return {
      cancel: () => {
        event.run = undefined;
      },
    };
  }

  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

  return {
    nowMs: () => nowMs,
    after,
    sleep: (delayMs) =>
      new Promise((resolve) => {
        after(delayMs, resolve);
      }),
    async run(untilMs = Number.POSITIVE_INFINITY) {
      await settled();
      for (let event = heap.peek(); event !== undefined && event.atMs <= untilMs; event = heap.peek()) {
        heap.pop();
        if (event.run === undefined) continue;
        if ((steps += 1) > stepsMax) throw new Error(`no end after ${stepsMax} steps`);
        nowMs = event.atMs;
        event.run();
        await settled();
      }
      if (untilMs !== Number.POSITIVE_INFINITY) nowMs = Math.max(nowMs, untilMs);
    },
    steps: () => steps,
  };
}
