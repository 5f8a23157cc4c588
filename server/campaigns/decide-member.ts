/** What is to become of one member: its status, consent and phones, in this order. Pure. */
import { decideConsent } from './consent.ts';
import { toContact, type Contact } from './contact.ts';
import type { Member } from './member.ts';
import type { RowReason } from './row-reason.ts';
import type { SyncSettings } from './sync.ts';

export type Decision = { member: Member } & (
  | { kind: 'send'; contact: Contact; warnings: readonly RowReason[] }
  /** Not to be called: taken off the list where it is there. */
  | { kind: 'leaveOut'; reasons: readonly RowReason[] }
  /** Not to be sent as it is; what the list holds stays, so that a mistake in a setting does not empty it, but not callable where the member changed. */
  | { kind: 'invalid'; reasons: readonly RowReason[] }
);

function isSelected({ status }: Member, { memberStatuses }: SyncSettings): boolean {
  return memberStatuses?.some((label) => label.toLowerCase() === status.toLowerCase()) ?? true;
}

export function decideMember(member: Member, settings: SyncSettings): Decision {
  const consent = decideConsent(member, settings);
  if (!consent.allowed) {
    return { member, kind: 'leaveOut', reasons: [{ code: consent.reason, field: consent.field }] };
  }
  if (!isSelected(member, settings)) {
    return { member, kind: 'leaveOut', reasons: [{ code: 'status_not_selected' }] };
  }
  const outcome = toContact(member, settings);
  if (outcome.kind === 'contact') {
    return { member, kind: 'send', contact: outcome.contact, warnings: outcome.warnings };
  }
  const kind = outcome.outcome === 'skipped' ? 'leaveOut' : 'invalid';
  return { member, kind, reasons: outcome.reasons };
}
