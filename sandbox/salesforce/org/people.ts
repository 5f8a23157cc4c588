/**
 * Made-up people, each from a seed and a number alone, so that a million of them take no memory. Their phone numbers are from the ranges
 * that regulators keep for fiction where there are such, so that nobody real is ever dialled by a demo.
 */
import { createRandom } from '../../seeded-random.ts';

export interface Person {
  firstName: string;
  lastName: string;
  title: string;
  company: string;
  city: string;
  postalCode: string;
  country: string | null;
  phone: string | null;
  mobilePhone: string | null;
  email: string | null;
  doNotCall: boolean;
  hasOptedOutOfEmail: boolean;
}

/** Parts of all people, each from 0 to 1. */
export interface PeopleShares {
  /** Neither phone number is there. */
  blankPhone: number;
  /** What stands in the phone field is no number. */
  invalidPhone: number;
  /** Written with country code. */
  internationalPhone: number;
  doNotCall: number;
  blankCountry: number;
}

export const PEOPLE_SHARES: PeopleShares = {
  blankPhone: 0.03,
  invalidPhone: 0.02,
  internationalPhone: 0.2,
  doNotCall: 0.04,
  blankCountry: 0.02,
};

interface Country {
  /** As orgs write it: names and codes both occur. */
  names: readonly string[];
  code: string;
  cities: readonly (readonly [city: string, postalCode: string])[];
  firstNames: readonly string[];
  lastNames: readonly string[];
  /** National formats; each `#` becomes a digit. */
  landlines: readonly string[];
  mobiles: readonly string[];
}

const COUNTRIES: readonly Country[] = [
  {
    names: ['United States', 'USA', 'US'],
    code: '+1',
    cities: [
      ['San Francisco', '94105'],
      ['Boston', '02110'],
      ['Denver', '80202'],
      ['Austin', '78701'],
    ],
    firstNames: ['Olivia', 'Liam', 'Emma', 'Noah', 'Ava', 'Ethan', 'Mia', 'Mason'],
    lastNames: ['Smith', 'Johnson', 'Brown', 'Garcia', 'Miller', 'Davis', 'Wilson', 'Taylor'],
    landlines: ['(415) 555-01##', '(617) 555-01##', '303-555-01##', '(512) 555-01##', '212.555.01##'],
    mobiles: ['(646) 555-01##', '(702) 555-01##'],
  },
  {
    names: ['Germany', 'Deutschland', 'DE'],
    code: '+49',
    cities: [
      ['Berlin', '10117'],
      ['Hamburg', '20095'],
      ['München', '80331'],
      ['Köln', '50667'],
    ],
    firstNames: ['Anna', 'Jürgen', 'Lena', 'Björn', 'Käthe', 'Felix', 'Sönke', 'Mara'],
    lastNames: ['Müller', 'Schmidt', 'Größler', 'Weber', 'Schäfer', 'Koch', 'Böhm', 'Wolf'],
    landlines: ['(030) 23125 ###', '069 / 90009 ###', '040 66969 ###', '0221 4710 ###', '089 99998-###'],
    mobiles: ['0176 04069 0##', '0171 39200 ##'],
  },
  {
    names: ['United Kingdom', 'UK', 'GB'],
    code: '+44',
    cities: [
      ['London', 'EC1A 1BB'],
      ['Manchester', 'M1 1AE'],
      ['Bristol', 'BS1 4DJ'],
    ],
    firstNames: ['Amelia', 'George', 'Isla', 'Harry', 'Freya', 'Oscar'],
    lastNames: ['Jones', 'Evans', "O'Neill", 'Patel', 'Hughes', 'Wright'],
    landlines: ['020 7946 0###', '0161 496 0###', '(0117) 496 0###'],
    mobiles: ['0113 496 0###', '0141 496 0###'],
  },
  {
    names: ['France', 'FR'],
    code: '+33',
    cities: [
      ['Paris', '75001'],
      ['Lyon', '69002'],
      ['Nantes', '44000'],
    ],
    firstNames: ['Chloé', 'Rémi', 'Zoé', 'Loïc', 'Inès', 'Théo'],
    lastNames: ['Martin', 'Lefèvre', 'Dubois', 'Moreau', 'Garnier', 'Noël'],
    landlines: ['01 99 00 ## ##', '02 61 91 ## ##', '04.65.71.##.##'],
    mobiles: ['03 53 01 ## ##', '05 36 49 ## ##'],
  },
  {
    names: ['Australia', 'AU'],
    code: '+61',
    cities: [
      ['Sydney', '2000'],
      ['Perth', '6000'],
    ],
    firstNames: ['Matilda', 'Jack', 'Ruby', 'Cooper'],
    lastNames: ['Walker', 'Nguyen', 'Kelly', 'Ryan'],
    landlines: ['(02) 5550 ####', '(08) 5550 ####'],
    mobiles: ['0491 570 156', '0491 570 157', '0491 570 158', '0491 570 159'],
  },
];

