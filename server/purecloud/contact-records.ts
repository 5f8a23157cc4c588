/** Contacts as PureCloud gives them, and the attempts that they tell of. Pure. */
import { z } from 'zod';
import { inUtc } from '../utc.ts';

export interface Attempt {
  /** ISO 8601. */
  at: string;
  result: string;
}

export interface ContactResult {
  contactId: string;
  attempts: readonly Attempt[];
}

// Every member may be left out, or be null: one contact must not hold up a list.
const text = z.string().nullish();
const callRecord = z.object({ lastAttempt: text, lastResult: text });
const messageEvaluation = z.object({ timestamp: text, wrapupCodeId: text });

function byColumn<Value extends z.ZodType>(value: Value) {
  return z
    .record(z.string(), value)
    .nullish()
    .transform((record) => record ?? {});
}

export const contactSchema = z.object({
  id: z.string(),
  data: byColumn(z.string().nullable()),
  callable: z.boolean().nullish(),
  callRecords: byColumn(callRecord),
  latestSmsEvaluations: byColumn(messageEvaluation),
});
export type FoundContact = z.output<typeof contactSchema>;

function attemptOf(at: string | null | undefined, result: string | null | undefined): Attempt[] {
  const isWhole = (at ?? '').trim() !== '' && (result ?? '').trim() !== '';
  return isWhole ? [{ at: inUtc(at!), result: result! }] : [];
}

export function resultOf({ id, callRecords, latestSmsEvaluations }: FoundContact): ContactResult {
  const calls = Object.values(callRecords).flatMap(({ lastAttempt, lastResult }) =>
    attemptOf(lastAttempt, lastResult),
  );
  const texts = Object.values(latestSmsEvaluations).flatMap(({ timestamp, wrapupCodeId }) =>
    attemptOf(timestamp, wrapupCodeId),
  );
  return { contactId: id, attempts: [...calls, ...texts] };
}

/** Results with an attempt at this instant or later. A time that cannot be read is kept: more does no harm. */
export function isSince({ attempts }: ContactResult, sinceMs: number): boolean {
  return attempts.some(({ at }) => !(Date.parse(at) < sinceMs));
}

const PHONE_COLUMN = /^(CallRecordLast(?:Attempt|Result|AgentWrapup)|SmsLast(?:Attempt|Result))-(.*)$/s;
const ID_COLUMN = 'inin-outbound-id';

/** The columns of the system in an export, by the phone column that they are about. */
function phonePlaces(columns: readonly string[]): Map<string, Map<string, number>> {
  const places = new Map<string, Map<string, number>>();
  columns.forEach((column, at) => {
    const [, kind, phone] = PHONE_COLUMN.exec(column) ?? [];
    if (kind === undefined || phone === undefined) return;
    places.set(phone, (places.get(phone) ?? new Map<string, number>()).set(kind, at));
  });
  return places;
}

/** Of the system's results, those after which an agent may have had the call. */
const WITH_AGENT = /^ININ-OUTBOUND-(?:TRANSFERRED-TO-QUEUE|LIVE-VOICE|LINE-CONNECTED)$/i;

/** PureCloud keeps the last word of an agent while later calls come to nobody: it is not of the last attempt then. */
function mayBeOfAgent(result: string | undefined = ''): boolean {
  return !/^ININ-OUTBOUND-/i.test(result) || WITH_AGENT.test(result);
}

/** The agent's word comes after the system's: of two at one instant the later in the list counts. */
export function createExportReader(
  columns: readonly string[],
): ((cells: readonly string[]) => ContactResult | undefined) | undefined {
  const idAt = columns.indexOf(ID_COLUMN);
  if (idAt < 0) return undefined;
  const phones = [...phonePlaces(columns).values()];
  return (cells) => {
    const contactId = cells[idAt];
    if (contactId === undefined || contactId === '') return undefined;
    const attempts = phones.flatMap((places) => {
      const read = (kind: string) => cells[places.get(kind) ?? -1];
      const [called, result] = [read('CallRecordLastAttempt'), read('CallRecordLastResult')];
      const ofAgent = mayBeOfAgent(result) ? read('CallRecordLastAgentWrapup') : undefined;
      return [
        ...attemptOf(called, result),
        ...attemptOf(called, ofAgent),
        ...attemptOf(read('SmsLastAttempt'), read('SmsLastResult')),
      ];
    });
    return { contactId, attempts };
  };
}
