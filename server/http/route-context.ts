/** What a handler gets of its request. Classes, since V8 keeps an object literal with a getter, and all it can reach, until the next full collection. */
import type { IncomingMessage } from 'node:http';
import type { Request, Response } from 'express';
import { CallerLeaving } from '../transport/caller-leaving.ts';
import { assertStorableTexts } from '../validation.ts';
import type { BridgeResponse } from './bridge-response.ts';
import { formBody, jsonBody } from './read-body.ts';
import type { AuthenticatedCaller, PlainContext, RouteBody, RouteContext } from './route.ts';

/** What the target of a request says, however it was read. */
export interface RequestTarget {
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, unknown>>;
}

/** The caller must be known by now. */
export class TargetContext implements PlainContext {
  readonly params: RequestTarget['params'];
  readonly query: RequestTarget['query'];
  readonly caller: AuthenticatedCaller;
  readonly correlationId: string;
  readonly request: IncomingMessage;
  readonly response: BridgeResponse;
  #leaving: CallerLeaving | undefined;

  constructor(request: IncomingMessage, response: BridgeResponse, { params, query }: RequestTarget) {
    const { caller, correlationId = '' } = response.locals;
    this.params = params;
    this.query = query;
    this.caller = caller!;
    this.correlationId = correlationId;
    this.request = request;
    this.response = response;
  }

  /** Made where a handler asks for it: most do not. */
  get leaving(): CallerLeaving {
    return (this.#leaving ??= new CallerLeaving(this.response));
  }

  get signal(): AbortSignal {
    return this.leaving.signal;
  }
}

/** As Express has read it. */
export function targetOf({ params, query }: Request): RequestTarget {
  return { params: params as Record<string, string>, query };
}

export class BodyContext extends TargetContext implements RouteContext {
  declare readonly request: Request;
  declare readonly response: Response;
  readonly #body: RouteBody | undefined;

  constructor(request: Request, response: Response, body: RouteBody | undefined, target: RequestTarget) {
    super(request, response, target);
    this.#body = body;
  }

  get body(): unknown {
    if (this.#body === undefined) return undefined;
    const body = this.#body.form === true ? formBody(this.request) : jsonBody(this.request);
    if (this.#body.anyText !== true) assertStorableTexts(body);
    return body;
  }
}
