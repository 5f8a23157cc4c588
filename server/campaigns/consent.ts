/** Whether a member may be called, by what Salesforce says of consent. Pure. */
import type { Member } from './member.ts';

/** Refusing calls; `excludeDoNotCall: false` sends these members all the same. */
const CALL_REFUSALS = ['DoNotCall', 'HasOptedOutSolicit'] as const;
/** Refusing any use of the data: no setting overrides these. */
const PROCESSING_REFUSALS = ['HasOptedOutProcessing', 'ShouldForget'] as const;

export type Consent =
  { allowed: true } | { allowed: false; reason: 'do_not_call' | 'opted_out'; field: string };

/** Where an org keeps "do not call": the member mirrors that of its lead or contact. */
export const DO_NOT_CALL_FIELDS = ['DoNotCall', 'Lead.DoNotCall', 'Contact.DoNotCall'] as const;

/** Whether it can be known of every member. A field that its user may not see is one that Salesforce says nothing of. */
export function seesDoNotCall(described: readonly { field: string; exists: boolean }[]): boolean {
  const [ofMember, ofLead, ofContact] = DO_NOT_CALL_FIELDS.map((name) =>
    described.some(({ field, exists }) => field === name && exists),
  );
  return ofMember === true || (ofLead === true && ofContact === true);
}

const INDIVIDUALS = ['Lead.Individual', 'Contact.Individual'] as const;
const ofIndividuals = (names: readonly string[]) =>
  INDIVIDUALS.flatMap((individual) => names.map((name) => `${individual}.${name}`));

/** Every field that can keep a member off the list. An org has some of them. */
export function consentFieldsOf({ excludeDoNotCall }: { excludeDoNotCall: boolean }): readonly string[] {
  const ofCalls = [...DO_NOT_CALL_FIELDS, ...ofIndividuals(['HasOptedOutSolicit'])];
  return [...(excludeDoNotCall ? ofCalls : []), ...ofIndividuals(PROCESSING_REFUSALS)];
}

export const DO_NOT_CALL_UNSEEN = {
  sentence: 'Salesforce shows its user no field DoNotCall, so that nobody can tell who is not to be called.',
  remedy:
    'Give the user of the connection read access to the field "Do Not Call" of leads and contacts, or set excludeDoNotCall to false.',
} as const;

function lastName(field: string): string {
  return field.slice(field.lastIndexOf('.') + 1);
}

function findRefusal(member: Member, names: readonly string[]): string | undefined {
  return member.refusals.find((field) => names.includes(lastName(field)));
}

/**
 * A refusal takes a contact off the list that is there already: whoever withdrew it must not be dialled by yesterday's list.
 * Opting out of email or fax says nothing about calls, and is not looked at.
 */
export function decideConsent(member: Member, { excludeDoNotCall }: { excludeDoNotCall: boolean }): Consent {
  const processing = findRefusal(member, PROCESSING_REFUSALS);
  if (processing !== undefined) return { allowed: false, reason: 'opted_out', field: processing };
  const call = excludeDoNotCall ? findRefusal(member, CALL_REFUSALS) : undefined;
  if (call === undefined) return { allowed: true };
  const reason = lastName(call) === 'DoNotCall' ? 'do_not_call' : 'opted_out';
  return { allowed: false, reason, field: call };
}
