/** One campaign at work: the next contact of the queue is called, and what came of it is written where PureCloud writes it. No timer, no HTTP. */
import type { Campaign, Contact, OutboundState, StoredContactList, WrapUpFlag } from '../outbound-state.ts';
import { drawOutcome, isSystemCode, systemFlagsOf, WITH_AGENT, type CallOutcome } from './outcomes.ts';

const CONTACT_SKIPPED = 'ININ-OUTBOUND-CONTACT-UNCALLABLE-SKIPPED';
const NUMBERS_SKIPPED = 'ININ-OUTBOUND-NO-CALLABLE-NUMBERS-SKIPPED';
const DNC_SKIPPED = 'ININ-OUTBOUND-ON-DO-NOT-CALL-LIST';

export interface DialedCall {
  contactId: string;
  /** Phone column and the number in it. */
  column: string;
  number: string;
  /** As the contact record has it: the name of a wrap-up code (or its id), or a code of the system. */
  result: string;
  /** ISO 8601. */
  at: string;
  /** From 1. */
  attempt: number;
}

export interface DialRules {
  seed: number;
  outcomes: readonly CallOutcome[];
  /** How often one contact is called again after an outcome that asks for it. */
  recallsMax: number;
  /** How long an agent talks before the wrap-up; the contact shows `TRANSFERRED-TO-QUEUE` meanwhile. */
  agentSeconds: number;
  /** What stands in `lastResult` after a wrap-up: which of both PureCloud writes is not documented. */
  wrapUpsAs: 'name' | 'id';
}

interface OpenCall {
  contactId: string;
  column: string;
  number: string;
  attempt: number;
  outcome: CallOutcome;
  endsAtMs: number;
}

export interface CampaignDialer {
  /** Calls the next contact. @returns false where none waits. */
  dialNext(): boolean;
  /** Ends the calls whose agents are ready, or all. */
  wrapUp(all?: boolean): void;
  /** Nobody waits, and no agent is talking. */
  isIdle(): boolean;
}

export interface CampaignDialerOptions {
  state: OutboundState;
  campaign: Campaign;
  stored: StoredContactList;
  rules: DialRules;
  onCall: (call: DialedCall, ended: { wrapupCode: string }) => void;
}

/** Every wrap-up code of the distribution is one of the organization, with its flags. */
export function ensureWrapUpCodes(state: OutboundState, outcomes: readonly CallOutcome[]): void {
  const known = new Set([...state.wrapUpCodes.values()].map(({ name }) => name.toLowerCase()));
  for (const { result, flags = [] } of outcomes) {
    if (isSystemCode(result) || known.has(result.toLowerCase())) continue;
    known.add(result.toLowerCase());
    const { id } = state.addWrapUpCode(result);
    state.wrapUpFlags.set(id, flags);
  }
}

export function createCampaignDialer(options: CampaignDialerOptions): CampaignDialer {
  const { state, campaign, stored, rules, onCall } = options;
  const attempts = new Map<string, number>();
  const withAgents: OpenCall[] = [];

  function skip(code: string): void {
    const { skipped } = state.countsOf(campaign.id);
    skipped[code] = (skipped[code] ?? 0) + 1;
  }

  function isOnDncList(number: string): boolean {
    return (campaign.dncLists ?? []).some(({ id }) => state.dncLists.get(id)?.numbers.has(number) === true);
  }

  /** The first number that may be called, or the code for which the contact is passed over. */
  function numberOf(contact: Contact): { column: string; number: string } | string {
    if (!contact.callable) return CONTACT_SKIPPED;
    const open = campaign.phoneColumns
      .map(({ columnName: column }) => ({ column, number: contact.data[column] ?? '' }))
      .filter(({ column, number }) => number !== '' && contact.phoneNumberStatus[column]?.callable !== false);
    return open.find(({ number }) => !isOnDncList(number)) ?? (open[0] ? DNC_SKIPPED : NUMBERS_SKIPPED);
  }

  function codeOf(result: string) {
    if (isSystemCode(result)) return { id: result, name: result, flags: systemFlagsOf(result) };
    const code = [...state.wrapUpCodes.values()].find(
      ({ name }) => name.toLowerCase() === result.toLowerCase(),
    );
    return code === undefined
      ? { id: result, name: result, flags: [] }
      : { ...code, flags: state.wrapUpFlags.get(code.id) ?? [] };
  }

  function applyFlags({ contactId, column }: OpenCall, flags: readonly WrapUpFlag[]): void {
    if (flags.includes('CONTACT_UNCALLABLE')) stored.contacts.setCallable(contactId, false);
    if (flags.includes('NUMBER_UNCALLABLE')) stored.contacts.setNumberCallable(contactId, column, false);
  }

  function end(call: OpenCall): void {
    const { contactId, column, number, attempt, outcome } = call;
    if (!stored.contacts.has(contactId)) return;
    const { id: wrapupCode, name, flags } = codeOf(outcome.result);
    const result = rules.wrapUpsAs === 'id' ? wrapupCode : name;
    const at = state.timestamp();
    state.recordCall(stored.list.id, contactId, column, { lastAttempt: at, lastResult: result });
    applyFlags(call, flags);
    if (outcome.isRecalled === true && attempt <= rules.recallsMax) stored.queue.put(contactId, false);
    onCall({ contactId, column, number, result, at, attempt }, { wrapupCode });
  }

  function call(contactId: string, to: { column: string; number: string }): void {
    const attempt = (attempts.get(contactId) ?? 0) + 1;
    if (rules.recallsMax > 0) attempts.set(contactId, attempt);
    const outcome = drawOutcome(rules.outcomes, { seed: rules.seed, contactId, attempt });
    const counts = state.countsOf(campaign.id);
    if (attempt === 1) counts.called += 1;
    const open = { contactId, ...to, attempt, outcome, endsAtMs: state.now() + rules.agentSeconds * 1000 };
    if (rules.agentSeconds === 0 || isSystemCode(outcome.result)) {
      end(open);
      return;
    }
    const record = { lastAttempt: state.timestamp(), lastResult: WITH_AGENT };
    state.recordCall(stored.list.id, contactId, to.column, record);
    withAgents.push(open);
  }

  return {
    dialNext() {
      for (let id = stored.queue.shift(); id !== undefined; id = stored.queue.shift()) {
        const contact = stored.contacts.get(id);
        if (contact === undefined) continue;
        const number = numberOf(contact);
        if (typeof number !== 'string') {
          call(id, number);
          return true;
        }
        skip(number);
      }
      return false;
    },
    wrapUp(all = false) {
      while (withAgents[0] !== undefined && (all || withAgents[0].endsAtMs <= state.now()))
        end(withAgents.shift()!);
    },
    isIdle: () => stored.queue.length === 0 && withAgents.length === 0,
  };
}
