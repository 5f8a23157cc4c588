/** Spans of requests and of proxied calls. Paths are not told: they carry ids of people. */
import type { Request, RequestHandler, Response } from 'express';
import type { Proxy } from '../proxy/proxy.ts';
import { areaOf } from '../telemetry/metrics.ts';
import type { Traces, TraceSpan } from '../telemetry/traces.ts';

const SERVER_ERROR = 500;

interface Locals {
  traceparent?: string;
  requestSpan?: TraceSpan;
}

/** Whether the caller brought the trace along; else it begins here. */
function isTaken({ headers }: Request, { traceparent }: Locals): boolean {
  const given = headers.traceparent;
  return typeof given === 'string' && traceparent?.split('-')[1] === given.split('-')[1];
}

/** Stands behind `correlation`; `endRequestSpan` ends what it begins. What is called from here on becomes a child of the request's span. */
export function traceRequests(traces: Traces): RequestHandler {
  return (request, response, next) => {
    if (!traces.isOn) {
      next();
      return;
    }
    const locals = response.locals as Locals;
    const isChild = isTaken(request, locals);
    const area = areaOf(request.path);
    const span = traces.start(`${request.method} ${area}`, {
      kind: 'server',
      attributes: { 'http.request.method': request.method, 'bridge.area': area },
      ...(isChild ? { parent: locals.traceparent } : {}),
    });
    if (!isChild && span.traceparent !== undefined) response.setHeader('traceparent', span.traceparent);
    if (span.traceparent !== undefined) locals.traceparent = span.traceparent;
    locals.requestSpan = span;
    next();
  };
}

/** Ends the span of a request; whoever watches the end of the response calls it. */
export function endRequestSpan(response: Response, status: number): void {
  const { requestSpan } = response.locals as Locals;
  requestSpan?.end({ 'http.response.status_code': status }, status >= SERVER_ERROR);
}

/** The upstream gets the span of the call as its parent. */
export function traceProxy(proxy: Proxy, traces: Traces): Proxy {
  if (!traces.isOn) return proxy;
  return async (request: Request, response: Response, caller) => {
    const locals = response.locals as Locals;
    const span = traces.start('proxied call', {
      parent: locals.traceparent,
      kind: 'client',
      attributes: { 'http.request.method': request.method },
    });
    if (span.traceparent !== undefined) locals.traceparent = span.traceparent;
    try {
      await proxy(request, response, caller);
      const status = response.statusCode;
      span.end({ 'http.response.status_code': status }, status >= SERVER_ERROR);
    } catch (error) {
      span.end({}, true);
      throw error;
    }
  };
}
