import { describe, expect, test } from '@jest/globals';
import { repeat } from '../../server/connections/repeat.ts';
import type { BrokerClock } from '../../server/tokens/broker-clock.ts';

/** Time passes only where somebody waits for it. */
function clockThatIsWaitedFor(): BrokerClock {
  let nowMs = 0;
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    setTimer(delayMs, run) {
      queueMicrotask(() => {
        nowMs += delayMs;
        run();
      });
      return { cancel: () => undefined };
    },
  };
}

/** Fails so often, and counts. */
function failing(times: number) {
  const work = async () => {
    work.attempts += 1;
    if (work.attempts <= times) throw new Error(`failure ${work.attempts}`);
    return 'done';
  };
  work.attempts = 0;
  return work;
}

const everySecond = () => 1_000;

describe('work that is repeated', () => {
  test('ends with what it brings', async () => {
    const work = failing(4);
    await expect(repeat(work, { delayMs: everySecond, clock: clockThatIsWaitedFor() })).resolves.toBe('done');
    expect(work.attempts).toBe(5);
  });

  test('is given up with its own fault once another attempt would begin too late', async () => {
    const work = failing(Infinity);
    const options = { delayMs: everySecond, clock: clockThatIsWaitedFor(), patienceMs: 2_500 };
    await expect(repeat(work, options)).rejects.toThrow('failure 3');
    expect(work.attempts).toBe(3);
  });

  test('is not begun again where nobody wants it any more', async () => {
    const work = failing(Infinity);
    const leaving = new AbortController();
    const delayMs = () => {
      leaving.abort(new Error('gone'));
      return 1_000;
    };
    const options = { delayMs, clock: clockThatIsWaitedFor(), signal: leaving.signal };
    await expect(repeat(work, options)).rejects.toThrow('gone');
    expect(work.attempts).toBe(1);
  });
});
