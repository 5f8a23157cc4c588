import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createPoll, nextWait, type Poll } from '../bridgePoll';

const LIMITS = { fastestMs: 1_000, slowestMs: 8_000 };

let hidden = false;
let poll: Poll;
let answers: boolean[];
const ask = jest.fn(() => Promise.resolve(answers.shift() ?? false));

function setHidden(isHidden: boolean): void {
  hidden = isHidden;
  document.dispatchEvent(new Event('visibilitychange'));
}

async function passes(ms: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(ms);
}

beforeEach(() => {
  jest.useFakeTimers();
  ask.mockClear();
  answers = [];
  hidden = false;
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
  poll = createPoll({ ask, ...LIMITS });
});

afterEach(() => {
  poll.stop();
  jest.useRealTimers();
});

describe('a poll', () => {
  test('asks at once, then seldomer while nothing changes, and never seldomer than its slowest', async () => {
    poll.start();
    await passes(0);
    expect(ask).toHaveBeenCalledTimes(1);
    for (const waitMs of [1_000, 1_500, 2_250, 3_375, 5_063, 7_595, 8_000, 8_000]) {
      ask.mockClear();
      await passes(waitMs - 1);
      expect(ask).not.toHaveBeenCalled();
      await passes(1);
      expect(ask).toHaveBeenCalledTimes(1);
    }
  });

  test('is quick again after a change', () => {
    expect(nextWait(8_000, true, { ask, ...LIMITS })).toBe(1_000);
  });

  test('rests while nobody looks, and asks at once when somebody does', async () => {
    poll.start();
    await passes(0);
    setHidden(true);
    await passes(60_000);
    expect(ask).toHaveBeenCalledTimes(1);
    setHidden(false);
    await passes(0);
    expect(ask).toHaveBeenCalledTimes(2);
  });

  test('stops for good', async () => {
    poll.start();
    await passes(0);
    poll.stop();
    setHidden(false);
    await passes(60_000);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  test('asks one question at a time, and again when asked to while one is on its way', async () => {
    let answer = (_hasChanged: boolean): void => undefined;
    ask.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
    poll.start();
    const again = poll.again();
    expect(ask).toHaveBeenCalledTimes(1);
    answer(false);
    await again;
    expect(ask).toHaveBeenCalledTimes(2);
  });
});
