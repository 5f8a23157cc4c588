/** One campaign of one org, over a saved connection: its members read and its results written. */
import { text as wholeText } from 'node:stream/consumers';
import { toChunks } from '../chunks.ts';
import {
  createAuthorizedCalls,
  type AuthorizedCalls,
  type AuthorizedCallsParts,
} from '../connections/authorized-calls.ts';
import { API_USAGE_SHARE_MAX, createApiUsageGuard, type ApiUsage } from './api-usage.ts';
import type { OpenedResult } from './bulk-query.ts';
import { updateInBulk } from './bulk-updates.ts';
import { readDeleted, type DeletedMembers } from './deleted-members.ts';
import { API_VERSION } from './jsforce-session.ts';
import { findField, readMemberFields, type MemberFields } from './member-fields.ts';
import {
  BULK_FROM_MEMBERS,
  createMemberReader,
  type MemberQuery,
  type PageOfMembers,
  type PageRequest,
} from './member-reader.ts';
import type { CampaignMember } from './member-record.ts';
import {
  COLLECTION_RECORDS_MAX,
  isLocked,
  updateCollection,
  type MemberChange,
  type UpdateAnswer,
} from './member-updates.ts';
import { readRefusal } from './salesforce-refusal.ts';
import { createSalesforceSession } from './salesforce-session.ts';
import { quote } from './soql-text.ts';

const BULK_FROM_CHANGES = 2_000;
/** Of one ingest job: some ten megabytes. */
const CHANGES_PER_JOB_MAX = 50_000;
const STREAM_TIMEOUT_MS = 120_000;
const CLOCK_KNOWN_FOR_MS = 60_000;
const BASE_PATH = `/services/data/v${API_VERSION}`;

export interface SalesforceClientOptions extends Omit<AuthorizedCallsParts, 'admit' | 'report'> {
  campaignId: string;
  /** Fields that the sync names, as paths from the member. */
  fields: readonly string[];
  /** In [0, 1). */
  random: () => number;
  /** How long a call is repeated that someone waits for. Default: as long as a run can. */
  patienceMs?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Part of the org's daily API calls at which the bridge stops. Default 0.8. */
  apiUsageShareMax?: number;
  /** From how many members, and changes, a Bulk job takes the place of single requests. */
  bulkFromMembers?: number;
  bulkFromChanges?: number;
  /** One request. Default 120 s. */
  timeoutMs?: number;
}

/** Every method throws BridgeError, `rate_limited` among them where the org's calls are used up; what is worth repeating was repeated. */
export interface SalesforceClient {
  readClock(): Promise<string>;
  countMembers(query: MemberQuery): Promise<number>;
  readPage(request: PageRequest): Promise<PageOfMembers>;
  membersByIds(ids: readonly string[]): Promise<readonly CampaignMember[]>;
  deletedSince(since: string): Promise<DeletedMembers>;
  memberStatuses(): Promise<readonly string[]>;
  describeFields(
    fields: readonly string[],
  ): Promise<readonly { field: string; exists: boolean; writable: boolean }[]>;
  /** Any number: in collections of 200, or by a Bulk job where they are many. A change without an answer was not confirmed. */
  updateMembers(changes: readonly MemberChange[]): Promise<readonly UpdateAnswer[]>;
  /** As the org last said it; undefined before the first call. */
  apiUsage(): ApiUsage | undefined;
  close(): Promise<void>;
}

