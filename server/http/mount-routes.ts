/** Answers routes: who asks, may they, what did they send, and the answer as JSON; and puts them on an Express router. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Router, type ErrorRequestHandler, type Request, type RequestHandler, type Response } from 'express';
import { requirePermission, type NeededPermission } from '../callers/permissions.ts';
import type { KeptAnswer } from '../callers/idempotency-keys.ts';
import { sendJson, type BridgeResponse } from './bridge-response.ts';
import { REPLAYED_HEADER, type Idempotency } from './idempotency.ts';
import { toBridgeError } from './problem.ts';
import { formBody, jsonBody, readBytes, readBytesUpTo, readFormBytes } from './read-body.ts';
import type {
  AuthenticatedCaller,
  PlainContext,
  PlainRoute,
  Route,
  RouteBody,
  RouteContext,
} from './route.ts';

export interface CallerGate {
  /** @throws BridgeError `caller_unauthenticated` | `rate_limited`. */
  authenticate(request: IncomingMessage): AuthenticatedCaller | Promise<AuthenticatedCaller>;
}

const NOBODY: AuthenticatedCaller = { name: '', permissions: [] };

/** What the target of a request says, however it was read. */
export interface RequestTarget {
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, unknown>>;
}

function filledIn(permission: string, params: Readonly<Record<string, string>>): string {
  return permission.replace(/\{(\w+)\}/g, (_whole, name: string) => params[name] ?? '');
}

async function admitted(
  route: Route,
  request: IncomingMessage,
  params: RequestTarget['params'],
  gate: CallerGate,
): Promise<AuthenticatedCaller> {
  if (route.permission === undefined && route.handlerPermission === undefined) return NOBODY;
  const caller = await gate.authenticate(request);
  if (route.permission === undefined) return caller;
  const needed = filledIn(route.permission, params);
  requirePermission(caller.permissions, needed as NeededPermission);
  return caller;
}

function leaving(response: ServerResponse): AbortSignal {
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

/** The signal is made where a handler asks for it: most do not. */
function plainContextOf(
  request: IncomingMessage,
  response: BridgeResponse,
  { params, query }: RequestTarget,
): PlainContext {
  const { caller, correlationId = '' } = response.locals;
  let signal: AbortSignal | undefined;
  return {
    params,
    query,
    caller: caller!,
    correlationId,
    get signal() {
      return (signal ??= leaving(response));
    },
    request,
    response,
  };
}

function contextOf(route: Route, request: Request, response: Response): RouteContext {
  const context = plainContextOf(request, response, targetOf(request));
  return Object.defineProperties(context, {
    body: { get: () => bodyOf(route, request), enumerable: true },
  }) as RouteContext;
}

/** undefined where the handler has answered by itself. */
async function performed(
  route: Route,
  response: BridgeResponse,
  handled: unknown,
): Promise<KeptAnswer | undefined> {
  const result = await handled;
  if (response.headersSent || response.destroyed) return undefined;
  const location = response.getHeader('Location') as string | undefined;
  return {
    status: statusOf(route),
    ...(location === undefined ? {} : { location }),
    ...(result === undefined ? {} : { body: JSON.stringify(result) }),
  };
}

function send(response: ServerResponse, { status, location, body }: KeptAnswer): void {
  response.setHeader('Cache-Control', 'no-store');
  if (location !== undefined) response.setHeader('Location', location);
  if (body !== undefined) {
    sendJson(response, status, body);
    return;
  }
  response.statusCode = status;
  response.end();
}

function readerOf({ form = false, bytesMax }: RouteBody): RequestHandler {
  if (bytesMax !== undefined) return readBytesUpTo(bytesMax);
  return form ? readFormBytes : readBytes;
}

function targetOf({ params, query }: Request): RequestTarget {
  return { params: params as Record<string, string>, query };
}

function handlerOf(
  route: Route,
  gate: CallerGate,
  idempotency: Idempotency | undefined,
): (RequestHandler | ErrorRequestHandler)[] {
  const admit: RequestHandler = async (request, response, next) => {
    response.locals.caller = await admitted(route, request, targetOf(request).params, gate);
    next();
  };
  const answer: RequestHandler = async (request, response) => {
    const context = contextOf(route, request, response);
    const perform = () => performed(route, response, route.handle(context));
    if (route.idempotent !== true || idempotency === undefined) {
      const made = await perform();
      if (made !== undefined) send(response, made);
      return;
    }
    const made = await idempotency({
      request,
      caller: context.caller.name,
      isSecret: route.answerHoldsSecret ?? false,
      signal: context.signal,
      perform,
    });
    if (made === undefined) return;
    if (made.isReplayed) response.setHeader(REPLAYED_HEADER, 'true');
    send(response, made);
  };
  // Nobody's body is read before it is known who sends it, but for one that says so itself.
  const read = route.body === undefined ? [] : [readerOf(route.body)];
  return [admit, ...read, answer, ...inDialect(route)];
}

/** For whoever has read the target without Express. The promise rejects with what is to be answered as a problem. */
export function answererOf(route: PlainRoute, gate: CallerGate) {
  return async (request: IncomingMessage, response: BridgeResponse, target: RequestTarget): Promise<void> => {
    response.locals.caller = await admitted(route, request, target.params, gate);
    const context = plainContextOf(request, response, target);
    const made = await performed(route, response, route.handle(context));
    if (made !== undefined) send(response, made);
  };
}

export function mountRoutes(routes: readonly Route[], gate: CallerGate, idempotency?: Idempotency): Router {
  const router = Router({ caseSensitive: true, strict: false });
  for (const route of routes) {
    const path = route.path.replace(/\{(\w+)\}/g, ':$1');
    router[route.method](path, ...handlerOf(route, gate, idempotency));
  }
  return router;
}
