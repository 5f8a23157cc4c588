/** Puts routes on an Express router: who asks, may they, what did they send, and the answer as JSON. */
import { Router, type ErrorRequestHandler, type Request, type RequestHandler, type Response } from 'express';
import { requirePermission, type NeededPermission } from '../callers/permissions.ts';
import { toBridgeError } from './problem.ts';
import { formBody, jsonBody, readBytes, readFormBytes } from './read-body.ts';
import type { AuthenticatedCaller, Route } from './route.ts';

export interface CallerGate {
  /** @throws BridgeError `caller_unauthenticated` | `rate_limited`. */
  authenticate(request: Request): AuthenticatedCaller | Promise<AuthenticatedCaller>;
}

const NOBODY: AuthenticatedCaller = { name: '', permissions: [] };

function filledIn(permission: string, params: Readonly<Record<string, string>>): string {
  return permission.replace(/\{(\w+)\}/g, (_whole, name: string) => params[name] ?? '');
}

async function admitted(route: Route, request: Request, gate: CallerGate): Promise<AuthenticatedCaller> {
  if (route.permission === undefined) return NOBODY;
  const caller = await gate.authenticate(request);
  const needed = filledIn(route.permission, request.params as Record<string, string>);
  requirePermission(caller.permissions, needed as NeededPermission);
  return caller;
}

function leaving(response: Response): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort(new DOMException('The caller has gone', 'AbortError'));
  });
  return controller.signal;
}

function statusOf(route: Route): number {
  return Number(Object.keys(route.answers).find((status) => status.startsWith('2')) ?? 200);
}

function bodyOf({ body }: Route, request: Request): unknown {
  if (body === undefined) return undefined;
  return body.form === true ? formBody(request) : jsonBody(request);
}

/** The error goes on to the handler of all errors, which adds what the route has to say in its own words. */
function inDialect(route: Route): ErrorRequestHandler[] {
  if (route.dialect === undefined) return [];
  return [
    (error: unknown, request, response, next) => {
      response.locals.dialect = route.dialect!(toBridgeError(error), request);
      next(error);
    },
  ];
}

function handlerOf(route: Route, gate: CallerGate): (RequestHandler | ErrorRequestHandler)[] {
  const admit: RequestHandler = async (request, response, next) => {
    response.locals.caller = await admitted(route, request, gate);
    next();
  };
  const answer: RequestHandler = async (request, response) => {
    const caller = response.locals.caller as AuthenticatedCaller;
    const result = await route.handle({
      params: request.params as Record<string, string>,
      query: request.query,
      body: bodyOf(route, request),
      caller,
      correlationId: String(response.locals.correlationId),
      signal: leaving(response),
      request,
      response,
    });
    if (response.headersSent || response.destroyed) return;
    response.status(statusOf(route)).set('Cache-Control', 'no-store');
    if (result === undefined) response.end();
    else response.json(result);
  };
  const { body } = route;
  // Nobody's body is read before it is known who sends it, but for a form that says so itself.
  const read = body === undefined ? [] : [body.form === true ? readFormBytes : readBytes];
  return [admit, ...read, answer, ...inDialect(route)];
}

export function mountRoutes(routes: readonly Route[], gate: CallerGate): Router {
  const router = Router({ caseSensitive: true, strict: false });
  for (const route of routes) {
    router[route.method](route.path.replace(/\{(\w+)\}/g, ':$1'), ...handlerOf(route, gate));
  }
  return router;
}
