import { describe, expect, test } from '@jest/globals';
import {
  isLate,
  LATE_AFTER_MS,
  nextRunAt,
  syncStatus,
  type RunOfSync,
  type RunsOfSync,
  type ScheduledSync,
} from '../../server/campaigns/sync-status.ts';

// A Wednesday.
const NOW = Date.parse('2026-03-04T10:07:00Z');
const MINUTE_MS = 60_000;

function sync(changes: Partial<ScheduledSync> = {}): ScheduledSync {
  return { timeZone: 'UTC', paused: false, updatedAt: new Date('2026-03-01T00:00:00Z'), ...changes };
}

function run(changes: Partial<RunOfSync> = {}): RunOfSync {
  return { id: 'r', status: 'Healthy', createdAt: new Date(NOW), ...changes };
}

function minutesAgo(minutes: number): Date {
  return new Date(NOW - minutes * MINUTE_MS);
}

const hourly = { schedule: '0 * * * *' };
const ended = (status: RunOfSync['status'], minutes = 1) => {
  const one = run({ status, createdAt: minutesAgo(minutes), finishedAt: minutesAgo(minutes) });
  return { newest: one, ended: one, begun: one };
};

describe('the word for a sync', () => {
  const open = (status: RunOfSync['status']) => ({ open: run({ status }) });
  test.each<[string, ScheduledSync, RunsOfSync, string]>([
    ['that never ran', sync(), {}, 'Unknown'],
    ['whose run goes on', sync(), open('Running'), 'Running'],
    ['whose run goes on though it is paused', sync({ paused: true }), open('Running'), 'Running'],
    ['whose run was paused', sync(), open('Paused'), 'Paused'],
    ['that is paused, whatever its last run', sync({ paused: true }), ended('Failed'), 'Paused'],
    ['whose last run was whole', sync(), ended('Healthy'), 'Healthy'],
    ['with failed rows', sync(), ended('Part failed'), 'Part failed'],
    ['whose last run failed', sync(), ended('Failed'), 'Failed'],
    ['where someone has to act', sync(), ended('Action needed'), 'Action needed'],
    ['whose scheduled run did not begin', sync(hourly), ended('Healthy', 60), 'Late'],
    ['that is late and part failed', sync(hourly), ended('Part failed', 60), 'Late'],
    ['that is late because someone has to act', sync(hourly), ended('Action needed', 60), 'Action needed'],
    ['that never ran and ought to have', sync(hourly), {}, 'Late'],
    [
      'that is late and runs at last',
      sync(hourly),
      { ...ended('Healthy', 60), ...open('Running') },
      'Running',
    ],
  ])('%s', (_name, given, runs, word) => {
    expect(syncStatus(given, runs, NOW)).toBe(word);
  });
});

describe('late', () => {
  const due = Date.parse('2026-03-04T10:00:00Z');
  test('begins five minutes after the run was due, and not before', () => {
    const before = ended('Healthy', 60);
    expect(isLate(sync(hourly), before, due + LATE_AFTER_MS - 1)).toBe(false);
    expect(isLate(sync(hourly), before, due + LATE_AFTER_MS)).toBe(true);
  });

  test('is no sync that was saved, or taken up again, after the run was due', () => {
    const updatedAt = new Date(due + 1);
    expect(isLate(sync({ ...hourly, updatedAt }), ended('Healthy', 60), NOW)).toBe(false);
  });

  test('is none whose run was still going on when the next one was due', () => {
    const long = run({ createdAt: minutesAgo(120), finishedAt: minutesAgo(2) });
    expect(isLate(sync(hourly), { begun: long }, NOW)).toBe(false);
  });

  test('is none without a schedule', () => {
    expect(isLate(sync(), ended('Healthy', 100_000), NOW)).toBe(false);
  });
});

describe('the next run', () => {
  test.each<[string, Partial<ScheduledSync>, number, string | undefined]>([
    ['none without a schedule', {}, NOW, undefined],
    ['none while paused', { ...hourly, paused: true }, NOW, undefined],
    ['none where the day never comes', { schedule: '0 0 30 2 *' }, NOW, undefined],
    ['hourly', hourly, NOW, '2026-03-04T11:00:00.000Z'],
    [
      'in its own zone',
      { schedule: '0 8 * * *', timeZone: 'Europe/Berlin' },
      NOW,
      '2026-03-05T07:00:00.000Z',
    ],
    [
      'after the clocks went forward',
      { schedule: '0 8 * * *', timeZone: 'Europe/Berlin' },
      Date.parse('2026-03-29T10:00:00Z'),
      '2026-03-30T06:00:00.000Z',
    ],
    [
      'on a day on which its hour is left out',
      { schedule: '30 2 * * *', timeZone: 'Europe/Berlin' },
      Date.parse('2026-03-28T12:00:00Z'),
      '2026-03-29T01:30:00.000Z',
    ],
  ])('%s', (_name, changes, now, expected) => {
    expect(nextRunAt(sync(changes), now)?.toISOString()).toBe(expected);
  });
});
