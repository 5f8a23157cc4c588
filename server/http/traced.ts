/** Spans of requests and of proxied calls. Paths are not told: they carry ids of people. */
import type { IncomingMessage } from 'node:http';
import type { Proxy } from '../proxy/proxy.ts';
import { areaOf } from '../telemetry/metrics.ts';
import type { Traces } from '../telemetry/traces.ts';
import { pathOf, type BridgeResponse, type Locals } from './bridge-response.ts';

const SERVER_ERROR = 500;

/** Whether the caller brought the trace along; else it begins here. */
function isTaken({ headers }: IncomingMessage, { traceparent }: Locals): boolean {
  const given = headers.traceparent;
  return typeof given === 'string' && traceparent?.split('-')[1] === given.split('-')[1];
}

/**
 * Comes after `correlate`; `endRequestSpan` ends what it begins. What is called from here on becomes a child of the request's span.
 * @returns the traceparent that the answer says.
 */
export function beginRequestSpan(traces: Traces, request: IncomingMessage, response: BridgeResponse): string {
  const { locals } = response;
  const { traceparent: given = '' } = locals;
  if (!traces.isOn) return given;
  const { method = '' } = request;
  const isChild = isTaken(request, locals);
  const area = areaOf(pathOf(request.url));
  const span = traces.start(`${method} ${area}`, {
    kind: 'server',
    attributes: { 'http.request.method': method, 'bridge.area': area },
    ...(isChild ? { parent: given } : {}),
  });
  if (span.traceparent !== undefined) locals.traceparent = span.traceparent;
  locals.requestSpan = span;
  return isChild ? given : (span.traceparent ?? given);
}

/** Ends the span of a request; whoever watches the end of the response calls it. */
export function endRequestSpan({ locals }: BridgeResponse, status: number): void {
  locals.requestSpan?.end({ 'http.response.status_code': status }, status >= SERVER_ERROR);
}

/** The upstream gets the span of the call as its parent. */
export function traceProxy(proxy: Proxy, traces: Traces): Proxy {
  if (!traces.isOn) return proxy;
  return async (request, response, caller, target) => {
    const { locals } = response;
    const span = traces.start('proxied call', {
      parent: locals.traceparent,
      kind: 'client',
      attributes: { 'http.request.method': request.method ?? '' },
    });
    if (span.traceparent !== undefined) locals.traceparent = span.traceparent;
    try {
      await proxy(request, response, caller, target);
      const status = response.statusCode;
      span.end({ 'http.response.status_code': status }, status >= SERVER_ERROR);
    } catch (error) {
      span.end({}, true);
      throw error;
    }
  };
}
