/** The smaller pure rules: sign-in budget, rejection, the clock, and how a bearer token request becomes a grant. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { BearerTokenOutcome } from '../../server/bearer/execute.ts';
import { Secret } from '../../server/secret.ts';
import { createSystemClock } from '../../server/tokens/broker-clock.ts';
import { toGrantOutcome } from '../../server/tokens/grant-outcome.ts';
import {
  decideLoginAttempt,
  loginKeyOf,
  loginOf,
  LOGIN_WINDOW_MS,
} from '../../server/tokens/login-attempts.ts';
import { nextRejectionsInARow, rejectionHoldMs } from '../../server/tokens/rejection.ts';
import { TransportError } from '../../server/transport/transport-error.ts';

describe('the budget of sign-ins', () => {
  test('no hour ever holds more than it allows, whenever they come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 600_000 }), { maxLength: 200 }),
        fc.integer({ min: 1, max: 10 }),
        (pauses, most) => {
          let nowMs = 0;
          let kept: readonly number[] = [];
          const made: number[] = [];
          for (const pauseMs of pauses) {
            nowMs += pauseMs;
            const decision = decideLoginAttempt(kept, nowMs, most);
            kept = decision.attemptedAtMs;
            expect(kept.length).toBeLessThanOrEqual(most);
            if (decision.allowed) made.push(nowMs);
            else expect(decideLoginAttempt(kept, nowMs + decision.retryAfterMs, most).allowed).toBe(true);
          }
          for (const atMs of made) {
            expect(
              made.filter((other) => other >= atMs && other < atMs + 3_600_000).length,
            ).toBeLessThanOrEqual(most);
          }
        },
      ),
    );
  });

  test('runs out within an hour where the clock was set back', () => {
    const decision = decideLoginAttempt([10_000_000], 0, 1);
    expect(decision).toEqual({ allowed: false, attemptedAtMs: [0], retryAfterMs: LOGIN_WINDOW_MS });
  });

  test('is one for the same user, however the connection spells host and name, and another for any other', () => {
    const same = [
      loginKeyOf('https://login.salesforce.com/services/oauth2/token', 'Ann@example.com'),
      loginKeyOf('https://LOGIN.salesforce.com/other', ' ann@example.com'),
    ];
    expect(same[0]).toBe(same[1]);
    expect(loginKeyOf('https://test.salesforce.com/', 'ann@example.com')).not.toBe(same[0]);
    expect(same[0]).not.toContain('ann');
  });

  test('counts Salesforce users, and no clients of PureCloud', () => {
    const url = 'https://login.salesforce.com/services/oauth2/token';
    expect(loginOf({ provider: 'salesforce', url, username: 'ann@example.com', clientId: 'id' })?.key).toBe(
      loginKeyOf(url, 'ann@example.com'),
    );
    expect(loginOf({ provider: 'salesforce', url, clientId: 'id' })?.key).toBe(loginKeyOf(url, 'id'));
    expect(loginOf({ provider: 'purecloud', url, clientId: 'id' })).toBeUndefined();
  });
});

describe('rejection', () => {
  test('counts at once, then after 5 s, 10 s … 5 min', () => {
    expect([0, 1, 2, 3, 7, 100].map(rejectionHoldMs)).toEqual([0, 5_000, 10_000, 20_000, 300_000, 300_000]);
  });

  test('of a token that served for ten minutes begins a new series', () => {
    expect([nextRejectionsInARow(5, 599_999), nextRejectionsInARow(5, 600_000)]).toEqual([6, 1]);
  });
});

describe('the system clock', () => {
  function clockAt(start: { performanceMs: number; wallMs: number; uptimeSeconds: number }) {
    const at = { ...start };
    const clock = createSystemClock({
      performanceMs: () => at.performanceMs,
      wallMs: () => at.wallMs,
      uptimeSeconds: () => at.uptimeSeconds,
    });
    return { at, clock };
  }
  const start = { performanceMs: 5_000, wallMs: 1_000_000_000, uptimeSeconds: 100 };

  test('case 21: a wall clock that is set does not move it', () => {
    const { at, clock } = clockAt(start);
    for (const jumpMs of [3_600_000, -7_200_000]) {
      at.wallMs += jumpMs;
      expect(clock.monotonicMs()).toBe(5_000);
    }
  });

  test('case 21: the time that the machine slept counts', () => {
    const { at, clock } = clockAt(start);
    at.wallMs += 3_600_000;
    at.uptimeSeconds += 3_600;
    expect(clock.monotonicMs()).toBe(3_605_000);
    at.performanceMs += 10;
    at.wallMs += 10;
    expect(clock.monotonicMs()).toBe(3_605_010);
  });

  test('is that of the machine where nothing else is given', async () => {
    const clock = createSystemClock();
    const before = clock.monotonicMs();
    await new Promise<void>((resolve) => clock.setTimer(5, resolve));
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(before + 4);
    expect(Math.abs(clock.nowMs() - Date.now())).toBeLessThan(1_000);
    clock.setTimer(1, () => expect(true).toBe(false)).cancel();
  });
});

describe('a bearer token request becomes a grant', () => {
  const timing = { startedAtMonotonicMs: 7, durationMs: 1 };
  const answer = (status: number) => ({ status, headers: {}, body: '' });
  const diagnosis = { code: 'c', title: 't', causes: [], remedy: 'r' };
  const fault = (code: ConstructorParameters<typeof TransportError>[0]) =>
    new TransportError(code, 'm', { phase: 'connect' });
  const token = {
    accessToken: new Secret('x'),
    tokenType: 'Bearer',
    expiresIn: '60',
    instanceUrl: 'https://x',
  };

  test.each<[string, BearerTokenOutcome, object]>([
    [
      'a token',
      { exitPath: 'Success', token, upstreamDate: 'd', answer: answer(200), ...timing },
      {
        kind: 'token',
        tokenType: 'Bearer',
        expiresIn: '60',
        instanceUrl: 'https://x',
        requestStartedMonotonicMs: 7,
        date: 'd',
      },
    ],
    [
      'a refusal',
      {
        exitPath: 'Failure',
        refusal: { outcome: 'refused', reason: 'status', error: 'invalid_grant' },
        answer: answer(400),
        diagnosis,
        ...timing,
      },
      { kind: 'refusal', status: 400, error: 'invalid_grant', diagnosis },
    ],
    [
      'a redirect',
      {
        exitPath: 'Failure',
        refusal: { outcome: 'refused', reason: 'redirect' },
        answer: answer(302),
        ...timing,
      },
      { kind: 'refusal', status: 302 },
    ],
    [
      '429',
      {
        exitPath: 'Failure',
        refusal: { outcome: 'refused', reason: 'status' },
        answer: answer(429),
        retryAfter: '9',
        ...timing,
      },
      { kind: 'throttled', retryAfter: '9' },
    ],
    [
      'a page',
      {
        exitPath: 'Failure',
        refusal: { outcome: 'refused', reason: 'not_json' },
        answer: answer(200),
        ...timing,
      },
      { kind: 'protocol', reason: 'not_json' },
    ],
    [
      '200 with an error',
      {
        exitPath: 'Failure',
        refusal: { outcome: 'refused', reason: 'no_token', error: 'invalid_grant' },
        answer: answer(200),
        ...timing,
      },
      { kind: 'refusal', status: 200, error: 'invalid_grant' },
    ],
    [
      'an answer cut off',
      { exitPath: 'Failure', fault: fault('answer_cut_off'), ...timing },
      { kind: 'protocol', reason: 'answer_cut_off' },
    ],
    [
      'a deadline',
      { exitPath: 'Timeout', fault: fault('deadline'), ...timing },
      { kind: 'network', exitPath: 'Timeout', fault: 'deadline' },
    ],
    [
      'an unknown name',
      { exitPath: 'UnknownHost', fault: fault('name_not_found'), ...timing },
      { kind: 'network', exitPath: 'UnknownHost', fault: 'name_not_found' },
    ],
  ])('%s', (_name, outcome, expected) => {
    expect(toGrantOutcome(outcome)).toMatchObject(expected);
  });
});
