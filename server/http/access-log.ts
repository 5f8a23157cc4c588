/** One line per request: who asked for what, how it ended, how long it took. Never a query, a header or a body: they hold secrets. */
import type { IncomingMessage } from 'node:http';
import type { BridgeError } from '../errors.ts';
import { withoutPeople } from '../proxy/personal-path.ts';
import type { RequestLine, RequestLog } from '../telemetry/request-log.ts';
import { TransportError } from '../transport/transport-error.ts';
import { pathOf, type BridgeResponse } from './bridge-response.ts';

/** Status of a request whose caller left before its answer was out. */
const CALLER_GONE = 499;

/** Who counts requests; gets the path without its query, and must keep to what it knows of it. */
export type RequestObserver = (
  path: string,
  status: number,
  durationMs: number,
  response: BridgeResponse,
) => void;

/** Writes the line when the request has ended, and tells the observer. */
export function logWhenEnded(
  request: IncomingMessage,
  response: BridgeResponse,
  { requestLog, monotonicMs, observe }: AccessLogParts,
): void {
  const startedAtMs = monotonicMs();
  const { method = '', url } = request; // Express changes the target on its way through routers
  response.on('close', () => {
    const { caller, correlationId = '', failure } = response.locals;
    const path = pathOf(url);
    const status = response.writableFinished ? response.statusCode : CALLER_GONE;
    const durationMs = monotonicMs() - startedAtMs;
    observe(path, status, durationMs, response);
    requestLog({
      method,
      path: withoutPeople(path),
      status,
      durationMs: Math.round(durationMs),
      correlationId,
      ...(caller === undefined || caller.name === '' ? {} : { caller: caller.name }),
      ...(failure === undefined ? {} : whyItFailed(failure)),
    });
  });
}

/** An operator finds here what callers are not told: in which way an upstream was not reached. */
function whyItFailed({ code, cause }: BridgeError): Pick<RequestLine, 'code' | 'fault'> {
  return cause instanceof TransportError ? { code, fault: cause.fault } : { code };
}

export interface AccessLogParts {
  requestLog: RequestLog;
  monotonicMs(): number;
  observe: RequestObserver;
}