const TITLES = ['Buyer', 'Head of Sales', 'Engineer', 'Director', 'Office Manager', 'Owner'];
const COMPANIES = ['Northwind', 'Acme', 'Globex', 'Initech', 'Umbra', 'Vandelay', 'Wonka', 'Tyrell'];
const NO_NUMBERS = ['call the office', 'n/a', '12', '0000000', 'see notes', '+49'];

function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)]!;
}

function withDigits(random: () => number, format: string): string {
  return format.replaceAll('#', () => String(Math.floor(random() * 10)));
}

/** `(030) 23125 123` -> `+49 30 23125 123`. */
function international({ code }: Country, national: string): string {
  const digits = national.replaceAll(/\D/g, ' ').replaceAll(/ +/g, ' ').trim();
  return `${code} ${code === '+1' ? digits : digits.replace(/^0/, '')}`;
}

function plain(name: string): string {
  return name
    .normalize('NFD')
    .replaceAll(/[^A-Za-z]/g, '')
    .toLowerCase();
}

function phonesOf(random: () => number, country: Country, shares: PeopleShares) {
  const kind = random();
  const write = (formats: readonly string[]) => {
    const national = withDigits(random, pick(random, formats));
    return random() < shares.internationalPhone ? international(country, national) : national;
  };
  const [phone, mobile, hasMobile] = [write(country.landlines), write(country.mobiles), random() < 0.6];
  if (kind < shares.blankPhone) return { phone: null, mobilePhone: null };
  if (kind < shares.blankPhone + shares.invalidPhone)
    return { phone: pick(random, NO_NUMBERS), mobilePhone: null };
  return { phone, mobilePhone: hasMobile ? mobile : null };
}

function makePerson(seed: number, index: number, shares: PeopleShares): Person {
  const random = createRandom(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35));
  const country = pick(random, COUNTRIES);
  const [firstName, lastName] = [pick(random, country.firstNames), pick(random, country.lastNames)];
  const [city, postalCode] = pick(random, country.cities);
  const company = pick(random, COMPANIES);
  return {
    firstName,
    lastName,
    title: pick(random, TITLES),
    company,
    city,
    postalCode,
    country: random() < shares.blankCountry ? null : pick(random, country.names),
    ...phonesOf(random, country, shares),
    email: `${plain(firstName)}.${plain(lastName)}.${index}@${company.toLowerCase()}.example`,
    doNotCall: random() < shares.doNotCall,
    hasOptedOutOfEmail: random() < 0.05,
  };
}

/** The person of a number, and nothing kept but the last one: the fields of one row are asked for one after the other. */
export function createPeople(seed: number, shares: PeopleShares): (index: number) => Person {
  let last: { index: number; person: Person } | undefined;
  return (index) => {
    if (last?.index !== index) last = { index, person: makePerson(seed, index, shares) };
    return last.person;
  };
}
