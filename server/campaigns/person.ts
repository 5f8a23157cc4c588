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
    .max(255, 'must be at most 255 characters')
    .regex(/^[^\s@]+@[^\s@]+$/, 'must be an email address')
    .optional(),
  phone: z
    .string()
    .max(100, 'must be at most 100 characters')
    .refine(
      (text) => toDigits(text).length >= PHONE_DIGITS_MIN,
      `must have at least ${PHONE_DIGITS_MIN} digits`,
    )
    .optional(),
});

export interface PersonKeys {
  /** Members that are the person's whatever was kept of them. */
  members: string[];
  /** Nothing but a member id was given: what is known of contacts is known by it. */
  isByMember: boolean;
  /** Of member, lead and contact, in both lengths. */
  ids: string[];
  /** Small letters. */
  emails: string[];
  /** Digits that every way to write the number has. */
  phoneDigits: string[];
}

/** The number within its country: before it stands a country code, a 0, or neither. */
function toDigits(phone: string): string {
  const dialled = phone.normalize('NFKC').trim().replace(/^00/, '+');
  const national = parsePhoneNumberFromString(dialled)?.nationalNumber ?? dialled.replaceAll(/\D/g, '');
  return national.replace(/^0+/, '');
}

/** @throws BridgeError `invalid_request` where nothing says who. */
export function personKeys(input: unknown): PersonKeys {
  const { email, phone, ...ids } = parseInput(personSchema, input);
  const wholeIds = Object.values(ids).flatMap((id) => (id === undefined ? [] : [toId18(id)!]));
  const keys = {
    members: ids.memberId === undefined ? [] : [toId18(ids.memberId)!],
    ids: wholeIds.flatMap((id) => [id, id.slice(0, 15)]),
    emails: email === undefined ? [] : [email.normalize('NFKC').toLowerCase()],
    phoneDigits: phone === undefined ? [] : [toDigits(phone)],
  };
  const given = [...wholeIds, ...keys.emails, ...keys.phoneDigits];
  if (given.length === 0) {
    throw new BridgeError('invalid_request', {
      detail: 'Nothing says who is to be forgotten.',
      remedy: 'Give one or more of memberId, leadId, contactId, email and phone.',
    });
  }
  return { ...keys, isByMember: given.length === keys.members.length };
}

/** Part of an address, where it stands right beside one: then that is another, longer one. */
const ADDRESS_BEFORE = /[\p{L}\p{N}._%+-]/u;
const ADDRESS_AFTER = /^(?:[\p{L}\p{N}_-]|\.[\p{L}\p{N}])/u;

function holdsEmail(text: string, email: string): boolean {
  for (let at = text.indexOf(email); at >= 0; at = text.indexOf(email, at + 1)) {
    const after = text.slice(at + email.length, at + email.length + 3);
    if (!ADDRESS_BEFORE.test(text[at - 1] ?? '') && !ADDRESS_AFTER.test(after)) return true;
  }
  return false;
}

function names({ ids, emails, phoneDigits }: PersonKeys, value: string): boolean {
  const text = value.normalize('NFKC');
  if (ids.some((id) => text.includes(id))) return true;
  const small = emails.length === 0 ? '' : text.toLowerCase();
  if (emails.some((email) => holdsEmail(small, email))) return true;
  const digits = phoneDigits.length === 0 ? '' : text.replaceAll(/\D/g, '');
  return phoneDigits.some((wanted) => digits.includes(wanted));
}

/** Whether values that were kept are of the person. Whatever else stands in a text: a number that could not be read is in the rows too. */
export function isOfPerson(keys: PersonKeys, original: Readonly<Record<string, FieldValue>>): boolean {
  return Object.values(original).some((value) => value !== null && names(keys, String(value)));
}
