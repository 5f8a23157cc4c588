/** Members that are gone, by `getDeleted`; and when Salesforce no longer knows. */
import { MEMBER } from './member-fields.ts';
import { SalesforceRefusal } from './salesforce-refusal.ts';
import type { DeletedAnswer, SalesforceSession } from './salesforce-session.ts';

const DAY_MS = 86_400_000;
/** "Start" may be as many days ago (object reference, getDeleted). */
const DAYS_BACK_MAX = 15;
/** Start and end must be more than a minute apart, and seconds are not looked at. */
const SPAN_MS_MIN = 2 * 60_000;

export type DeletedMembers =
  { outcome: 'known'; ids: readonly string[]; coveredUntil: string } | { outcome: 'windowMissed' };

const MISSED: ReadonlySet<string> = new Set(['INVALID_REPLICATION_DATE', 'EXCEEDED_ID_LIMIT']);
const MISSED_ANSWER = { outcome: 'windowMissed' } as const;

/** @param nowMs On the org's clock. */
export async function readDeleted(
  session: Pick<SalesforceSession, 'deleted'>,
  since: string,
  nowMs: number,
): Promise<DeletedMembers> {
  const sinceMs = Date.parse(since);
  const startMs = Math.min(sinceMs, nowMs - SPAN_MS_MIN);
  if (startMs <= nowMs - DAYS_BACK_MAX * DAY_MS) return MISSED_ANSWER;
  let answer: DeletedAnswer;
  try {
    answer = await session.deleted(MEMBER, new Date(startMs), new Date(nowMs));
  } catch (error) {
    if (error instanceof SalesforceRefusal && MISSED.has(error.errorCode)) return MISSED_ANSWER;
    throw error;
  }
  // The log of deletions is emptied early where many are made.
  if (Date.parse(answer.earliestDateAvailable) > sinceMs) return MISSED_ANSWER;
  return {
    outcome: 'known',
    ids: answer.deletedRecords.map(({ id }) => id),
    coveredUntil: new Date(answer.latestDateCovered).toISOString(),
  };
}
