import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ERROR_CATALOGUE } from '../../server/errors.ts';
import { failureError } from '../../server/tokens/failure-answer.ts';
import {
  backoffMs,
  classifyFailure,
  FAILURE_CLASSES,
  readRetryAfterMs,
  retryDelayMs,
  type FailureClass,
  type GrantFailure,
} from '../../server/tokens/failure-class.ts';

const refusal = (status: number, error?: string): GrantFailure => ({
  kind: 'refusal',
  status,
  ...(error === undefined ? {} : { error }),
});

describe('classifyFailure', () => {
  test.each<[string, GrantFailure, FailureClass]>([
    ['Salesforce: wrong password, locked user, blocked flow', refusal(400, 'invalid_grant'), 'credential'],
    ['PureCloud: wrong secret, wrong region', refusal(400, 'invalid_client'), 'credential'],
    ['Salesforce: wrong consumer key', refusal(400, 'invalid_client_id'), 'credential'],
    ['PureCloud: client of another grant', refusal(400, 'unauthorized_client'), 'credential'],
    ['an error code in another case', refusal(401, 'INVALID_CLIENT'), 'credential'],
    ['401 without a word', refusal(401), 'credential'],
    ['400 with a code that nobody knows', refusal(400, 'surprise'), 'credential'],
    ['a grant that is not offered', refusal(400, 'unsupported_grant_type'), 'config'],
    ['a scope that does not exist', refusal(400, 'invalid_scope'), 'config'],
    ['a redirect', refusal(302), 'config'],
    ['a path that is not there', refusal(404), 'config'],
    ['a content type that is not read', refusal(415), 'config'],
    ['Salesforce: login rate exceeded', refusal(400, 'rate_limit_exceeded'), 'throttled'],
    ['429', { kind: 'throttled' }, 'throttled'],
    ['500', refusal(500), 'transient'],
    ['503 whose page says invalid_grant', refusal(503, 'invalid_grant'), 'transient'],
    ['408', refusal(408), 'transient'],
    ['a status that does not exist', refusal(799), 'protocol'],
    ['a name that does not resolve', { kind: 'network', exitPath: 'UnknownHost' }, 'transient'],
    [
      'a forward proxy that asks for a password',
      { kind: 'network', exitPath: 'ConnectionFailure', fault: 'proxy_authentication_required' },
      'config',
    ],
    ['a page instead of JSON', { kind: 'protocol', reason: 'not_json' }, 'protocol'],
    ['an address that is not allowed', { kind: 'egress_denied' }, 'egress_denied'],
  ])('%s', (_name, failure, expected) => {
    expect(classifyFailure(failure)).toBe(expected);
  });

  test('every class has an answer of the catalogue, and only what can pass says when', () => {
    for (const failureClass of FAILURE_CLASSES) {
      const error = failureError({ class: failureClass, failures: 1 }, undefined);
      expect(ERROR_CATALOGUE[error.code].remedy).not.toBe('');
      const isFinal = ['credential', 'config', 'egress_denied'].includes(failureClass);
      expect(ERROR_CATALOGUE[error.code].retryable).toBe(!isFinal);
    }
  });

  test.each([
    ['UnknownHost', 'unknown_host'],
    ['Timeout', 'upstream_timeout'],
    ['ConnectionFailure', 'connection_failure'],
  ] as const)('%s is answered with %s', (exitPath, code) => {
    const error = failureError({ class: 'transient', exitPath, failures: 1 }, 1_500);
    expect(error).toMatchObject({ code, options: { retryAfterSeconds: 2, exitPath } });
  });
});

describe('waiting', () => {
  const now = Date.parse('2026-03-01T12:00:00Z');

  test.each([
    ['120', undefined, 120_000],
    [' 7 ', undefined, 7_000],
    ['0', undefined, 0],
    ['1000000000', undefined, 3_600_000],
    ['Sun, 01 Mar 2026 12:01:00 GMT', undefined, 60_000],
    ['Sun, 01 Mar 2026 12:01:00 GMT', 'Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
    ['Sun, 06 Nov 1994 08:49:37 GMT', undefined, 0],
    ['Sun, 01 Mar 2099 12:01:00 GMT', undefined, 3_600_000],
    ['-5', undefined, undefined],
    ['1.5', undefined, undefined],
    ['soon', undefined, undefined],
    ['', undefined, undefined],
    [undefined, undefined, undefined],
  ])('case 15: Retry-After %p, Date %p is %p ms', (retryAfter, date, expected) => {
    expect(readRetryAfterMs(retryAfter, date, now)).toBe(expected);
  });

  test('case 15: is never shorter than Retry-After and never longer than an hour', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (seconds, random) => {
          const waitMs = retryDelayMs(
            { kind: 'throttled', retryAfter: String(seconds) },
            { failures: 3, random, wallMs: now },
          )!;
          expect(waitMs).toBeGreaterThanOrEqual(Math.min(seconds * 1000, 3_600_000));
          expect(waitMs).toBeLessThanOrEqual(3_600_000);
        },
      ),
    );
  });

  test('backs off from 1 s to 60 s, anywhere below a ceiling that doubles', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (failures, random) => {
          const ceilingMs = Math.min(60_000, 1_000 * 2 ** failures);
          expect(backoffMs(failures, random)).toBeGreaterThanOrEqual(1_000);
          expect(backoffMs(failures, random)).toBeLessThanOrEqual(ceilingMs);
        },
      ),
    );
    expect([backoffMs(1, 0.5), backoffMs(100, 0.5)]).toEqual([1_500, 30_500]);
  });

  test.each(['refusal', 'egress_denied'] as const)('has no end by itself after a %s', (kind) => {
    const failure: GrantFailure = kind === 'refusal' ? refusal(400, 'invalid_grant') : { kind };
    expect(retryDelayMs(failure, { failures: 1, random: 0.5, wallMs: now })).toBeUndefined();
  });
});
