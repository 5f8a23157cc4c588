/** Campaign members as a sync meets them: queries in pages, and updates of up to 200 in one call. For `createSalesforceSandbox({ org })`. */
import express, { Router, type RequestHandler, type Response } from 'express';
import { z } from 'zod';
import type { SalesforceOrgParts } from '../create-salesforce-sandbox.ts';
import { sendOrgError } from '../org-gate.ts';

/** Records of a page, where the query does not ask for fewer. */
const PAGE_RECORDS = 2_000;
/** Records of one call to `composite/sobjects`. */
const COLLECTION_MAX = 200;

export interface CampaignMember {
  Id: string;
  CampaignId: string;
  Status: string;
  [field: string]: unknown;
}

export interface CampaignMembersOptions {
  members: readonly CampaignMember[];
  /** Default 2000, as in an org. */
  pageRecords?: number;
}

export interface CampaignMembers {
  members: Map<string, CampaignMember>;
  org: (parts: SalesforceOrgParts) => RequestHandler;
}

interface Query {
  fields: readonly string[];
  campaignId: string | undefined;
}

/** `SELECT a, b FROM CampaignMember [WHERE CampaignId = 'x' …]`; whatever else a query says is not looked at. */
function parseQuery(text: string): Query | undefined {
  const match = /^\s*select\s+([\w\s,.]+?)\s+from\s+CampaignMember\b(.*)$/is.exec(text);
  if (match === null) return undefined;
  const fields = match[1]!.split(',').map((field) => field.trim());
  const campaignId = /\bCampaignId\s*=\s*'([^']*)'/i.exec(match[2]!)?.[1];
  return { fields, campaignId };
}

function toRecord(member: CampaignMember, fields: readonly string[], version: string) {
  const url = `/services/data/${version}/sobjects/CampaignMember/${member.Id}`;
  const values = fields.map((field) => [field, member[field] ?? null]);
  return { attributes: { type: 'CampaignMember', url }, ...(Object.fromEntries(values) as object) };
}

const collectionSchema = z.object({
  allOrNone: z.boolean().default(false),
  records: z.array(z.looseObject({ id: z.string().optional(), Id: z.string().optional() })),
});

type Change = z.output<typeof collectionSchema>['records'][number];

function changeResult(
  members: Map<string, CampaignMember>,
  { attributes: _type, id, Id, ...values }: Change,
) {
  const memberId = Id ?? id ?? '';
  const member = members.get(memberId);
  if (member === undefined) {
    const error = { statusCode: 'ENTITY_IS_DELETED', message: 'entity is deleted', fields: [] };
    return { id: memberId, success: false, errors: [error] };
  }
  Object.assign(member, values);
  return { id: memberId, success: true, errors: [] };
}

function updateCollection(members: Map<string, CampaignMember>, body: unknown, response: Response): void {
  const parsed = collectionSchema.safeParse(body);
  if (!parsed.success) {
    sendOrgError(response, 400, 'JSON_PARSER_ERROR', 'The request body is not a collection of records.');
  } else if (parsed.data.records.length > COLLECTION_MAX) {
    const message = `Maximum number of records per request exceeded: ${COLLECTION_MAX}`;
    sendOrgError(response, 400, 'LIMIT_EXCEEDED', message);
  } else {
    response.json(parsed.data.records.map((change) => changeResult(members, change)));
  }
}

export function createCampaignMembers(options: CampaignMembersOptions): CampaignMembers {
  const { pageRecords = PAGE_RECORDS } = options;
  const members = new Map(options.members.map((member) => [member.Id, { ...member }]));
  const cursors = new Map<string, Query>();

  function sendPage(query: Query, from: number, version: string, response: Response): void {
    const found = [...members.values()].filter(
      ({ CampaignId }) => query.campaignId === undefined || query.campaignId === CampaignId,
    );
    const end = from + pageRecords;
    const done = end >= found.length;
    const cursor = `01gxx${String(cursors.size).padStart(10, '0')}AAA`;
    if (!done) cursors.set(cursor, query);
    response.json({
      totalSize: found.length,
      done,
      ...(done ? {} : { nextRecordsUrl: `/services/data/${version}/query/${cursor}-${end}` }),
      records: found.slice(from, end).map((member) => toRecord(member, query.fields, version)),
    });
  }

  const org = (): RequestHandler => {
    const router = Router({ mergeParams: true });
    const versionOf = (params: unknown) => String((params as { version?: string }).version);
    router.use(express.json({ limit: '6mb' }));
    router.get('/query', (request, response, next) => {
      const { q } = request.query;
      const query = parseQuery(typeof q === 'string' ? q : '');
      if (query === undefined) next();
      else sendPage(query, 0, versionOf(request.params), response);
    });
    router.get('/query/:locator', (request, response) => {
      const [cursor = '', from = ''] = request.params.locator.split('-');
      const query = cursors.get(cursor);
      if (query !== undefined) sendPage(query, Number(from), versionOf(request.params), response);
      else sendOrgError(response, 400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
    });
    router.patch('/composite/sobjects', (request, response) => {
      updateCollection(members, request.body, response);
    });
    return router;
  };
  return { members, org };
}
