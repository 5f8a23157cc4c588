/** How one person is found among the values that were kept, whatever else stands beside them. */
import { describe, expect, test } from '@jest/globals';
import { isOfPerson, personKeys } from '../../server/campaigns/person.ts';

const NUMBERS = [
  '+49 171 5551234',
  '0049 171 5551234',
  '0171/5551234',
  '+49 (0)171 555-1234',
  '(0171) 555 12 34',
  '０171 5551234',
];
const TEXTS = [
  ...NUMBERS,
  '0171 5551234 ext. 12',
  '0171 5551234 / 089 1234567',
  '089 1234567 oder 0171 5551234',
  '0171 (mobile) 5551234',
  '0171 5551234 (office, ask for Ada, mornings only, and never on the first Monday of a month)',
];

describe('a number', () => {
  test.each(NUMBERS)('given as %s finds it in every text that holds it', (phone) => {
    const keys = personKeys({ phone });
    expect(TEXTS.filter((text) => !isOfPerson(keys, { Phone: text }))).toEqual([]);
    expect(isOfPerson(keys, { Phone: null, Count: 1715551234 })).toBe(true);
  });

  test.each(['0171 5551235', '0171 555123', 'ext. 12', ''])('finds none in %j', (text) => {
    expect(isOfPerson(personKeys({ phone: '+49 171 5551234' }), { Phone: text })).toBe(false);
  });
});

describe('an email', () => {
  const keys = personKeys({ email: 'Ada@Example.com' });
  test.each([
    'ada@example.com',
    'Ada <ADA@example.com>',
    'mailto:ada@example.com.',
    'x@y.z; ada@example.com, w@y.z',
  ])('is found in %j', (text) => {
    expect(isOfPerson(keys, { FirstName: text })).toBe(true);
  });
  test.each(['nada@example.com', 'x+ada@example.com', 'ada@example.com.au', 'ada@example.community', ''])(
    'is not the other one in %j',
    (text) => {
      expect(isOfPerson(keys, { FirstName: text })).toBe(false);
    },
  );
  test('is found behind another that ends alike', () => {
    expect(isOfPerson(keys, { FirstName: 'nada@example.com ada@example.com' })).toBe(true);
  });
});

describe('an id', () => {
  test.each(['00Q5g00000ABCDe', '00Q5g00000ABCDeEAP'])(
    'given as %s is found in either length, and in a link',
    (leadId) => {
      const keys = personKeys({ leadId });
      for (const text of [
        '00Q5g00000ABCDe',
        '00Q5g00000ABCDeEAP',
        'https://acme.example/00Q5g00000ABCDeEAP/view',
      ])
        expect(isOfPerson(keys, { LeadId: text })).toBe(true);
      expect(isOfPerson(keys, { LeadId: '00Q5g00000ABCDE' })).toBe(false);
    },
  );
});
