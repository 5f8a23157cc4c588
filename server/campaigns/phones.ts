/** A phone number as someone typed it -> E.164, or the reason why not. One function for plan, run and page. Pure. */
import { parsePhoneNumberWithError, ParseError, validatePhoneNumberLength } from 'libphonenumber-js/max';
import type { CountryCode } from 'libphonenumber-js/max';
import { readCountry } from './country.ts';

// The library looks at no more of a text than this.
const PHONE_TEXT_LENGTH_MAX = 250;

export const PHONE_FAULTS = [
  'phone_missing',
  'phone_no_country',
  'phone_country_unknown',
  'phone_too_short',
  'phone_too_long',
  'phone_not_a_number',
  'phone_extension',
  'phone_invalid',
] as const;
export type PhoneFault = (typeof PHONE_FAULTS)[number];

export type PhoneReading = { ok: true; e164: string } | { ok: false; reason: PhoneFault };

export interface PhoneContext {
  /** Of the record, as Salesforce writes it. */
  recordCountry?: string | undefined;
  /** Of the sync: ISO code. */
  defaultCountry?: string | undefined;
}

function fault(reason: PhoneFault): PhoneReading {
  return { ok: false, reason };
}

/** The record's country comes first. One that is not understood is not replaced by the sync's: that would be a guess. */
function countryOf({ recordCountry = '', defaultCountry = '' }: PhoneContext): CountryCode | PhoneFault {
  if (recordCountry.trim() !== '') return readCountry(recordCountry) ?? 'phone_country_unknown';
  return readCountry(defaultCountry) ?? 'phone_no_country';
}

const FAULT_OF_PARSE_ERROR: Readonly<Record<string, PhoneFault>> = {
  NOT_A_NUMBER: 'phone_not_a_number',
  INVALID_COUNTRY: 'phone_invalid',
  TOO_SHORT: 'phone_too_short',
  TOO_LONG: 'phone_too_long',
  INVALID_LENGTH: 'phone_invalid',
};

function parse(text: string, country: CountryCode | undefined): PhoneReading {
  // extract: false, so that "0171 1234567 or 0172 7654321" is not read as the first of the two.
  const options = { extract: false, ...(country === undefined ? {} : { defaultCountry: country }) };
  try {
    const number = parsePhoneNumberWithError(text, options);
    if (number.ext !== undefined) return fault('phone_extension');
    if (number.isValid()) return { ok: true, e164: number.number };
    const length = validatePhoneNumberLength(text, options);
    return fault(length === undefined ? 'phone_invalid' : (FAULT_OF_PARSE_ERROR[length] ?? 'phone_invalid'));
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return fault(FAULT_OF_PARSE_ERROR[error.message] ?? 'phone_not_a_number');
  }
}

/**
 * Never guesses: a number without country code is read with the country of its record, else of the sync, else not at all.
 * A number that begins with `+` needs neither.
 */
export function readPhone(text: string | undefined, context: PhoneContext = {}): PhoneReading {
  // Full-width digits and signs are read as what they stand for; a link's "tel:" is no part of the number.
  const trimmed = (text ?? '')
    .normalize('NFKC')
    .trim()
    .replace(/^tel:\s*/i, '');
  if (trimmed === '') return fault('phone_missing');
  if (trimmed.length > PHONE_TEXT_LENGTH_MAX) return fault('phone_too_long');
  if (trimmed.startsWith('+')) return parse(trimmed, undefined);
  if (!/\d/.test(trimmed)) return fault('phone_not_a_number');
  const country = countryOf(context);
  return country.startsWith('phone_') ? fault(country as PhoneFault) : parse(trimmed, country as CountryCode);
}
