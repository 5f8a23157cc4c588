import { describe, expect, test } from '@jest/globals';
import { ALL_DIAGNOSIS_CODES } from '../../server/diagnosis/diagnosis-table.ts';
import { DIAGNOSED_CODES, explainCode, suggestCodes } from '../../server/diagnosis/explain-code.ts';

describe('explaining a code', () => {
  test.each(ALL_DIAGNOSIS_CODES)('knows %s', (code) => {
    const diagnosis = explainCode(code);
    expect(diagnosis?.code).toBe(code);
    expect(Object.keys(diagnosis!).sort()).toEqual(['causes', 'code', 'remedy', 'title']);
  });

  test.each(['Literal-BASE64', ' literal_base64 ', 'literal base64'])(
    'takes %s as people write it',
    (code) => {
      expect(explainCode(code)?.code).toBe('literal_base64');
    },
  );

  test('says nothing about a code that does not exist', () => {
    expect(explainCode('constructor')).toBeUndefined();
    expect(explainCode('')).toBeUndefined();
  });
});

describe('suggesting codes', () => {
  test.each([
    ['grant_type_not_alowed', 'grant_type_not_allowed'],
    ['literal_base46', 'literal_base64'],
    ['rate_limit', 'rate_limited'],
    ['credential_reject', 'credential_rejected'],
  ])('finds what %s was meant to be', (code, meant) => {
    expect(suggestCodes(code, DIAGNOSED_CODES)).toContain(meant);
  });

  test('keeps silent where nothing is near', () => {
    expect(suggestCodes('', DIAGNOSED_CODES)).toEqual([]);
    expect(suggestCodes('qqqqqqqqqqqq', DIAGNOSED_CODES)).toEqual([]);
  });

  test('suggests three at most', () => {
    expect(suggestCodes('certificate', DIAGNOSED_CODES).length).toBeLessThanOrEqual(3);
  });
});
