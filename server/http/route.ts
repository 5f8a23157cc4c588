/** A route as data: the router and the OpenAPI document are both made from it, so that neither can say what the other does not. */
import type { IncomingMessage } from 'node:http';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { BridgeError } from '../errors.ts';
import type { LeavingSignal } from '../transport/deadline.ts';
import type { BridgeResponse } from './bridge-response.ts';

/** What every handler gets. */
export interface PlainContext {
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, unknown>>;
  caller: AuthenticatedCaller;
  correlationId: string;
  /** Tells when the caller has gone. */
  readonly leaving: LeavingSignal;
  /** The same, for those who need a whole one: it costs as much as the caller's sign-in. */
  readonly signal: AbortSignal;
  request: IncomingMessage;
  response: BridgeResponse;
}

export interface RouteContext extends PlainContext {
  /** JSON of the body, or the members of a form, as received; the handler parses it by its schema. Read when it is first looked at. */
  readonly body: unknown;
  request: Request;
  response: Response;
}

/** Who is asking, as far as a handler needs to know. */
export interface AuthenticatedCaller {
  name: string;
  permissions: readonly string[];
}

export interface RouteAnswer {
  description: string;
  schema?: z.ZodType;
  contentType?: string;
}

/** Errors in the words of another standard, beside the members that all errors have. */
export interface ProblemDialect {
  members: Readonly<Record<string, unknown>>;
  /** Where the error is a 401, `WWW-Authenticate` is left to these. */
  headers: Readonly<Record<string, string>>;
}

export interface RouteBody {
  schema: z.ZodType;
  required: boolean;
  example?: unknown;
  /** A form, `application/x-www-form-urlencoded`, whose parameters become members; JSON is understood too. At most 16 KiB, since it may be read before it is known who sends it. */
  form?: boolean;
  /** What others have written is looked at and not kept: a NUL in it, or half of a character, is taken as it is. */
  anyText?: boolean;
  /** Default 1 MiB. */
  bytesMax?: number;
}

export interface Route {
  method: 'get' | 'post' | 'put' | 'delete';
  /** OpenAPI form: `/v1/connections/{name}`. */
  path: string;
  /** camelCase, unique, at most 40 characters: External Services makes Apex names from it. */
  operationId: string;
  tag: string;
  summary: string;
  description?: string;
  /** Permission that is needed; absent: open to all. `{name}` is filled in from the path. */
  permission?: string;
  /**
   * In place of `permission`, where what is asked for has to be looked up first: the caller must be known, and the handler asks for
   * the permission. The text is for the document.
   */
  handlerPermission?: string;
  /** `Idempotency-Key` works here: sent again, the first answer is given and nothing happens. */
  idempotent?: boolean;
  /** The answer is sealed where it is kept for an `Idempotency-Key`. */
  answerHoldsSecret?: boolean;
  body?: RouteBody;
  query?: z.ZodObject;
  answers: Readonly<Record<number, RouteAnswer>>;
  /** Error statuses beyond 400, 401, 403, which every guarded route has. */
  problems?: readonly number[];
  dialect?(error: BridgeError, request: IncomingMessage): ProblemDialect;
  /** Gives back the JSON to answer with, under the first 2xx of `answers`; undefined where it has answered by itself. */
  handle(context: RouteContext): unknown;
}

/** A route that takes no body and asks for nothing of Express, so that it can be answered without. */
export interface PlainRoute extends Route {
  body?: never;
  handle(context: PlainContext): unknown;
}
