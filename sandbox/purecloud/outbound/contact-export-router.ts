/** The export of a contact list: asked for, made meanwhile, and then downloaded from another place. */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Router, type Request, type RequestHandler } from 'express';
import type { RequirePermission } from '../api-gate.ts';
import { ApiRefusal } from './api-refusal.ts';
import { storedListOf } from './contact-lists-router.ts';
import { contactCsvLines } from './contact-csv.ts';
import { contactFilterOf } from './contact-search.ts';
import type { ContactExport, OutboundState, StoredContactList } from './outbound-state.ts';

/** Signed addresses of the file store, which knows no bearer tokens. */
const FILES_PATH = '/_files/exports';
const LINES_PER_PIECE = 2_000;

interface ExportBody {
  contactIds?: readonly string[];
  criteria?: unknown;
}

function originOf(request: Request): string {
  return `${request.protocol}://${request.get('host') ?? 'localhost'}`;
}

/** The last one may be on its way to somebody still. */
function forgetOldExports(state: OutboundState, contactListId: string): void {
  const own = [...state.exports.values()].filter((one) => one.contactListId === contactListId);
  for (const { id } of own.slice(0, -1)) state.exports.delete(id);
}

/** Some hundred kilobytes a piece, where a line is a hundred bytes. */
function* inPieces(lines: Iterable<string>): Generator<string> {
  let piece: string[] = [];
  for (const line of lines) {
    if (piece.push(line) < LINES_PER_PIECE) continue;
    yield piece.join('');
    piece = [];
  }
  yield piece.join('');
}

function startExport(
  state: OutboundState,
  stored: StoredContactList,
  body: ExportBody,
  polls: number,
): ContactExport {
  const meets = contactFilterOf(body.criteria);
  const wanted = body.contactIds === undefined ? undefined : new Set(body.contactIds);
  const made: ContactExport = {
    id: randomBytes(16).toString('hex'),
    contactListId: stored.list.id,
    exportTimestamp: state.timestamp(),
    list: stored.list,
    contacts: stored.contacts.snapshot(),
    isWanted: (contact) => meets(contact) && wanted?.has(contact.id) !== false,
    pendingPolls: polls,
  };
  forgetOldExports(state, stored.list.id);
  state.exports.set(made.id, made);
  stored.lastExport = made;
  return made;
}

/** @throws ApiRefusal 404 while it is being made, as where there never was one. */
function finishedExport({ lastExport }: StoredContactList): ContactExport {
  if (lastExport === undefined) throw new ApiRefusal(404, 'no.available.list.export.uri');
  if (lastExport.pendingPolls === 0) return lastExport;
  lastExport.pendingPolls -= 1;
  throw new ApiRefusal(404, 'no.available.list.export.uri');
}

/** @param polls How many times an export is asked for in vain. */
export function createContactExportRouter(
  state: OutboundState,
  requirePermission: RequirePermission,
  polls: () => number,
): Router {
  const router = Router({ mergeParams: true });
  router.use(requirePermission('outbound:contact:view'), requirePermission('outbound:contactList:view'));
  router.post('/', (request, response) => {
    const stored = storedListOf(state, request);
    const { id } = startExport(state, stored, (request.body ?? {}) as ExportBody, polls());
    response.json({ id, selfUri: `/api/v2/outbound/contactlists/${stored.list.id}/export` });
  });
  router.get('/', (request, response) => {
    const { id, exportTimestamp } = finishedExport(storedListOf(state, request));
    response.json({ uri: `${originOf(request)}/api/v2/downloads/${id}`, exportTimestamp });
  });
  return router;
}

/** `/downloads/{id}`: a redirect to the file store, or with `issueRedirect=false` its address. */
export function createDownloadsRouter(state: OutboundState): Router {
  const router = Router();
  router.get('/:downloadId', (request, response) => {
    const made = state.exports.get(request.params.downloadId);
    if (made === undefined) throw new ApiRefusal(404, 'not.found', 'The requested resource was not found.');
    const url = `${originOf(request)}${FILES_PATH}/${made.id}.csv`;
    if (request.query.issueRedirect === 'false') response.json({ url });
    else response.redirect(302, url);
  });
  return router;
}

/** The file store: who knows the address gets the file. A bearer token is refused, as storage with signed addresses does. */
export function createFileStore(state: OutboundState): RequestHandler {
  const router = Router();
  router.get(`${FILES_PATH}/:file`, async (request, response) => {
    const made = state.exports.get(String(request.params.file).replace(/\.csv$/, ''));
    if (request.headers.authorization !== undefined)
      response.status(400).type('application/xml').send('<Error><Code>InvalidArgument</Code></Error>');
    else if (made === undefined)
      response.status(403).type('application/xml').send('<Error><Code>AccessDenied</Code></Error>');
    else {
      response.type('text/csv');
      const lines = contactCsvLines(made.list, made.contacts, made.isWanted);
      await pipeline(Readable.from(inPieces(lines), { objectMode: true, highWaterMark: 1 }), response).catch(
        () => undefined,
      );
    }
  });
  return router;
}
