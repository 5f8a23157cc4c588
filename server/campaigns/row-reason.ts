/** Every reason why a row of a run is more than a number in its counts: sentence, field and remedy. Pure. */
import type { PhoneFault } from './phones.ts';

/** `removed`: taken off the list. `warning`: sent, but not all of it. The other three are the counts of the same name. */
export const ROW_OUTCOMES = ['skipped', 'invalid', 'failed', 'removed', 'warning'] as const;
export type RowOutcome = (typeof ROW_OUTCOMES)[number];

/** Tagged by `code`; no member holds a value of the person: those are in the row's original values. */
export type RowReason =
  | { code: PhoneFault; field: string; country?: string }
  | { code: 'do_not_call' | 'opted_out'; field: string }
  | { code: 'status_not_selected' }
  | { code: 'member_gone' }
  | { code: 'value_too_long'; field: string; column: string; length: number; lengthMax: number }
  | { code: 'contact_refused'; upstreamCode: string; message?: string }
  | { code: 'contact_not_confirmed' }
  | { code: 'contact_not_removed'; upstreamCode?: string }
  | { code: 'update_refused'; upstreamCode: string; field?: string; message?: string }
  | { code: 'update_not_confirmed' };
export type RowReasonCode = RowReason['code'];

export interface ReasonText {
  sentence: string;
  remedy: string;
}

const CHECK_NUMBER = 'Correct the number in Salesforce; the next run sends the member.';

function refusedText(what: string, code: string, message: string | undefined): string {
  return `${what} (${code}${message === undefined ? '' : `: ${message}`}).`;
}

/** What a person reads. No default arm: a new reason does not compile until it has its words. */
export function textOfReason(reason: RowReason): ReasonText {
  switch (reason.code) {
    case 'phone_missing':
      return {
        sentence: `No phone number is there: ${reason.field} is blank.`,
        remedy: 'Enter a number in Salesforce, or map another phone field in the sync.',
      };
    case 'phone_no_country':
      return {
        sentence: `${reason.field} has no country code, and neither the record nor the sync names a country.`,
        remedy:
          'Write the number with + and its country code, fill the country of the record, or set defaultCountry of the sync.',
      };
    case 'phone_country_unknown':
      return {
        sentence: `${reason.field} has no country code, and the country of the record is not one that is known.`,
        remedy:
          'Write the country of the record as an ISO code or a full name, or the number with + before it.',
      };
    case 'phone_too_short':
      return { sentence: `${reason.field} has too few digits for a phone number.`, remedy: CHECK_NUMBER };
    case 'phone_too_long':
      return {
        sentence: `${reason.field} has too many digits for a phone number.`,
        remedy: 'Keep one number in the field, without anything after it.',
      };
    case 'phone_not_a_number':
      return {
        sentence: `${reason.field} is not one phone number.`,
        remedy:
          'Keep one number in the field: digits, spaces, brackets and a leading + are read, words are not.',
      };
    case 'phone_extension':
      return {
        sentence: `${reason.field} has an extension, which a dialler cannot reach.`,
        remedy: 'Enter the direct number of the person.',
      };
    case 'phone_invalid':
      return { sentence: `${reason.field} is not a number of its country.`, remedy: CHECK_NUMBER };
    case 'do_not_call':
      return {
        sentence: `${reason.field} is set: this person is not to be called.`,
        remedy: 'Nothing is to be done. Only the person can change this.',
      };
    case 'opted_out':
      return {
        sentence: `${reason.field} is set: this person has opted out.`,
        remedy: 'Nothing is to be done. Only the person can change this.',
      };
    case 'status_not_selected':
      return {
        sentence: 'The status of the member is not among memberStatuses of the sync.',
        remedy: 'Add the status to memberStatuses of the sync if such members are to be called.',
      };
    case 'member_gone':
      return {
        sentence: 'The person is no longer a member of the campaign.',
        remedy: 'Add the person to the campaign again if that was a mistake.',
      };
    case 'value_too_long':
      return {
        sentence: `${reason.field} has ${reason.length} characters; a cell of a contact list holds ${reason.lengthMax}.`,
        remedy: `Shorten the value in Salesforce, or take the column ${reason.column} out of the sync.`,
      };
    case 'contact_refused':
      return {
        sentence: refusedText('PureCloud refused this contact', reason.upstreamCode, reason.message),
        remedy: 'Correct what the code names, then retry the failed rows.',
      };
    case 'contact_not_confirmed':
      return {
        sentence: 'PureCloud took the request, and its answer did not name this contact.',
        remedy: 'Nothing is to be done: the next run sends it again, and sending twice changes nothing.',
      };
    case 'contact_not_removed':
      return {
        sentence: 'PureCloud neither removed the contact nor made it uncallable.',
        remedy:
          'Nothing is to be done yet: the next run tries again. Stop the campaign if it must not be dialled.',
      };
    case 'update_refused':
      return {
        sentence: refusedText(
          'Salesforce refused the result of this member',
          reason.upstreamCode,
          reason.message,
        ),
        remedy: 'Correct what the code names in Salesforce, then retry the failed rows.',
      };
    case 'update_not_confirmed':
      return {
        sentence: 'Salesforce took the request, and its answer did not name this member.',
        remedy: 'Nothing is to be done: the next run writes the result again.',
      };
  }
}

/** The field of Salesforce that the reason is about. */
export function fieldOfReason(reason: RowReason): string | undefined {
  return 'field' in reason ? reason.field : undefined;
}

/** A reason as it was stored -> its text. A code of another version of the bridge is shown as it is. */
export function textOfStoredReason(code: string, detail: Readonly<Record<string, unknown>>): ReasonText {
  const text = textOfReason({ ...detail, code } as RowReason) as ReasonText | undefined;
  return (
    text ?? { sentence: `Reason: ${code}.`, remedy: 'Look for the code in the documentation of the bridge.' }
  );
}
