/** What a run is shown as: its progress line, its exit code, and the values of people. Pure. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { personOf } from '../../server/cli/commands/forget.ts';
import { exitCodeOfRun } from '../../server/cli/exit-code.ts';
import { maskValue } from '../../server/cli/mask.ts';
import { plainLine, progressLine, timeLeft } from '../../server/cli/progress-line.ts';
import { runLines, shortCounts } from '../../server/cli/print-run.ts';
import { runWith } from './support/runs.ts';

describe('the progress line', () => {
  test('shows phase, part, rate and time left', () => {
    const run = runWith({
      phase: 'send',
      membersTotal: 5_000,
      ratePerSecond: 412.3,
      secondsLeft: 5,
      counts: { membersRead: 3_100, failed: 12 },
    });
    expect(progressLine(run, 120)).toBe(
      `Sending contacts  ${'█'.repeat(19)}${'░'.repeat(13)}  62 %  3,100 of 5,000  412/s  5 s left  12 failed`,
    );
    expect(plainLine(run)).toBe('Sending contacts: 62 %, 3,100 of 5,000, 412/s, 5 s left, 12 failed');
  });

  test('is never as wide as the screen, whatever the numbers are', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 200 }),
        fc.nat(10_000_000),
        fc.option(fc.nat(10_000_000), { nil: undefined }),
        fc.constantFrom('read', 'check', 'send', 'confirm', 'writeBack', 'done', 'of a later version'),
        (columns, membersRead, membersTotal, phase) => {
          const total = membersTotal === undefined ? {} : { membersTotal };
          const line = progressLine(
            runWith({ phase, ...total, ratePerSecond: 1_234, secondsLeft: 99_999, counts: { membersRead } }),
            columns,
          );
          expect(line.length).toBeLessThan(columns);
          expect(line).not.toContain('\n');
        },
      ),
    );
  });

  test('says what it waits for', () => {
    const waiting = runWith({});
    delete waiting.startedAt;
    expect(plainLine(waiting)).toBe('Waiting to begin');
    expect(plainLine(runWith({ wanted: 'pause' }))).toMatch(/^Pausing: /);
    const failure = { code: 'upstream_timeout', remedy: 'none' };
    expect(plainLine(runWith({ failure, retryAt: '2026-11-21T10:00:30.000Z' }))).toBe(
      'Trying again: 0, upstream_timeout, again at 2026-11-21T10:00:30.000Z',
    );
  });

  test.each([
    [4, '4 s'],
    [89, '89 s'],
    [150, '3 min'],
    [7_500, '2 h 5 min'],
  ])('writes %i seconds as %s', (seconds, words) => expect(timeLeft(seconds)).toBe(words));
});

describe('a run that has ended', () => {
  test.each([
    ['Healthy', undefined, 0, 0],
    ['Part failed', undefined, 3, 6],
    ['Failed', 'credential_rejected', 0, 3],
    ['Action needed', 'field_not_writable', 0, 4],
    ['Failed', 'upstream_timeout', 0, 5],
    ['Failed', 'rate_limited', 9, 8],
    ['Action needed', 'contact_list_mismatch', 0, 2],
    ['Failed', 'cancelled', 0, 130],
    ['Paused', undefined, 0, 130],
    ['Failed', 'internal_error', 0, 1],
    ['Failed', 'code_of_a_later_version', 0, 1],
  ])('is %s with %s and %i failed rows: exit code %#', (status, code, failed, exitCode) => {
    const failure = code === undefined ? {} : { failure: { code } };
    expect(exitCodeOfRun({ status, counts: { failed }, ...failure })).toBe(exitCode);
  });

  test('says what it did, and a dry run what it would do', () => {
    const counts = { membersRead: 1_300, added: 1_200, failed: 3, unchanged: 97 };
    expect(shortCounts(runWith({ counts }))).toBe('1,200 added, 3 failed');
    expect(runLines(runWith({ counts, dryRun: true }))).toContain('  1,200  to add');
    expect(runLines(runWith({ counts, unmapped: { 'Wrong number': 4 } }))).toContain(
      '  Wrong number: 4 members; the sync maps it to no status',
    );
  });

  test('does not let what an upstream said steer the terminal', () => {
    const failure = { code: 'x', detail: 'evil\u001b[2J', remedy: 'none\u0007' };
    expect(runLines(runWith({ failure })).join('')).not.toMatch(/\p{Cc}/u);
  });
});

describe('values of people', () => {
  test.each([
    ['Anna', 'A…'],
    ['anna@company.example', 'a…'],
    ['+49 171 5551234', '…34'],
    ['(415) 555-0123', '…23'],
    ['X', '…'],
    ['', ''],
    [null, null],
    [true, true],
  ])('%j is masked as %j', (value, masked) => expect(maskValue(value)).toBe(masked));

  test('never show more than two digits of a number', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[+(]?\d[\d ()-]{6,18}\d$/), (phone) => {
        expect(String(maskValue(phone)).replace(/\D/g, '').length).toBeLessThanOrEqual(2);
      }),
    );
  });

  test.each([
    ['00v5g00000ABCDeEAH', { memberId: '00v5g00000ABCDeEAH' }],
    ['00Q5g00000ABCDe', { leadId: '00Q5g00000ABCDe' }],
    ['0035g00000ABCDeEAH', { contactId: '0035g00000ABCDeEAH' }],
    [' anna@x.example\n', { email: 'anna@x.example' }],
    ['+49 171 5551234', { phone: '+49 171 5551234' }],
    ['491715551234567', { phone: '491715551234567' }],
  ])('%j is understood as %j', (text, person) => expect(personOf(text)).toEqual(person));
});
