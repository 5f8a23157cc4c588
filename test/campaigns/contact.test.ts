import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decideConsent } from '../../server/campaigns/consent.ts';
import { toContact, withStoredValues } from '../../server/campaigns/contact.ts';
import { hashContact, mappingFingerprint, ownColumnsOf } from '../../server/campaigns/contact-hash.ts';
import { hasKeyPrefix, toId18 } from '../../server/campaigns/salesforce-id.ts';
import { memberWith, settingsWith } from './support/campaign-fixtures.ts';

const TWO_PHONES = {
  phones: [
    { field: 'Phone', column: 'Phone', type: 'Home' },
    { field: 'MobilePhone', column: 'Mobile', type: 'Cell' },
  ],
};

function contactOf(fields: Record<string, string | number | boolean | null>, changes = {}) {
  return toContact(memberWith({ fields }), settingsWith({ defaultCountry: 'US', ...changes }));
}

describe('the 18 characters of an id', () => {
  test.each([
    ['001A0000006Vm9r', '001A0000006Vm9rIAC'],
    ['001A0000006Vm9rIAC', '001A0000006Vm9rIAC'],
    ['001a0000006vm9riac', '001A0000006Vm9rIAC'],
    [' 001A0000006Vm9r ', '001A0000006Vm9rIAC'],
    ['001A0000006Vm9', undefined],
    ['001A0000006Vm9r-AC', undefined],
    ['001A0000006Vm9rIA!', undefined],
  ])('of %j are %j', (text, id) => {
    expect(toId18(text)).toBe(id);
  });

  test('tell ids apart that differ in capitals only', () => {
    const id = fc.stringMatching(/^[a-zA-Z0-9]{15}$/);
    fc.assert(
      fc.property(id, (text) => {
        const whole = toId18(text)!;
        expect(toId18(whole.toLowerCase())).toBe(whole);
        expect(toId18(whole.toUpperCase())).toBe(whole);
        expect(hasKeyPrefix(whole, text.slice(0, 3))).toBe(true);
      }),
    );
  });
});

describe('consent', () => {
  test.each([
    { refusals: [], excludeDoNotCall: true, consent: { allowed: true } },
    {
      refusals: ['DoNotCall'],
      excludeDoNotCall: true,
      consent: { allowed: false, reason: 'do_not_call', field: 'DoNotCall' },
    },
    { refusals: ['Lead.DoNotCall'], excludeDoNotCall: false, consent: { allowed: true } },
    {
      refusals: ['Individual.HasOptedOutSolicit'],
      excludeDoNotCall: true,
      consent: { allowed: false, reason: 'opted_out', field: 'Individual.HasOptedOutSolicit' },
    },
    {
      refusals: ['Individual.ShouldForget'],
      excludeDoNotCall: false,
      consent: { allowed: false, reason: 'opted_out', field: 'Individual.ShouldForget' },
    },
    {
      refusals: ['HasOptedOutOfEmail', 'HasOptedOutOfFax'],
      excludeDoNotCall: true,
      consent: { allowed: true },
    },
  ])('of $refusals with excludeDoNotCall $excludeDoNotCall', ({ refusals, excludeDoNotCall, consent }) => {
    expect(decideConsent(memberWith({ refusals }), { excludeDoNotCall })).toEqual(consent);
  });
});

