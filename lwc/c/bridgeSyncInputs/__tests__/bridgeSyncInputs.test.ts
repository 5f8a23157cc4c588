import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { faultsOfFields, syncGroups, syncInput, syncValues } from '../bridgeSyncInputs';
import { fixture } from '../../../test-support/fixtures';
import type { FieldValues } from 'c/bridgeFields';
import type { Sync } from 'c/bridgeService';

const [sync] = fixture<{ syncs: Sync[] }>('listSyncs.one').syncs;

/** What the form would collect: what it shows, less what is empty. */
function collected(values: FieldValues): FieldValues {
  const names = syncGroups([]).flatMap(({ fields }) => fields.map(({ name }) => name));
  return Object.fromEntries(
    names.map((name) => [name, values[name]]).filter(([, value]) => value !== undefined && value !== ''),
  ) as FieldValues;
}

describe('the form of a sync', () => {
  test('sends back what it was given, unchanged, and the version of it', () => {
    const { input, faults } = syncInput(collected(syncValues(sync!)), sync);
    expect(faults).toEqual([]);
    expect(input).toEqual({ ...fixture<object>('putSync.request'), version: 3 });
    expect(syncInput({}, undefined).input.version).toBe(0);
  });

  test.each([
    ['MobilePhone = Mobile (Cell)', [{ field: 'MobilePhone', column: 'Mobile', type: 'Cell' }]],
    [
      '  A=B \n\n C = D e ',
      [
        { field: 'A', column: 'B' },
        { field: 'C', column: 'D e' },
      ],
    ],
    ['', []],
  ])('reads the lines %p', (phones, expected) => {
    expect(syncInput({ phones }, undefined).input.phones).toEqual(expected);
  });

  test('takes brackets for a type in phones alone, and keeps them and = in every other name', () => {
    const named: Sync = {
      ...sync!,
      phones: [{ field: 'Phone', column: 'Phone (day)', type: 'Work' }],
      columns: [{ field: 'Company', column: 'Company (HQ)' }],
      results: [{ result: 'A=B (sold)', memberStatus: 'Responded (late)' }],
    };
    const { input } = syncInput(collected(syncValues(named)), named);
    const { phones, columns, results } = named;
    expect(input).toMatchObject({ phones, columns, results });
  });

  test('sends back any names as they are stored, also beside a line that is added', () => {
    const name = fc
      .array(fc.constantFrom('A', 'b', ' ', '=', ' = ', ',', '(', ')', ' (Cell)', '"'), {
        minLength: 1,
        maxLength: 8,
      })
      .map((parts) => parts.join('').trim())
      .filter((text) => text !== '');
    const field = fc.constantFrom('Company', 'Contact.MobilePhone');
    const lists = fc.record({
      columns: fc.array(fc.record({ field, column: name }), { maxLength: 3 }),
      phones: fc.array(fc.record({ field, column: name, type: name }), { maxLength: 3 }),
      results: fc.array(fc.record({ result: name, memberStatus: name }), { maxLength: 3 }),
      memberStatuses: fc.array(name, { minLength: 1, maxLength: 3 }),
    });
    fc.assert(
      fc.property(lists, (stored) => {
        const named: Sync = { ...sync!, ...stored };
        const values = collected(syncValues(named));
        expect(syncInput(values, named)).toMatchObject({ faults: [], input: stored });
        const more = { ...values, results: `New = Sent\n${String(values.results ?? '')}` };
        const results = [{ result: 'New', memberStatus: 'Sent' }, ...stored.results];
        expect(syncInput(more, named).input).toMatchObject({ ...stored, results });
      }),
    );
  });

  test.each([
    ['columns', 'Company = a = b', { field: 'Company', column: 'a = b' }],
    ['columns', 'Company=a (Cell)', { field: 'Company', column: 'a (Cell)' }],
    ['results', 'Sold = now = Responded', { result: 'Sold = now', memberStatus: 'Responded' }],
    ['results', 'A=B = Responded', { result: 'A=B', memberStatus: 'Responded' }],
    ['results', 'Sold=Responded', { result: 'Sold', memberStatus: 'Responded' }],
  ])('reads in %s the new line %p', (list, line, expected) => {
    expect(syncInput({ [list]: line }, undefined).input[list]).toEqual([expected]);
  });

  test('takes a comma for part of the name of a status', () => {
    const { input } = syncInput({ memberStatuses: 'Responded, late\n\nSent ' }, undefined);
    expect(input.memberStatuses).toEqual(['Responded, late', 'Sent']);
  });

  test('says which line is no pair', () => {
    const { faults } = syncInput({ columns: 'A = B\n\nnonsense\nC = D\nmore' }, undefined);
    expect(faults).toEqual([
      { field: 'columns', detail: 'Line 3 is not a pair with = between.' },
      { field: 'columns', detail: 'Line 5 is not a pair with = between.' },
    ]);
  });

  test('shows a fault of the bridge on the line that it is about', () => {
    const faults = [
      { field: 'phones[1].type', detail: 'is required' },
      { field: 'resultFields.lastResult', detail: 'must be a field' },
      { field: 'campaignId', detail: 'must begin with 701' },
      { field: 'memberStatuses[0]', detail: 'is too long' },
    ];
    const typed = { phones: '\nA = B (Cell)\n\nC = D', memberStatuses: 'Sent' };
    expect(faultsOfFields(faults, typed)).toEqual([
      { field: 'phones', detail: 'Line 4, type: is required' },
      { field: 'lastResult', detail: 'must be a field' },
      { field: 'campaignId', detail: 'must begin with 701' },
      { field: 'memberStatuses', detail: 'Line 1: is too long' },
    ]);
  });

  test('offers the connections of each side, and a text where there are none', () => {
    const connections = [{ name: 'pc', provider: 'purecloud', url: '', grantType: '' }];
    const [group] = syncGroups(connections);
    expect(group!.fields.map(({ kind }) => kind).slice(0, 3)).toEqual(['text', 'text', 'select']);
  });
});
