/** `/query` and `/queryAll`: a first page, and the others under a locator. */
import { Router, type Request, type Response } from 'express';
import { OrgRefusal } from './org-refusal.ts';
import { scopeOf, versionOf, type OrgParts } from './org-http.ts';
import { recordId } from './record-id.ts';
import { parseSoql } from './soql/parse-soql.ts';
import { runQuery, type FoundRows } from './soql/run-query.ts';
import { showRecord } from './soql/show-record.ts';

const PAGE_ROWS = 2_000;
const PAGE_ROWS_MIN = 200;
/** Cursors that one user may have open; the oldest is closed for one more. */
const CURSORS_MAX = 10;
const LOCATOR_PREFIX = '0r8';

interface Cursor extends FoundRows {
  pageRows: number;
}

function pageRowsOf(req: Request): number {
  const asked = /batchSize\s*=\s*(\d+)/i.exec(req.get('sforce-query-options') ?? '')?.[1];
  return asked === undefined ? PAGE_ROWS : Math.min(PAGE_ROWS, Math.max(PAGE_ROWS_MIN, Number(asked)));
}

export function createQueryRouter(parts: OrgParts): Router {
  const router = Router({ mergeParams: true });
  const cursors = new Map<string, Cursor>();
  let opened = 0;

  function open(cursor: Cursor): string {
    const locator = recordId(LOCATOR_PREFIX, (opened += 1));
    cursors.set(locator, cursor);
    if (cursors.size > CURSORS_MAX) cursors.delete(cursors.keys().next().value!);
    return locator;
  }

  function sendPage(req: Request, res: Response, cursor: Cursor, start: number, locator?: string): void {
    const { table, rows, fields, pageRows } = cursor;
    const end = Math.min(start + pageRows, rows.length);
    const version = versionOf(req);
    const isDone = end === rows.length;
    const next = isDone ? undefined : (locator ?? open(cursor));
    res.json({
      totalSize: rows.length,
      done: isDone,
      ...(next === undefined ? {} : { nextRecordsUrl: `/services/data/${version}/query/${next}-${end}` }),
      records: Array.from(rows.subarray(start, end), (row) => showRecord(table, row, fields, version)),
    });
  }

  async function answer(req: Request, res: Response, withDeleted: boolean): Promise<void> {
    const query = await parseSoql(typeof req.query.q === 'string' ? req.query.q : '');
    const found = runQuery(query, scopeOf(parts, res), withDeleted);
    if (query.fields === undefined) res.json({ totalSize: found.rows.length, done: true, records: [] });
    else sendPage(req, res, { ...found, pageRows: pageRowsOf(req) }, 0);
  }

  router.get('/query', (req, res) => answer(req, res, false));
  router.get('/queryAll', (req, res) => answer(req, res, true));
  router.get('/query/:locator', (req, res) => {
    const [, locator = '', start = ''] = /^(\w+)-(\d+)$/.exec(req.params.locator) ?? [];
    const cursor = cursors.get(locator);
    if (cursor === undefined) throw new OrgRefusal(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
    sendPage(req, res, cursor, Number(start), locator);
  });
  return router;
}