describe('a contact', () => {
  test('holds text under the names of columns, and numbers in E.164', () => {
    const columns = [
      { field: 'FirstName', column: 'First Name' },
      { field: 'Score__c', column: 'Score' },
      { field: 'Vip__c', column: 'VIP' },
    ];
    expect(
      contactOf({ FirstName: ' Ada ', Score__c: 7, Vip__c: false, Phone: '650 253 0000' }, { columns }),
    ).toMatchObject({
      kind: 'contact',
      contact: { data: { 'First Name': 'Ada', Score: '7', VIP: 'false', Phone: '+16502530000' } },
    });
  });

  test.each([
    { keepBlankValues: true, data: { Phone: '+16502530000' }, keptColumns: ['Mobile', 'First Name'] },
    {
      keepBlankValues: false,
      data: { Phone: '+16502530000', Mobile: '', 'First Name': '' },
      keptColumns: [],
    },
  ])('with keepBlankValues $keepBlankValues has blanks $keptColumns', ({ keepBlankValues, ...expected }) => {
    const outcome = contactOf({ Phone: '650 253 0000' }, { ...TWO_PHONES, keepBlankValues });
    expect(outcome).toMatchObject({ kind: 'contact', contact: expected, warnings: [] });
    expect(outcome.kind === 'contact' && outcome.contact.data).toEqual(expected.data);
  });

  test('is sent with one number that can be dialled, and the one that cannot wipes what was there', () => {
    const outcome = contactOf({ Phone: '650 253 0000', MobilePhone: 'ask her' }, TWO_PHONES);
    expect(outcome).toMatchObject({
      kind: 'contact',
      contact: { data: { Phone: '+16502530000', Mobile: '' } },
      warnings: [{ code: 'phone_not_a_number', field: 'MobilePhone' }],
    });
  });

  test.each([
    { name: 'no number at all', fields: {}, outcome: 'skipped', code: 'phone_missing' },
    { name: 'only a bad number', fields: { MobilePhone: '12' }, outcome: 'invalid', code: 'phone_too_short' },
    {
      name: 'a value too long for a cell',
      fields: { Phone: '650 253 0000', FirstName: 'x'.repeat(513) },
      outcome: 'invalid',
      code: 'value_too_long',
    },
  ])('is none with $name', ({ fields, outcome, code }) => {
    expect(contactOf(fields, TWO_PHONES)).toMatchObject({ kind: 'none', outcome, reasons: [{ code }] });
  });

  test('fits a cell with 512 characters', () => {
    expect(contactOf({ Phone: '650 253 0000', FirstName: 'x'.repeat(512) }).kind).toBe('contact');
  });

  test('keeps of what is stored only what is blank now', () => {
    const contact = { id: 'x', data: { Phone: '+1' }, keptColumns: ['Mobile', 'Gone'] };
    const stored = { Phone: '+2', Mobile: '+3', Other: 'x' };
    expect(withStoredValues(contact, stored).data).toEqual({ Mobile: '+3', Phone: '+1' });
  });
});

describe('the hash of a contact', () => {
  const none: ReadonlySet<string> = new Set();
  const cells = fc.dictionary(fc.string(), fc.string());

  test('is equal for equal cells in any order, and else is not', () => {
    fc.assert(
      fc.property(cells, cells, (a, b) => {
        const reversed = Object.fromEntries(Object.entries(a).reverse());
        const hash = (data: Record<string, string>) => hashContact({ id: 'x', data, keptColumns: [] }, none);
        expect(hash(reversed)).toBe(hash(a));
        const isSame = JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
        expect(hash(a) === hash(b)).toBe(isSame);
      }),
    );
  });

  test('does not change with values that the sync itself writes back', () => {
    const settings = settingsWith({
      columns: [
        { field: 'Status', column: 'Status' },
        { field: 'Last__c', column: 'Last' },
        { field: 'FirstName', column: 'First Name' },
      ],
      results: [{ result: 'Sold', memberStatus: 'Responded' }],
      resultFields: { lastResult: 'last__c' },
    });
    expect([...ownColumnsOf(settings)]).toEqual(['Status', 'Last']);
    expect([...ownColumnsOf(settingsWith({ columns: [{ field: 'Status', column: 'Status' }] }))]).toEqual([]);
  });

  test.each([
    { name: 'a column', changes: { columns: [] }, isOther: true },
    { name: 'the default country', changes: { defaultCountry: 'DE' }, isOther: true },
    { name: 'the statuses', changes: { memberStatuses: ['Sent'] }, isOther: true },
    { name: 'consent', changes: { excludeDoNotCall: false }, isOther: true },
    {
      name: 'the schedule',
      changes: { schedule: '*/15 * * * *', timeZone: 'Europe/Berlin' },
      isOther: false,
    },
    {
      name: 'results',
      changes: { results: [{ result: 'Sold', memberStatus: 'Responded' }] },
      isOther: false,
    },
  ])('makes everyone looked at again after a change of $name: $isOther', ({ changes, isOther }) => {
    const before = mappingFingerprint(settingsWith());
    expect(mappingFingerprint(settingsWith(changes)) !== before).toBe(isOther);
  });
});
