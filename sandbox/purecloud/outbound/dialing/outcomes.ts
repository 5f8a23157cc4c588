/** How calls of the sandbox end. Pure. The codes are those of PureCloud; how often each comes is made up. */
import { randomOf } from '../../../seeded-random.ts';
import type { WrapUpFlag } from '../outbound-state.ts';

export interface CallOutcome {
  /** Name of a wrap-up code, or a code of the system (`ININ-…`). */
  result: string;
  /** Against the sum of all. */
  weight: number;
  /** Of a wrap-up code. */
  flags?: readonly WrapUpFlag[];
  /** The contact is called once more, as long as `recallsMax` allows. */
  isRecalled?: boolean;
}

export const CALL_OUTCOMES: readonly CallOutcome[] = [
  { result: 'Interested', weight: 14, flags: ['RIGHT_PARTY_CONTACT'] },
  { result: 'Not Interested', weight: 15, flags: ['RIGHT_PARTY_CONTACT'] },
  { result: 'Call Back Later', weight: 7, flags: ['RIGHT_PARTY_CONTACT'], isRecalled: true },
  { result: 'Wrong Number', weight: 3, flags: ['NUMBER_UNCALLABLE'] },
  { result: 'Do Not Call Again', weight: 2, flags: ['CONTACT_UNCALLABLE', 'RIGHT_PARTY_CONTACT'] },
  { result: 'ININ-OUTBOUND-NO-ANSWER', weight: 27, isRecalled: true },
  { result: 'ININ-OUTBOUND-MACHINE', weight: 19 },
  { result: 'ININ-OUTBOUND-BUSY', weight: 8, isRecalled: true },
  { result: 'ININ-OUTBOUND-DISCONNECT', weight: 2 },
  { result: 'ININ-OUTBOUND-SIT-UNCALLABLE', weight: 2 },
  { result: 'ININ-OUTBOUND-FAX', weight: 1 },
];

/** What a call shows while the agent has not wrapped it up: not a final result. */
export const WITH_AGENT = 'ININ-OUTBOUND-TRANSFERRED-TO-QUEUE';

const FLAGS_OF_SYSTEM: Readonly<Record<string, readonly WrapUpFlag[]>> = {
  'ININ-OUTBOUND-SIT-UNCALLABLE': ['NUMBER_UNCALLABLE'],
};

export function isSystemCode(result: string): boolean {
  return /^ININ-/i.test(result);
}

export function systemFlagsOf(result: string): readonly WrapUpFlag[] {
  return FLAGS_OF_SYSTEM[result.toUpperCase()] ?? [];
}

export interface CallAttempt {
  seed: number;
  contactId: string;
  /** From 1. */
  attempt: number;
}

/** Who is called, and for which time, decides: the same seed ends the same way, whatever the rate and the order. */
export function drawOutcome(
  outcomes: readonly CallOutcome[],
  { seed, contactId, attempt }: CallAttempt,
): CallOutcome {
  const total = outcomes.reduce((sum, { weight }) => sum + weight, 0);
  if (!(total > 0)) throw new RangeError('A dialler needs an outcome with a weight above 0');
  let left = randomOf(seed, `${contactId}#${attempt}`) * total;
  return outcomes.find(({ weight }) => (left -= weight) < 0) ?? outcomes.at(-1)!;
}
