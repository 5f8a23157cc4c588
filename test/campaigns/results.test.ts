import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { LedgerEntry } from '../../server/campaigns/ledger-entry.ts';
import { createResultReader, findMappingFaults } from '../../server/campaigns/results.ts';
import { planWriteBack, refusedHash } from '../../server/campaigns/write-back-plan.ts';
import { memberId, settingsWith } from './support/campaign-fixtures.ts';

const SOLD_ID = '7FB334B0-0E9E-11E4-9191-0800200C9A66';
const WRAP_UPS = new Map([
  [SOLD_ID.toLowerCase(), 'Sold'],
  ['id-2', 'Call back'],
]);
const LABELS = ['Sent', 'Responded', 'Not reached'];
const ID = memberId(1);

function settingsOf(results: { result: string; memberStatus: string }[]) {
  return settingsWith({ results, resultFields: { lastResult: 'Last__c', lastAttempt: 'At__c' } });
}
const MAPPED = settingsOf([
  { result: 'sold', memberStatus: 'responded' },
  { result: 'ININ-OUTBOUND-NO-ANSWER', memberStatus: 'Not reached' },
]);
const reader = createResultReader(MAPPED, WRAP_UPS, LABELS);

function read(result: string, at = '2026-03-01T10:00:00Z') {
  return reader.read({ contactId: ID, attempts: [{ at, result }] });
}

function entryWith(changes: Partial<LedgerEntry> = {}): LedgerEntry {
  return { memberId: ID, phase: 'sent', listed: true, blocked: false, ...changes };
}

function plan(
  result: string,
  entry: LedgerEntry | undefined,
  { at = '2026-03-01T10:00:00.000Z', again = false } = {},
) {
  return planWriteBack({
    results: [{ contactId: ID, attempts: [{ at, result }] }],
    entries: new Map(entry === undefined ? [] : [[ID, entry]]),
    settings: MAPPED,
    reader,
    again,
  });
}

describe('the result of a call', () => {
  test.each(['Sold', 'SOLD', ' sold ', SOLD_ID, SOLD_ID.toLowerCase()])(
    'is the same by name or id, in any case: %s',
    (result) => {
      expect(read(result)).toMatchObject({ result: 'Sold', status: 'Responded' });
    },
  );

  test('by the id of a wrap-up is found by its name too', () => {
    const byId = createResultReader(
      settingsOf([{ result: SOLD_ID, memberStatus: 'Sent' }]),
      WRAP_UPS,
      LABELS,
    );
    expect(byId.read({ contactId: ID, attempts: [{ at: '2026-03-01', result: 'Sold' }] })?.status).toBe(
      'Sent',
    );
  });

  test.each([
    { result: 'inin-outbound-no-answer', expected: { status: 'Not reached' } },
    { result: 'Call back', expected: { result: 'Call back' } },
    { result: 'id-2', expected: { result: 'Call back' } },
    { result: 'never heard of', expected: { result: 'never heard of' } },
  ])('$result is $expected', ({ result, expected }) => {
    expect(read(result)).toMatchObject(expected);
    expect('status' in read(result)!).toBe('status' in expected);
  });

  test.each(['ININ-OUTBOUND-TRANSFERRED-TO-QUEUE', '', '  '])('is not there yet with %j', (result) => {
    expect(read(result)).toBeUndefined();
  });

  test('is that of the newest final attempt, in whatever order they come', () => {
    const attempts = [
      { at: '2026-03-01T10:00:00Z', result: 'Sold' },
      { at: '2026-03-01T12:00:00+01:00', result: 'ININ-OUTBOUND-NO-ANSWER' },
      { at: '2026-03-01T13:00:00Z', result: 'ININ-OUTBOUND-TRANSFERRED-TO-QUEUE' },
      { at: 'soon', result: 'Sold' },
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(attempts, { minLength: 4 }), (shuffled) => {
        expect(reader.read({ contactId: ID, attempts: shuffled })).toEqual({
          memberId: ID,
          result: 'ININ-OUTBOUND-NO-ANSWER',
          status: 'Not reached',
          attemptAtMs: Date.parse('2026-03-01T11:00:00Z'),
        });
      }),
    );
  });
});

describe('the mapping of results', () => {
  test('is at fault with a status that the campaign does not have, and asks for the one that was meant', () => {
    expect(
      findMappingFaults(settingsOf([{ result: 'Sold', memberStatus: 'Respondet' }]), WRAP_UPS, LABELS),
    ).toEqual([
      {
        kind: 'status_unknown',
        result: 'Sold',
        memberStatus: 'Respondet',
        meant: 'Responded',
        known: LABELS,
      },
    ]);
    expect(findMappingFaults(MAPPED, WRAP_UPS, LABELS)).toEqual([]);
  });

  test('is at fault with one wrap-up by two names and two statuses', () => {
    const twice = settingsOf([
      { result: 'Sold', memberStatus: 'Responded' },
      { result: SOLD_ID, memberStatus: 'Sent' },
    ]);
    expect(findMappingFaults(twice, WRAP_UPS, LABELS)).toEqual([
      { kind: 'mapped_twice', result: SOLD_ID, other: 'Sold' },
    ]);
  });
});

describe('what is written back', () => {
  test('is status, result and time of the attempt', () => {
    expect(plan('Sold', entryWith())).toMatchObject([
      {
        change: {
          memberId: ID,
          fields: { Status: 'Responded', Last__c: 'Sold', At__c: '2026-03-01T10:00:00.000Z' },
        },
      },
    ]);
  });

  test('is nothing the second time: a person may have changed it since', () => {
    const [first] = plan('Sold', entryWith());
    const noted = entryWith({ resultHash: first!.resultHash, attemptAtMs: first!.attemptAtMs });
    expect(plan('Sold', noted)).toEqual([]);
    expect(plan('Sold', noted, { again: true })).toEqual([]);
  });

  test('is nothing where Salesforce refused it for good, unless someone asks for it again', () => {
    const [first] = plan('Sold', entryWith());
    const { resultHash, attemptAtMs } = first!;
    const noted = entryWith({ resultHash: refusedHash(resultHash), attemptAtMs });
    expect(plan('Sold', noted)).toEqual([]);
    expect(plan('Sold', noted, { again: true })).toMatchObject([{ resultHash, wasRefused: true }]);
  });

  test.each([
    { name: 'a newer attempt', at: '2026-03-01T10:00:01.000Z', result: 'Sold', writes: 1 },
    {
      name: 'another wrap-up of the same attempt',
      at: '2026-03-01T10:00:00.000Z',
      result: 'Other',
      writes: 1,
    },
    { name: 'an older attempt', at: '2026-03-01T09:59:59.000Z', result: 'Other', writes: 0 },
  ])('after a result is $writes for $name', ({ at, result, writes }) => {
    const [first] = plan('Sold', entryWith());
    const noted = entryWith({ resultHash: first!.resultHash, attemptAtMs: first!.attemptAtMs });
    expect(plan(result, noted, { at })).toHaveLength(writes);
  });

  test('is nothing for a contact of another sync', () => {
    expect(plan('Sold', undefined)).toEqual([]);
  });

  test('leaves the status alone where the result is not mapped, and says which', () => {
    expect(plan('Call back', entryWith())).toMatchObject([
      { change: { fields: { Last__c: 'Call back' } }, unmapped: 'Call back' },
    ]);
    expect(plan('Call back', entryWith())[0]!.change.fields).not.toHaveProperty('Status');
  });
});
