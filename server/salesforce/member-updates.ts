/** Results written to members in collections of 200: row by row, with locks tried again and everything else told as it is. */
import { pause } from '../connections/repeat.ts';
import type { BrokerClock } from '../tokens/broker-clock.ts';
import { MEMBER } from './member-fields.ts';
import type { SalesforceSession, SaveError, SaveResult } from './salesforce-session.ts';

export const COLLECTION_RECORDS_MAX = 200;
const LOCK_TRIES_MAX = 5;
const LOCK_WAIT_MS = 500;

export interface MemberChange {
  memberId: string;
  fields: Readonly<Record<string, string>>;
}

export type UpdateAnswer =
  | { memberId: string; ok: true }
  | { memberId: string; ok: false; code: string; message?: string; field?: string; isFinal: boolean };

/** Of one row; whoever writes the same again later may find that it goes. */
const PASSING: ReadonlySet<string> = new Set([
  'UNABLE_TO_LOCK_ROW',
  'SERVER_UNAVAILABLE',
  'QUERY_TIMEOUT',
  'REQUEST_RUNNING_TOO_LONG',
  'UNKNOWN_EXCEPTION',
  'INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE',
  'REQUEST_LIMIT_EXCEEDED',
]);

export function isLocked(answer: UpdateAnswer): boolean {
  return !answer.ok && answer.code === 'UNABLE_TO_LOCK_ROW';
}

export function refusedUpdate(memberId: string, error: Partial<SaveError> | undefined): UpdateAnswer {
  const { statusCode = 'UNKNOWN', message, fields = [] } = error ?? {};
  const [field] = fields;
  return {
    memberId,
    ok: false,
    code: statusCode,
    ...(message === undefined ? {} : { message }),
    ...(field === undefined ? {} : { field }),
    isFinal: !PASSING.has(statusCode),
  };
}

/** Results are in the order of the records; where one names an id, it must be that of its record. */
function answersOf(changes: readonly MemberChange[], results: readonly SaveResult[]): UpdateAnswer[] {
  return changes.flatMap(({ memberId }, at): UpdateAnswer[] => {
    const { id, success, errors } = results[at]!;
    if (id !== undefined && id !== memberId) return [];
    return [success ? { memberId, ok: true } : refusedUpdate(memberId, errors[0])];
  });
}

async function updateOnce(
  session: SalesforceSession,
  changes: readonly MemberChange[],
): Promise<UpdateAnswer[]> {
  const records = changes.map(({ memberId, fields }) => ({ Id: memberId, ...fields }));
  return answersOf(changes, await session.update(MEMBER, records));
}

export interface UpdateParts {
  session: SalesforceSession;
  clock: BrokerClock;
  /** In [0, 1). */
  random: () => number;
  signal?: AbortSignal | undefined;
}

/** At most 200 changes. A change without an answer was not confirmed. Rows that stay locked are refused as they are. */
export async function updateCollection(
  parts: UpdateParts,
  changes: readonly MemberChange[],
): Promise<readonly UpdateAnswer[]> {
  const done: UpdateAnswer[] = [];
  let open = changes;
  for (let tries = 1; ; tries += 1) {
    const answers = await updateOnce(parts.session, open);
    const locked = new Set(answers.filter(isLocked).map(({ memberId }) => memberId));
    const isLast = locked.size === 0 || tries === LOCK_TRIES_MAX;
    done.push(...answers.filter(({ memberId }) => isLast || !locked.has(memberId)));
    if (isLast) return done;
    open = open.filter(({ memberId }) => locked.has(memberId));
    await pause(LOCK_WAIT_MS * 2 ** (tries - 1) * (0.5 + parts.random() / 2), parts.clock, parts.signal);
  }
}
