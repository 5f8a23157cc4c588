import { describe, expect, test } from '@jest/globals';
import { retryDelayMs, RETRIES_MAX } from '../../server/campaigns/retry-policy.ts';
import { CANCELLED } from '../../server/campaigns/run-store.ts';
import { verdictOfError } from '../../server/campaigns/run/run-verdict.ts';
import { RunFault } from '../../server/campaigns/run/run-fault.ts';
import { BridgeError } from '../../server/errors.ts';

const waits = (error: unknown, retries = 0, random = 0) =>
  retryDelayMs(verdictOfError(error), retries, random);

describe('a run that ended', () => {
  test.each<[string, unknown, boolean]>([
    ['because the upstream was away', new BridgeError('connection_failure'), true],
    ['because it took too long', new BridgeError('upstream_timeout'), true],
    ['for a reason that nobody thought of', new Error('boom'), true],
    ['because the credential is refused', new BridgeError('credential_rejected'), false],
    ['because a permission is missing', new BridgeError('caller_forbidden'), false],
    ['because someone has to act', new RunFault('sync_changed', 'It was changed.', 'Start another.'), false],
  ])('%s is tried again: %#', (_name, error, isTried) => {
    expect(waits(error) !== undefined).toBe(isTried);
  });

  test('because it was cancelled stays so', () => {
    expect(retryDelayMs({ status: 'Failed', failure: CANCELLED }, 0, 0)).toBeUndefined();
  });

  test('waits longer each time, and is given up after four tries that led no further', () => {
    const all = Array.from({ length: RETRIES_MAX }, (_, tries) => waits(new Error('boom'), tries)!);
    expect(all).toEqual([...all].sort((a, b) => a - b));
    expect(waits(new Error('boom'), RETRIES_MAX)).toBeUndefined();
  });

  test('waits as long as it was asked to, but no longer than an hour', () => {
    const asked = (retryAfterSeconds: number) =>
      waits(new BridgeError('rate_limited', { retryAfterSeconds }));
    expect([asked(90), asked(86_400)]).toEqual([90_000, 3_600_000]);
  });
});