export function createSalesforceClient(options: SalesforceClientOptions): SalesforceClient {
  const { clock, random, patienceMs, signal, campaignId, timeoutMs } = options;
  const { bulkFromMembers = BULK_FROM_MEMBERS, bulkFromChanges = BULK_FROM_CHANGES } = options;
  let orgNow: { atMs: number; heardAtMs: number } | undefined;
  const usage = createApiUsageGuard({ shareMax: options.apiUsageShareMax ?? API_USAGE_SHARE_MAX, clock });
  const calls: AuthorizedCalls = createAuthorizedCalls({
    ...options,
    report: ({ headers }) => {
      const atMs = Date.parse(headers.date ?? '');
      if (!Number.isNaN(atMs)) orgNow = { atMs, heardAtMs: clock.monotonicMs() };
    },
  });
  const session = createSalesforceSession({
    calls,
    usage,
    clock,
    random,
    patienceMs,
    signal,
    timeoutMs,
  });
  let read: Promise<MemberFields> | undefined;
  const fields = () => (read ??= readMemberFields(session, options.fields).catch(forgetFields));

  function forgetFields(error: unknown): never {
    read = undefined;
    throw error;
  }

  async function open(path: string): Promise<OpenedResult> {
    usage.assertRoom();
    const request = { method: 'GET', path: `${BASE_PATH}${path}`, headers: { accept: 'text/csv' } };
    const answer = await calls.open(request, { timeoutMs: timeoutMs ?? STREAM_TIMEOUT_MS, signal });
    usage.heed(answer.headers);
    if (answer.status < 300) return answer;
    throw readRefusal({ ...answer, body: await wholeText(answer.body) }, clock.nowMs());
  }

  async function upload(path: string, csv: string): Promise<void> {
    usage.assertRoom();
    const request = {
      method: 'PUT',
      path: `${BASE_PATH}${path}`,
      headers: { 'content-type': 'text/csv' },
      body: csv,
    };
    const answer = await calls.send(request, { timeoutMs: timeoutMs ?? STREAM_TIMEOUT_MS, signal });
    usage.heed(answer.headers);
    if (answer.status > 299) throw readRefusal(answer, clock.nowMs());
  }

  const bulk = { session, clock, signal, open, upload };
  const members = createMemberReader({ ...bulk, campaignId, fields, bulkFromMembers });

  async function memberStatuses(): Promise<string[]> {
    const where = `CampaignId = ${quote(campaignId)}`;
    const { records } = await session.query(
      `SELECT Label FROM CampaignMemberStatus WHERE ${where} ORDER BY SortOrder`,
    );
    return records.map(({ Label }) => String(Label));
  }

  /** Every answer tells the org's clock; where none was heard lately, what every run asks for anyway is asked again. */
  async function orgClockMs(): Promise<number> {
    const isKnown = orgNow !== undefined && clock.monotonicMs() - orgNow.heardAtMs < CLOCK_KNOWN_FOR_MS;
    if (!isKnown) await memberStatuses();
    const heard = orgNow ?? { atMs: clock.nowMs(), heardAtMs: clock.monotonicMs() };
    return heard.atMs + (clock.monotonicMs() - heard.heardAtMs);
  }

  async function inCollections(changes: readonly MemberChange[]): Promise<UpdateAnswer[]> {
    const answers: UpdateAnswer[] = [];
    for (const some of toChunks(changes, COLLECTION_RECORDS_MAX))
      answers.push(...(await updateCollection({ session, clock, random, signal }, some)));
    return answers;
  }

  /** What the job found locked is tried again in collections, which wait between tries. */
  async function inJobs(changes: readonly MemberChange[]): Promise<UpdateAnswer[]> {
    const answers: UpdateAnswer[] = [];
    for (const some of toChunks(changes, CHANGES_PER_JOB_MAX))
      answers.push(...(await updateInBulk(bulk, some)));
    const locked = new Set(answers.filter(isLocked).map(({ memberId }) => memberId));
    const again = await inCollections(changes.filter(({ memberId }) => locked.has(memberId)));
    return [...answers.filter(({ memberId }) => !locked.has(memberId)), ...again];
  }

  return {
    readClock: async () => new Date(await orgClockMs()).toISOString(),
    countMembers: (query) => members.count(query),
    readPage: (request) => members.readPage(request),
    membersByIds: (ids) => members.byIds(ids),
    deletedSince: async (since) => readDeleted(session, since, await orgClockMs()),
    memberStatuses,
    describeFields: (paths) =>
      Promise.all(
        paths.map(async (field) => {
          const known = await findField(session, field);
          const writable = known !== undefined && known.isOwn && known.describe.updateable;
          return { field, exists: known !== undefined, writable };
        }),
      ),
    updateMembers: (changes) =>
      changes.length >= bulkFromChanges ? inJobs(changes) : inCollections(changes),
    apiUsage: () => usage.usage(),
    close: () => members.close(),
  };
}
