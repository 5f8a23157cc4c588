/** What stands before every resource of the org: the session, and the count of API calls. */
import type { Request, RequestHandler, Response } from 'express';
import type { SalesforceSession, SalesforceState } from './salesforce-state.ts';

/** Daily API calls of a small org. */
export const API_CALLS_MAX = 15_000;

/** The org answers an array, always. */
export function sendOrgError(res: Response, status: number, errorCode: string, message: string): void {
  res.status(status).json([{ message, errorCode }]);
}

/** The token of `Authorization: Bearer` or of Salesforce's own older `OAuth`. */
export function bearerOf(req: Request): string | undefined {
  return /^(?:bearer|oauth) +(\S+)$/i.exec(req.headers.authorization ?? '')?.[1];
}

export function sessionOf(res: Response): SalesforceSession {
  return res.locals.session as SalesforceSession;
}

/** Lets a request with a live session pass, prolongs the session, and remembers it for `sessionOf`. */
export function requireSession(state: SalesforceState): RequestHandler {
  let apiCalls = 0;
  return (req, res, next) => {
    const session = state.useSession(bearerOf(req) ?? '');
    if (session) apiCalls += 1;
    res.set('Sforce-Limit-Info', `api-usage=${apiCalls}/${API_CALLS_MAX}`);
    res.locals.apiCalls = apiCalls;
    res.locals.session = session;
    if (session) next();
    else sendOrgError(res, 401, 'INVALID_SESSION_ID', 'Session expired or invalid');
  };
}

export function apiCallsOf(res: Response): number {
  return res.locals.apiCalls as number;
}
