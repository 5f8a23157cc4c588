import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readCountry } from '../../server/campaigns/country.ts';
import { readPhone } from '../../server/campaigns/phones.ts';

describe('a phone number', () => {
  test.each([
    { text: '0171 1234567', recordCountry: 'Deutschland', e164: '+491711234567' },
    { text: '(650) 253-0000', recordCountry: 'United States', e164: '+16502530000' },
    { text: '650.253.0000', defaultCountry: 'US', e164: '+16502530000' },
    { text: '030 901820', recordCountry: 'DE', defaultCountry: 'US', e164: '+4930901820' },
    { text: '+49 (0) 30 / 901820', recordCountry: 'US', e164: '+4930901820' },
    { text: ' ＋49 30 901820 ', e164: '+4930901820' },
    { text: 'tel:+49-30-901820', e164: '+4930901820' },
    { text: '0049 30 901820', defaultCountry: 'DE', e164: '+4930901820' },
    { text: '02 9374 4000', recordCountry: 'Australia', e164: '+61293744000' },
    { text: '06 1234 5678', recordCountry: 'Italy', e164: '+390612345678' },
  ])('$text ($recordCountry, $defaultCountry) is $e164', ({ text, e164, ...context }) => {
    expect(readPhone(text, context)).toEqual({ ok: true, e164 });
  });

  test.each([
    { text: '', reason: 'phone_missing' },
    { text: '  ', reason: 'phone_missing' },
    { text: undefined, reason: 'phone_missing' },
    { text: '030 901820', reason: 'phone_no_country' },
    { text: '0049 30 901820', reason: 'phone_no_country' },
    { text: '030 901820', recordCountry: 'Freedonia', defaultCountry: 'DE', reason: 'phone_country_unknown' },
    { text: '123', defaultCountry: 'DE', reason: 'phone_too_short' },
    { text: '+49 171 1234567890123', reason: 'phone_too_long' },
    { text: '1'.repeat(300), defaultCountry: 'US', reason: 'phone_too_long' },
    { text: 'n/a', defaultCountry: 'US', reason: 'phone_not_a_number' },
    { text: '0171 1234567 or 0172 7654321', defaultCountry: 'DE', reason: 'phone_not_a_number' },
    { text: '1-800-FLOWERS', defaultCountry: 'US', reason: 'phone_not_a_number' },
    { text: '+1 650 253 0000 x12', reason: 'phone_extension' },
    { text: '+1 555 555 0100', reason: 'phone_invalid' },
    { text: '+999 1234567', reason: 'phone_invalid' },
  ])('$text ($recordCountry, $defaultCountry) is refused: $reason', ({ text, reason, ...context }) => {
    expect(readPhone(text, context)).toEqual({ ok: false, reason });
  });

  test('that was read is read the same again, whatever the country', () => {
    const national = fc.stringMatching(/^0[0-9 /-]{4,14}$/);
    const country = fc.constantFrom('DE', 'US', 'Japan', 'United Kingdom', 'FR', undefined);
    fc.assert(
      fc.property(national, country, country, (text, recordCountry, other) => {
        const first = readPhone(text, { recordCountry });
        if (first.ok) expect(readPhone(first.e164, { recordCountry: other })).toEqual(first);
      }),
    );
  });

  test('never throws, and is E.164 or a reason', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.option(fc.string()), (text, country) => {
        const reading = readPhone(text, { recordCountry: country ?? undefined });
        if (reading.ok) expect(reading.e164).toMatch(/^\+[1-9]\d{6,14}$/);
        else expect(reading.reason).toMatch(/^phone_/);
      }),
    );
  });
});

describe('a country', () => {
  test.each([
    ['Germany', 'DE'],
    ['deutschland', 'DE'],
    ['de', 'DE'],
    ['USA', 'US'],
    ['U.S.', 'US'],
    ['United States of America', 'US'],
    ["Côte d'Ivoire", 'CI'],
    ['Cote d’Ivoire', 'CI'],
    ['Türkiye', 'TR'],
    ['Korea, Republic of', 'KR'],
    ['Korea, Democratic People’s Republic of', 'KP'],
    ['Congo, the Democratic Republic of the', 'CD'],
    ['Österreich', 'AT'],
    ['Niger', 'NE'],
    ['日本', 'JP'],
  ])('written %s is %s', (text, code) => {
    expect(readCountry(text)).toBe(code);
  });

  test.each(['', 'Freedonia', 'XX', 'Korea', 'Europe'])('written %j is none', (text) => {
    expect(readCountry(text)).toBeUndefined();
  });
});
