/** Whether a member may be called, by what Salesforce says of consent. Pure. */
import type { Member } from './member.ts';

/** Refusing calls; `excludeDoNotCall: false` sends these members all the same. */
const CALL_REFUSALS = ['DoNotCall', 'HasOptedOutSolicit'] as const;
/** Refusing any use of the data: no setting overrides these. */
const PROCESSING_REFUSALS = ['HasOptedOutProcessing', 'ShouldForget'] as const;

export type Consent =
  { allowed: true } | { allowed: false; reason: 'do_not_call' | 'opted_out'; field: string };

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
