/** Answers routes: who asks, may they, what did they send, and the answer as JSON; and puts them on an Express router. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import {
  Router,
  type ErrorRequestHandler,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { BridgeError } from '../errors.ts';
import { isStorableText } from '../validation.ts';
import { requirePermission, type NeededPermission } from '../callers/permissions.ts';
import type { KeptAnswer } from '../callers/idempotency-keys.ts';
import { awaitCaller, sendJson, sendPrivateJson, type BridgeResponse } from './bridge-response.ts';
import { REPLAYED_HEADER, type Idempotency } from './idempotency.ts';
import { toBridgeError } from './problem.ts';
import { readBytes, readBytesUpTo, readFormBytes } from './read-body.ts';
import type { AuthenticatedCaller, PlainRoute, Route, RouteBody } from './route.ts';
import { BodyContext, TargetContext, targetOf, type RequestTarget } from './route-context.ts';

export interface CallerGate {
  /** @throws BridgeError `caller_unauthenticated` | `rate_limited`. */
  authenticate(request: IncomingMessage): AuthenticatedCaller | Promise<AuthenticatedCaller>;
}

const NOBODY: AuthenticatedCaller = { name: '', permissions: [] };

/** The permission that a request needs, filled in from its path. */
function permissionFor({ permission }: Route): ((params: RequestTarget['params']) => string) | undefined {
  if (permission === undefined) return undefined;
  const [before = '', name, after = ''] = permission.split(/[{}]/);
  return name === undefined ? () => permission : (params) => before + (params[name] ?? '') + after;
}

type Admit = (
  request: IncomingMessage,
  params: RequestTarget['params'],
) => AuthenticatedCaller | Promise<AuthenticatedCaller>;

function admissionTo(route: Route, gate: CallerGate): Admit {
  const permissionOf = permissionFor(route);
  if (permissionOf === undefined && route.handlerPermission === undefined) return () => NOBODY;
  const admitted = (caller: AuthenticatedCaller, params: RequestTarget['params']) => {
    if (permissionOf !== undefined)
      requirePermission(caller.permissions, permissionOf(params) as NeededPermission);
    if (Object.values(params).some(isNoName)) throw new BridgeError('not_found');
    return caller;
  };
  return (request, params) => {
    const caller = gate.authenticate(request);
    return caller instanceof Promise
      ? caller.then((known) => admitted(known, params))
      : admitted(caller, params);
  };
}

/** Nothing has such a name, and a database takes it for a fault of its own. */
function isNoName(text: string | undefined): boolean {
  return text !== undefined && !isStorableText(text);
}

function statusOf(route: Route): number {
  return Number(Object.keys(route.answers).find((status) => status.startsWith('2')) ?? 200);
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

/** undefined where the handler has answered by itself. Who has gone meanwhile may come back for it under the same `Idempotency-Key`. */
async function performed(
  handled: unknown,
  response: BridgeResponse,
  status: number,
): Promise<KeptAnswer | undefined> {
  const result = await handled;
  if (response.headersSent) return undefined;
  const location = response.getHeader('Location') as string | undefined;
  return {
    status,
    ...(location === undefined ? {} : { location }),
    ...(result === undefined ? {} : { body: JSON.stringify(result) }),
  };
}

function send(response: ServerResponse, { status, location, body }: KeptAnswer): void {
  if (response.destroyed) return;
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

function handlerOf(
  route: Route,
  gate: CallerGate,
  idempotency: Idempotency | undefined,
): (RequestHandler | ErrorRequestHandler)[] {
  const admitted = admissionTo(route, gate);
  const status = statusOf(route);
  const admit: RequestHandler = async (request, response, next) => {
    const caller = admitted(request, request.params as Record<string, string>);
    response.locals.caller =
      caller instanceof Promise ? await awaitCaller(caller, response as BridgeResponse) : caller;
    next();
  };
  const answer: RequestHandler = async (request, response) => {
    const context = new BodyContext(request, response, route.body, targetOf(request));
    const perform = () => performed(route.handle(context), response, status);
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
export type Answerer = (
  request: IncomingMessage,
  response: BridgeResponse,
  target: RequestTarget,
) => Promise<void>;

export function answererOf(route: PlainRoute, gate: CallerGate): Answerer {
  const admitted = admissionTo(route, gate);
  const status = statusOf(route);
  return async (request, response, target) => {
    const caller = admitted(request, target.params);
    response.locals.caller = caller instanceof Promise ? await awaitCaller(caller, response) : caller;
    const handled = route.handle(new TargetContext(request, response, target));
    const result: unknown = handled instanceof Promise ? await handled : handled;
    if (!response.headersSent && !response.destroyed) sendPrivateJson(response, status, result);
  };
}

/** As `answererOf`, with a body; what reads it asks for nothing of Express. */
export function bodyAnswererOf(route: Route & { body: RouteBody }, gate: CallerGate): Answerer {
  const admitted = admissionTo(route, gate);
  const status = statusOf(route);
  const read = readerOf(route.body);
  const receive = promisify((request: Request, response: Response, done: (error: unknown) => void) => {
    void read(request, response, done as NextFunction);
  });
  return async (plainRequest, plainResponse, target) => {
    const [request, response] = [plainRequest as Request, plainResponse as Response & BridgeResponse];
    response.locals.caller = await admitted(request, target.params);
    await receive(request, response);
    const result: unknown = await route.handle(new BodyContext(request, response, route.body, target));
    if (!response.headersSent && !response.destroyed) sendPrivateJson(response, status, result);
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
