/** `/composite/sobjects` and `/sobjects/{object}/{id}`: rows written, many or one at a time. */
import { Router, type Response } from 'express';
import { z } from 'zod';
import { OrgRefusal } from './org-refusal.ts';
import { requestedTable, usernameOf, type OrgParts } from './org-http.ts';
import type { RowResult } from './org-state.ts';
import type { OrgTable } from './org-table.ts';
import type { RowError } from './row-faults.ts';

const RECORDS_MAX = 200;

const collectionSchema = z.object({
  allOrNone: z.boolean().default(false),
  records: z.array(z.looseObject({ attributes: z.object({ type: z.string() }) })),
});

const ROLLED_BACK: RowError = {
  statusCode: 'ALL_OR_NONE_OPERATION_ROLLED_BACK',
  message: 'Record rolled back because not all records were valid and the request was using AllOrNone header',
  fields: [],
};

interface SentRecord {
  table: OrgTable;
  id: string;
  values: Record<string, unknown>;
}

function readRecords(parts: OrgParts, body: unknown): { allOrNone: boolean; records: SentRecord[] } {
  const parsed = collectionSchema.safeParse(body);
  if (!parsed.success) throw new OrgRefusal(400, 'INVALID_INPUT', 'The collection cannot be read.');
  const { allOrNone, records } = parsed.data;
  if (records.length > RECORDS_MAX)
    throw new OrgRefusal(
      400,
      'INVALID_INPUT',
      `The maximum number of records in a collection is ${RECORDS_MAX}, and there are ${records.length}.`,
    );
  return {
    allOrNone,
    records: records.map(({ attributes, id, Id, ...values }) => {
      const table = parts.org.table(attributes.type);
      if (table === undefined)
        throw new OrgRefusal(400, 'INVALID_TYPE', `sObject type '${attributes.type}' is not supported.`);
      const sentId = id ?? Id;
      return { table, id: typeof sentId === 'string' ? sentId : '', values };
    }),
  };
}

function toAnswer(result: RowResult): object {
  return result.success
    ? { id: result.id, success: true, errors: [] }
    : { ...(result.id === undefined ? {} : { id: result.id }), success: false, errors: [result.error] };
}

function updateAll(
  { org }: OrgParts,
  records: readonly SentRecord[],
  allOrNone: boolean,
  username: string,
): RowResult[] {
  if (!allOrNone) return records.map(({ table, id, values }) => org.update(table, id, values, username));
  const prepared = records.map(({ table, id, values }) => ({
    id,
    table,
    ...org.prepareUpdate(table, id, values, username),
  }));
  if (prepared.every(({ ok }) => ok))
    return records.map(({ table, id, values }) => org.update(table, id, values, username));
  return prepared.map((one) => ({ id: one.id, success: false, error: one.ok ? ROLLED_BACK : one.error }));
}

function sendSingle(parts: OrgParts, res: Response, result: RowResult): void {
  if (result.success && result.created) res.status(201).json(toAnswer(result));
  else if (result.success) res.status(204).end();
  else {
    const { statusCode, message } = result.error;
    const isGone = statusCode === 'ENTITY_IS_DELETED' || statusCode === 'INVALID_CROSS_REFERENCE_KEY';
    parts.sendOrgError(res, isGone ? 404 : 400, statusCode, message);
  }
}

export function createCollectionsRouter(parts: OrgParts): Router {
  const { org } = parts;
  const router = Router({ mergeParams: true });
  router.patch('/composite/sobjects', (req, res) => {
    const { allOrNone, records } = readRecords(parts, req.body);
    res.json(updateAll(parts, records, allOrNone, usernameOf(parts, res)).map(toAnswer));
  });
  router.post('/composite/sobjects', (req, res) => {
    const { records } = readRecords(parts, req.body);
    const username = usernameOf(parts, res);
    res.json(records.map(({ table, values }) => toAnswer(org.create(table, values, username))));
  });
  router.delete('/composite/sobjects', (req, res) => {
    const ids = (typeof req.query.ids === 'string' ? req.query.ids : '').split(',');
    const tableOf = (id: string) =>
      Object.values(org.tables).find(({ object }) => id.startsWith(object.keyPrefix));
    res.json(ids.map((id) => toAnswer(org.remove(tableOf(id) ?? org.tables.CampaignMember, id))));
  });
  router.post('/sobjects/:object', (req, res) => {
    const values = req.body as Record<string, unknown>;
    sendSingle(parts, res, org.create(requestedTable(parts, req), values, usernameOf(parts, res)));
  });
  router.patch('/sobjects/:object/:id', (req, res) => {
    const values = req.body as Record<string, unknown>;
    sendSingle(
      parts,
      res,
      org.update(requestedTable(parts, req), req.params.id, values, usernameOf(parts, res)),
    );
  });
  router.delete('/sobjects/:object/:id', (req, res) => {
    sendSingle(parts, res, org.remove(requestedTable(parts, req), req.params.id));
  });
  return router;
}
