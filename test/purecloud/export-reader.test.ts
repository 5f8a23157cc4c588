import { describe, expect, test } from '@jest/globals';
import { createExportReader } from '../../server/purecloud/contact-records.ts';

const AT = '2026-03-01T12:00:00.000Z';
const COLUMNS = [
  'inin-outbound-id',
  'CallRecordLastAttempt-Phone',
  'CallRecordLastResult-Phone',
  'CallRecordLastAgentWrapup-Phone',
];
const read = createExportReader(COLUMNS)!;

/** The result that counts is the last one. */
function resultsOf(result: string, agentWrapUp: string): string[] {
  return read(['contact', AT, result, agentWrapUp])!.attempts.map((attempt) => attempt.result);
}

describe('an export of contacts', () => {
  test.each([
    ['ININ-OUTBOUND-TRANSFERRED-TO-QUEUE', 'Sold'],
    ['ININ-OUTBOUND-LIVE-VOICE', 'Sold'],
    ['ININ-WRAP-UP-TIMEOUT', 'Sold'],
    ['Sold', 'Sold'],
    ['', 'Sold'],
  ])('tells the word of the agent where the call came to one: %s', (result, wrapUp) => {
    expect(resultsOf(result, wrapUp).at(-1)).toBe(wrapUp);
  });

  test.each(['ININ-OUTBOUND-NO-ANSWER', 'inin-outbound-busy', 'ININ-OUTBOUND-SIT-UNCALLABLE'])(
    'takes no word of an agent from an earlier call for that of one that came to nobody: %s',
    (result) => {
      expect(resultsOf(result, 'Call back')).toEqual([result]);
    },
  );

  test('tells nothing of a contact that was never called', () => {
    expect(read(['contact', '', '', ''])!.attempts).toEqual([]);
  });

  test('is none without the ids of contacts', () => {
    expect(createExportReader(['Phone'])).toBeUndefined();
  });
});
