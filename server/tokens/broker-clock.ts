/** Time, as the broker sees it. Everything that the broker measures is monotonic; the wall clock only makes dates for people. */
import { uptime } from 'node:os';

export interface BrokerTimer {
  cancel(): void;
}

export interface BrokerClock {
  /** Milliseconds that never go back and that count the time the machine was suspended. */
  monotonicMs(): number;
  /** Epoch milliseconds of the wall clock; may jump either way. */
  nowMs(): number;
  setTimer(delayMs: number, run: () => void): BrokerTimer;
}

interface ClockSources {
  /** Monotonic milliseconds, which stand still while the machine is suspended. */
  performanceMs(): number;
  wallMs(): number;
  /** Seconds since boot, which do not. Costs a system call, so it is asked only when there is a reason. */
  uptimeSeconds(): number;
}

const NODE_SOURCES: ClockSources = {
  performanceMs: () => performance.now(),
  wallMs: () => Date.now(),
  uptimeSeconds: () => uptime(),
};
const JUMP_MS_MIN = 1_000;

/**
 * The clock of the machine. `performance.now()` stops while a machine sleeps, and a token that expired meanwhile would look
 * alive; the wall clock can be set. So a jump of the wall clock against the monotonic one is only the reason to ask the time
 * since boot, and what that has gained is the time slept.
 */
export function createSystemClock(sources: ClockSources = NODE_SOURCES): BrokerClock {
  let sleptMs = 0;
  let wallOffsetMs = sources.wallMs() - sources.performanceMs();
  let bootOffsetMs = sources.uptimeSeconds() * 1000 - sources.performanceMs();

  function measureSleep(performanceMs: number, wallMs: number): void {
    const offset = sources.uptimeSeconds() * 1000 - performanceMs;
    if (offset - bootOffsetMs > JUMP_MS_MIN) {
      sleptMs += offset - bootOffsetMs;
      bootOffsetMs = offset;
    }
    wallOffsetMs = wallMs - performanceMs;
  }

  return {
    monotonicMs() {
      const performanceMs = sources.performanceMs();
      const wallMs = sources.wallMs();
      if (Math.abs(wallMs - performanceMs - wallOffsetMs) > JUMP_MS_MIN) measureSleep(performanceMs, wallMs);
      return performanceMs + sleptMs;
    },
    nowMs: () => sources.wallMs(),
    setTimer(delayMs, run) {
      const timer = setTimeout(run, delayMs);
      return {
        cancel: () => {
          clearTimeout(timer);
        },
      };
    },
  };
}
