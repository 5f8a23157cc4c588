/** What the routers of the org share: who asks, the scope of a query, refusals as answers. */
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { SalesforceOrgParts } from '../create-salesforce-sandbox.ts';
import { OrgRefusal } from './org-refusal.ts';
import type { OrgState } from './org-state.ts';
import type { OrgTable } from './org-table.ts';
import type { QueryScope } from './soql/query-scope.ts';

export interface OrgParts extends Pick<SalesforceOrgParts, 'sendOrgError' | 'sessionOf'> {
  org: OrgState;
}

export function versionOf(req: Request): string {
  return String(req.params.version);
}

export function usernameOf(parts: OrgParts, res: Response): string {
  return parts.sessionOf(res).user.username;
}

export function scopeOf(parts: OrgParts, res: Response): QueryScope {
  const username = usernameOf(parts, res);
  return {
    table: (object) => parts.org.table(object),
    isVisible: (object, field) => parts.org.isVisible(username, object, field),
    nowMs: parts.org.now(),
  };
}

/** @throws OrgRefusal 404. */
export function requestedTable(parts: OrgParts, req: Request): OrgTable {
  const table = parts.org.table(String(req.params.object));
  if (table === undefined) throw new OrgRefusal(404, 'NOT_FOUND', 'The requested resource does not exist');
  return table;
}

/** Counts the call, tells how many there were, and refuses what is one too many. */
export function limitCalls({ org, sendOrgError }: OrgParts): RequestHandler {
  return (_req, res, next) => {
    const { limits } = org;
    const isOver = limits.used >= limits.max;
    if (!isOver) limits.used += 1;
    res.set('Sforce-Limit-Info', `api-usage=${limits.used}/${limits.max}`);
    if (isOver) sendOrgError(res, 403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');
    else next();
  };
}

/** Goes behind the routes. */
export function answerOrgRefusal({ sendOrgError }: OrgParts): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    if (res.headersSent) next(error);
    else if (error instanceof OrgRefusal) sendOrgError(res, error.status, error.errorCode, error.message);
    else if (error instanceof SyntaxError) sendOrgError(res, 400, 'JSON_PARSER_ERROR', error.message);
    else next(error);
  };
}
