/** `/sobjects/{object}`: describe, deleted, updated, one record; and `/limits`. */
import { Router, type Request } from 'express';
import { requestedTable, scopeOf, usernameOf, versionOf, type OrgParts } from './org-http.ts';
import type { OrgField } from './org-object.ts';
import { OrgRefusal } from './org-refusal.ts';
import type { OrgTable } from './org-table.ts';
import { resolveField } from './soql/query-scope.ts';
import { showRecord } from './soql/show-record.ts';

const DAY_MS = 86_400_000;
const DAYS_BACK_MAX = 15;
const SPAN_MS_MIN = 60_000;
const IDS_MAX = 600_000;

function describeField(field: OrgField, isWritable: boolean): object {
  const { name, type, length = 0, label = name, custom = false, to, relationship } = field;
  return {
    name,
    type,
    length,
    label,
    custom,
    createable: field.createable === true && isWritable,
    updateable: field.updateable === true && isWritable,
    nillable: field.nillable ?? type !== 'boolean',
    filterable: type !== 'textarea',
    sortable: type !== 'textarea',
    referenceTo: to === undefined ? [] : [to],
    relationshipName: relationship ?? null,
    picklistValues: [],
  };
}

function describe(parts: OrgParts, { object }: OrgTable, username: string): object {
  const { name, label, keyPrefix, fields } = object;
  const visible = fields.filter((field) => parts.org.isVisible(username, name, field.name));
  return {
    name,
    label,
    keyPrefix,
    custom: false,
    queryable: true,
    createable: true,
    updateable: true,
    deletable: true,
    replicateable: true,
    fields: visible.map((field) => describeField(field, parts.org.isWritable(username, name, field.name))),
  };
}

function replicationDate(text: unknown): number {
  const ms = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new OrgRefusal(400, 'INVALID_REPLICATION_DATE', 'the date cannot be read');
  return Math.floor(ms / SPAN_MS_MIN) * SPAN_MS_MIN; // seconds are not looked at
}

/** @throws OrgRefusal for a span that the real org does not answer. */
function spanOf(req: Request, nowMs: number): { startMs: number; endMs: number } {
  const [startMs, endMs] = [replicationDate(req.query.start), replicationDate(req.query.end)];
  const refuse = (message: string) => new OrgRefusal(400, 'INVALID_REPLICATION_DATE', message);
  if (endMs - startMs < SPAN_MS_MIN)
    throw refuse('startDate must chronologically precede endDate by more than 1 minute');
  if (startMs < nowMs - DAYS_BACK_MAX * DAY_MS)
    throw refuse(`startDate cannot be more than ${DAYS_BACK_MAX} days ago`);
  return { startMs, endMs };
}

function orgTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+0000');
}

function deletedIn(
  { org }: OrgParts,
  table: OrgTable,
  { startMs, endMs }: { startMs: number; endMs: number },
): object {
  const deleted = [...table.deletedAtMs].filter(
    ([, atMs]) => atMs >= Math.max(startMs, org.deletionsKnownFromMs) && atMs < endMs,
  );
  if (deleted.length > IDS_MAX) throw new OrgRefusal(400, 'EXCEEDED_ID_LIMIT', `more than ${IDS_MAX} ids`);
  return {
    deletedRecords: deleted.map(([row, atMs]) => ({ id: table.idOf(row), deletedDate: orgTime(atMs) })),
    earliestDateAvailable: orgTime(org.deletionsKnownFromMs),
    latestDateCovered: orgTime(Math.min(endMs, org.now())),
  };
}

function updatedIn(
  { org }: OrgParts,
  table: OrgTable,
  { startMs, endMs }: { startMs: number; endMs: number },
): object {
  const ids: string[] = [];
  for (let row = 0; row < table.rows && ids.length <= IDS_MAX; row += 1) {
    const atMs = table.modstampMs(row);
    if (atMs >= startMs && atMs < endMs && table.exists(row)) ids.push(table.idOf(row));
  }
  if (ids.length > IDS_MAX) throw new OrgRefusal(400, 'EXCEEDED_ID_LIMIT', `more than ${IDS_MAX} ids`);
  return { ids, latestDateCovered: orgTime(Math.min(endMs, org.now())) };
}

export function createSobjectsRouter(parts: OrgParts): Router {
  const { org } = parts;
  const router = Router({ mergeParams: true });
  router.get('/limits', (_req, res) => {
    const { max, used } = org.limits;
    res.json({
      DailyApiRequests: { Max: max, Remaining: max - used },
      DailyBulkV2QueryJobs: { Max: 10_000, Remaining: 10_000 },
      DailyBulkApiBatches: { Max: 15_000, Remaining: 15_000 },
    });
  });
  router.get('/sobjects/:object/describe', (req, res) => {
    res.json(describe(parts, requestedTable(parts, req), usernameOf(parts, res)));
  });
  router.get('/sobjects/:object/deleted', (req, res) => {
    res.json(deletedIn(parts, requestedTable(parts, req), spanOf(req, org.now())));
  });
  router.get('/sobjects/:object/updated', (req, res) => {
    res.json(updatedIn(parts, requestedTable(parts, req), spanOf(req, org.now())));
  });
  router.get('/sobjects/:object/:id', (req, res) => {
    const table = requestedTable(parts, req);
    const row = table.rowOfSent(req.params.id);
    if (!table.exists(row))
      throw new OrgRefusal(
        404,
        'NOT_FOUND',
        'Provided external ID field does not exist or is not accessible: Id',
      );
    const scope = scopeOf(parts, res);
    const visible = table.object.fields.filter(({ name }) => scope.isVisible(table.object.name, name));
    const asked =
      typeof req.query.fields === 'string' ? req.query.fields.split(',') : visible.map(({ name }) => name);
    res.json(
      showRecord(
        table,
        row,
        asked.map((path) => resolveField(scope, table, path)),
        versionOf(req),
      ),
    );
  });
  return router;
}
