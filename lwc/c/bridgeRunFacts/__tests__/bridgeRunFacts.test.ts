import { describe, expect, test } from '@jest/globals';
import { doneOf, failedOf, failureOf, isPlanStale, newestFirst, processedOf } from '../bridgeRunFacts';
import { fixture } from '../../../test-support/fixtures';
import type { Run } from 'c/bridgeService';

const run = fixture<Run>('getRun.part-failed');

describe('a run', () => {
  test('is done with every member that waits for nothing', () => {
    expect(processedOf(run)).toBe(12_448);
    expect(failedOf(run)).toBe(50);
    expect(doneOf(run)).toBe(run.membersTotal);
  });

  test.each([
    ['Failed', undefined, 'The run has failed'],
    ['Part failed', undefined, 'Part failed'],
    ['Running', '2026-11-21T10:00:00Z', 'tried again'],
  ] as const)('that is %s says so above the reason', (status, retryAt, title) => {
    const failure = { code: 'c', detail: 'd', remedy: 'r' };
    const shown = failureOf({ ...run, status, failure, ...(retryAt === undefined ? {} : { retryAt }) });
    expect(shown).toMatchObject({
      title: expect.stringContaining(title),
      code: 'c',
      detail: 'd',
      remedy: 'r',
    });
  });

  test('stands before older ones', () => {
    const [older, newer] = [
      { ...run, startedAt: '2026-01-01T00:00:00Z' },
      { ...run, startedAt: '2026-02-01T00:00:00Z' },
    ];
    expect(newestFirst([older, newer])[0]).toBe(newer);
  });
});

describe('a dry run', () => {
  const plan = { ...run, startedAt: '2026-11-21T10:00:00Z', finishedAt: '2026-11-21T10:05:00Z' };
  const at = (time: string) => Date.parse(`2026-11-21T${time}Z`);

  test.each([
    ['fresh', plan, undefined, '10:30:00', false],
    ['over 30 minutes old', plan, undefined, '10:35:01', true],
    ['older than the last change of the sync', plan, '2026-11-21T10:01:00Z', '10:06:00', true],
    ['newer than the last change of the sync', plan, '2026-11-21T09:59:00Z', '10:06:00', false],
    ['not finished', { ...plan, finishedAt: '' }, undefined, '10:06:00', true],
  ])('that is %s', (_name, each, updatedAt, now, isStale) => {
    expect(isPlanStale(each, updatedAt, at(now))).toBe(isStale);
  });
});
