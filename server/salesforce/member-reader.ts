/**
 * Members of one campaign by page, in the order of their ids. Each page is asked for by the last id before it, so that a run which was
 * cut off goes on from where it was, on any instance; many members come from one Bulk job instead, read on from page to page.
 */
import { toChunks } from '../chunks.ts';
import { bulkQuery, type BulkQueryParts } from './bulk-query.ts';
import { MEMBER, type MemberFields } from './member-fields.ts';
import { createRowReader, toMember, valuesOfRecord, type CampaignMember } from './member-record.ts';
import type { QueryPage } from './salesforce-session.ts';
import { IDS_PER_QUERY_MAX, instant, quote } from './soql-text.ts';

/** From here on a Bulk job takes fewer of the org's API calls, and less time, than pages of 2,000 do. */
export const BULK_FROM_MEMBERS = 20_000;

export interface MemberQuery {
  /** ISO 8601: only what changed at this instant or later, on the member, its lead, contact or individual. */
  since?: string;
}

export interface PageRequest extends MemberQuery {
  /** Id of the last member seen. */
  after?: string;
  limit: number;
}

export interface PageOfMembers {
  members: readonly CampaignMember[];
  more: boolean;
}

export interface MemberReader {
  count(query: MemberQuery): Promise<number>;
  readPage(request: PageRequest): Promise<PageOfMembers>;
  byIds(ids: readonly string[]): Promise<readonly CampaignMember[]>;
  /** Lets go of a job that is not read to its end. */
  close(): Promise<void>;
}

export interface MemberReaderParts extends BulkQueryParts {
  campaignId: string;
  fields(): Promise<MemberFields>;
  bulkFromMembers: number;
}

/** A Bulk result on which somebody is at `position`. */
interface OpenJob {
  since: string | undefined;
  position: string;
  batches: AsyncGenerator<CampaignMember[]>;
  /** Read from the job and not yet given out; empty: there are no more. */
  ahead: CampaignMember[];
}

function whereOf(
  campaignId: string,
  { since, after }: Partial<PageRequest>,
  stamps: readonly string[],
): string {
  const conditions = [`CampaignId = ${quote(campaignId)}`];
  if (since !== undefined)
    conditions.push(`(${stamps.map((stamp) => `${stamp} >= ${instant(since)}`).join(' OR ')})`);
  if (after !== undefined) conditions.push(`Id > ${quote(after)}`);
  return conditions.join(' AND ');
}

export function createMemberReader(parts: MemberReaderParts): MemberReader {
  const { session, campaignId, bulkFromMembers } = parts;
  const counted = new Map<string, number>();
  let job: OpenJob | undefined;

  async function count(query: Partial<PageRequest>): Promise<number> {
    const { stamps } = await parts.fields();
    const where = whereOf(campaignId, query, stamps);
    const { totalSize } = await session.query(`SELECT COUNT() FROM ${MEMBER} WHERE ${where}`);
    return totalSize;
  }

  /** The most frequent run of all. Who changes after the count is found by the next run, as one who changes after the page is. */
  function isKnownUnchanged({ since, after }: PageRequest): boolean {
    return since !== undefined && after === undefined && counted.get(since) === 0;
  }

  async function isForBulk({ since = '', after }: PageRequest): Promise<boolean> {
    if (bulkFromMembers === Number.POSITIVE_INFINITY) return false;
    // Whoever has read the first page in a small way reads the others so; whoever begins in the middle has to ask.
    const known = after === undefined || counted.has(since) ? counted.get(since) : undefined;
    const members =
      known ??
      (await count({ ...(since === '' ? {} : { since }), ...(after === undefined ? {} : { after }) }));
    counted.set(since, members);
    return members >= bulkFromMembers;
  }

  async function* bulkMembers(soql: string, fields: MemberFields): AsyncGenerator<CampaignMember[]> {
    let reader: ReturnType<typeof createRowReader> | undefined;
    for await (const { columns, rows } of bulkQuery(parts, soql)) {
      const read = (reader ??= createRowReader(columns, fields));
      yield rows.map((cells) => toMember(read(cells), fields));
    }
  }

  async function nextBatch({ batches }: Pick<OpenJob, 'batches'>): Promise<CampaignMember[]> {
    const result = await batches.next();
    return result.done === true ? [] : result.value;
  }

  async function close(): Promise<void> {
    const open = job;
    job = undefined;
    await open?.batches.return(undefined);
  }

  async function openJob(request: PageRequest, soql: string, fields: MemberFields): Promise<OpenJob> {
    const { since, after = '' } = request;
    if (job !== undefined && job.since === since && job.position === after) return job;
    await close();
    const batches = bulkMembers(soql, fields);
    job = { since, position: after, batches, ahead: await nextBatch({ batches }) };
    return job;
  }

  async function pageOfJob(open: OpenJob, limit: number): Promise<PageOfMembers> {
    const members: CampaignMember[] = [];
    while (members.length < limit && open.ahead.length > 0) {
      members.push(...open.ahead.splice(0, limit - members.length));
      if (open.ahead.length === 0) open.ahead = await nextBatch(open);
    }
    open.position = members.at(-1)?.id ?? open.position;
    const more = open.ahead.length > 0;
    if (!more) job = undefined;
    return { members, more };
  }

  async function wholeResult(soql: string, fields: MemberFields): Promise<CampaignMember[]> {
    const members: CampaignMember[] = [];
    let page: QueryPage | undefined = await session.query(soql);
    while (page !== undefined) {
      for (const record of page.records) members.push(toMember(valuesOfRecord(record), fields));
      page = page.nextRecordsUrl === undefined ? undefined : await session.queryMore(page.nextRecordsUrl);
    }
    return members;
  }

  return {
    async count(query) {
      const members = await count(query);
      counted.set(query.since ?? '', members);
      return members;
    },
    async readPage(request) {
      if (isKnownUnchanged(request)) return { members: [], more: false };
      const fields = await parts.fields();
      const where = whereOf(campaignId, request, fields.stamps);
      const soql = `SELECT ${fields.selected.join(', ')} FROM ${MEMBER} WHERE ${where} ORDER BY Id`;
      if (await isForBulk(request)) {
        try {
          return await pageOfJob(await openJob(request, soql, fields), request.limit);
        } catch (error) {
          job = undefined;
          throw error;
        }
      }
      const members = await wholeResult(`${soql} LIMIT ${request.limit}`, fields);
      return { members, more: members.length === request.limit };
    },
    async byIds(ids) {
      const fields = await parts.fields();
      const found: CampaignMember[] = [];
      for (const some of toChunks(ids, IDS_PER_QUERY_MAX)) {
        const list = some.map(quote).join(',');
        const where = `CampaignId = ${quote(campaignId)} AND Id IN (${list})`;
        found.push(
          ...(await wholeResult(
            `SELECT ${fields.selected.join(', ')} FROM ${MEMBER} WHERE ${where}`,
            fields,
          )),
        );
      }
      return found;
    },
    close,
  };
}
