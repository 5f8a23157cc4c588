/** How one person is found among stored original values. Pure. */
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { z } from 'zod';
import { parseInput } from '../validation.ts';
import { BridgeError } from '../errors.ts';
import type { FieldValue } from './member.ts';
import { toId18 } from './salesforce-id.ts';

// Fewer digits would find others too.
const PHONE_DIGITS_MIN = 7;

const salesforceId = z
  .string()
  .refine((text) => toId18(text) !== undefined, 'must be a Salesforce id of 15 or 18 characters');

export const personSchema = z.strictObject({
  memberId: salesforceId.optional(),
  leadId: salesforceId.optional(),
  contactId: salesforceId.optional(),
  email: z
    .string()
    .trim()
    .min(3, 'must be an email address')
    .max(255, 'must be at most 255 characters')
    .optional(),
  phone: z
    .string()
    .max(100, 'must be at most 100 characters')
    .refine(
      (text) => toEnding(text).length >= PHONE_DIGITS_MIN,
      `must have at least ${PHONE_DIGITS_MIN} digits`,
    )
    .optional(),
});

export interface PersonKeys {
  /** In both lengths. */
  ids: string[];
  /** Small letters. */
  emails: string[];
  /** Digits that a stored number ends with, however it was written. */
  phoneEndings: string[];
}

/** The number within its country: stored numbers end so, with a country code before it, with a 0, or with neither. */
function toEnding(phone: string): string {
  const national = parsePhoneNumberFromString(phone)?.nationalNumber ?? phone.replaceAll(/\D/g, '');
  return national.replace(/^0+/, '');
}

/** @throws BridgeError `invalid_request` where nothing says who. */
export function personKeys(input: unknown): PersonKeys {
  const { email, phone, ...ids } = parseInput(personSchema, input);
  const wholeIds = Object.values(ids).flatMap((id) => (id === undefined ? [] : [toId18(id)!]));
  const keys = {
    ids: wholeIds.flatMap((id) => [id, id.slice(0, 15)]),
    emails: email === undefined ? [] : [email.toLowerCase()],
    phoneEndings: phone === undefined ? [] : [toEnding(phone)],
  };
  if (Object.values(keys).every((list) => list.length === 0)) {
    throw new BridgeError('invalid_request', {
      detail: 'Nothing says who is to be forgotten.',
      remedy: 'Give one or more of memberId, leadId, contactId, email and phone.',
    });
  }
  return keys;
}

// A number stands alone in its field; in a longer text, digits that end alike are a coincidence.
const PHONE_TEXT_LENGTH_MAX = 40;

function names({ ids, emails, phoneEndings }: PersonKeys, value: string): boolean {
  const endsAlike = () => {
    const digits = value.replaceAll(/\D/g, '');
    return phoneEndings.some((ending) => digits.endsWith(ending));
  };
  return (
    ids.includes(value) ||
    emails.includes(value.trim().toLowerCase()) ||
    (value.length <= PHONE_TEXT_LENGTH_MAX && endsAlike())
  );
}

/** Whether values that were kept are of the person. */
export function isOfPerson(keys: PersonKeys, original: Readonly<Record<string, FieldValue>>): boolean {
  return Object.values(original).some((value) => value !== null && names(keys, String(value)));
}
