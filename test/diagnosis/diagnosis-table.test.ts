import { describe, expect, test } from '@jest/globals';
import { diagnose, findings } from '../../server/diagnosis/diagnose.ts';
import { ALL_DIAGNOSIS_CODES, DIAGNOSIS_TABLE } from '../../server/diagnosis/diagnosis-table.ts';
import { ERROR_CATALOGUE } from '../../server/errors.ts';
import { TRANSPORT_FAULTS } from '../../server/transport/transport-error.ts';
import type { TransportPhase } from '../../server/transport/transport-error.ts';
import {
  ANSWER_FIXTURES,
  APEX_FIXTURES,
  BRIDGE_FIXTURES,
  NETWORK_FIXTURES,
  PURECLOUD_FIXTURES,
  SALESFORCE_FIXTURES,
} from './fixtures/outcome-fixtures.ts';
import { CLIENT_SECRET, fault } from './fixtures/parts.ts';
import { HINT_FIXTURES, REQUEST_FIXTURES } from './fixtures/request-fixtures.ts';

const FIRST_FIXTURES = {
  ...REQUEST_FIXTURES,
  ...BRIDGE_FIXTURES,
  ...NETWORK_FIXTURES,
  ...PURECLOUD_FIXTURES,
  ...SALESFORCE_FIXTURES,
  ...APEX_FIXTURES,
  ...ANSWER_FIXTURES,
};
const ALL_FIXTURES = { ...FIRST_FIXTURES, ...HINT_FIXTURES };

/** Verbs that a remedy may begin with: it tells what to do before it tells anything else. */
const VERBS =
  /^(?:Activate|Add|Allow|Ask|Assign|Call|Change|Check|Copy|Correct|Create|Encode|Enable|Get|Give|Install|Join|Leave|Let|Look|Move|Open|Paste|Pause|Put|Read|Register|Remove|Replace|Run|Send|Set|Sign in|Start|Take|Test|Try|Type|Upload|Use|Wait|Write)\b/;

describe('the diagnosis table', () => {
  test.each(Object.entries(FIRST_FIXTURES))('names %s first', (code, facts) => {
    expect(diagnose(facts).code).toBe(code);
  });

  test.each(Object.entries(HINT_FIXTURES))('gives %s as a hint, behind the answer', (code, facts) => {
    const codes = findings(facts).map((finding) => finding.code);
    expect(codes).toContain(code);
    expect(codes[0]).not.toBe(code);
  });

  test('has a fixture for every row', () => {
    expect(Object.keys(ALL_FIXTURES).sort()).toEqual([...ALL_DIAGNOSIS_CODES].sort());
  });

  test('has codes that are unique and snake_case', () => {
    expect(new Set(ALL_DIAGNOSIS_CODES).size).toBe(ALL_DIAGNOSIS_CODES.length);
    expect(ALL_DIAGNOSIS_CODES.filter((code) => !/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/.test(code))).toEqual([]);
  });

  test('explains every error of the bridge in the words of its catalogue', () => {
    for (const [code, { title, remedy }] of Object.entries(ERROR_CATALOGUE)) {
      expect(DIAGNOSIS_TABLE.find((row) => row.code === code)).toMatchObject({ title, remedy });
    }
  });

  test.each(DIAGNOSIS_TABLE.map((row) => [row.code, row] as const))(
    'begins the remedy of %s with an action',
    (_code, row) => {
      expect(row.remedy).toMatch(VERBS);
      expect(row.remedy).toMatch(/[.…]$/);
      expect(row.title).toMatch(/^[A-Za-z]/);
      expect(row.title).not.toMatch(/\.$/);
      expect(row.causes.length).toBeGreaterThan(0);
    },
  );

  test.each(Object.entries(ALL_FIXTURES))(
    'tells %s in whole sentences, with an action first',
    (_code, facts) => {
      for (const { title, causes, remedy } of findings(facts, (text) => text)) {
        expect(title).not.toBe('');
        expect(causes.length).toBeGreaterThan(0);
        expect(remedy).toMatch(VERBS);
      }
    },
  );

  test('never quotes the secret of a fixture', () => {
    const said = Object.values(ALL_FIXTURES).map((facts) => JSON.stringify(findings(facts, (text) => text)));
    expect(said.filter((words) => words.includes(CLIENT_SECRET))).toEqual([]);
  });
});

describe('every fault of the transport', () => {
  const PHASES: TransportPhase[] = ['prepare', 'nameLookup', 'connect', 'proxy', 'tls', 'send', 'answer'];
  const cases = TRANSPORT_FAULTS.flatMap((code) =>
    PHASES.flatMap((phase) => [true, false].map((atProxy) => [code, phase, atProxy] as const)),
  );

  test.each(cases)('has a row: %s in phase %s, at the proxy: %s', (code, phase, atProxy) => {
    expect(diagnose(fault(code, { phase, atProxy })).code).not.toBe('not_recognised');
  });
});
