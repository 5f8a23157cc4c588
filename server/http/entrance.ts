/** What every request meets first, whichever way it takes from here: ids, span, log line and count, security headers, and the door that is shut while the process stops. */
import type { IncomingMessage } from 'node:http';
import helmet from 'helmet';
import { BridgeError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { RequestLog } from '../telemetry/request-log.ts';
import type { Traces } from '../telemetry/traces.ts';
import { logWhenEnded } from './access-log.ts';
import type { BridgeResponse } from './bridge-response.ts';
import { correlate } from './correlation.ts';
import { beginRequestSpan, endRequestSpan } from './traced.ts';
import { createTrustedProxies } from './trusted-proxies.ts';

export interface EntranceParts {
  metrics: Pick<Metrics, 'requestEnded'>;
  requestLog: RequestLog;
  traces: Traces;
  /** True from the moment the process was told to stop. */
  isStopping(): boolean;
  monotonicMs(): number;
  /** Addresses and networks whose X-Forwarded-* and client-certificate header are believed. */
  trustedProxies: readonly string[];
}

/** Over https, spoken by the bridge itself or by a trusted proxy before it, browsers are told to insist on it. */
function helmetFor(isSecure: boolean) {
  const upgrade = isSecure ? {} : { upgradeInsecureRequests: null };
  return helmet({
    contentSecurityPolicy: { directives: { defaultSrc: ["'self'"], ...upgrade } },
    strictTransportSecurity: isSecure,
    referrerPolicy: { policy: 'no-referrer' },
  });
}

/** What helmet sets, flat, asked of it once: it depends on nothing of a request but its protocol. */
function securityHeaders(isSecure: boolean): readonly string[] {
  const headers: string[] = [];
  const recorder = {
    setHeader: (name: string, value: string) => headers.push(name, value),
    removeHeader: () => undefined,
  };
  helmetFor(isSecure)({} as IncomingMessage, recorder as unknown as BridgeResponse, (fault?: unknown) => {
    if (fault !== undefined) throw fault as Error;
  });
  return headers;
}

/** @throws BridgeError `unavailable`: a request that comes in on an open connection while the process stops is told to go elsewhere. */
export type Entrance = (request: IncomingMessage, response: BridgeResponse) => void;

export function createEntrance(parts: EntranceParts): Entrance {
  const { metrics, traces, isStopping } = parts;
  const { isSecure } = createTrustedProxies(parts.trustedProxies);
  const [overHttps, overHttp] = [securityHeaders(true), securityHeaders(false)];
  const accessLog = {
    ...parts,
    observe(path: string, status: number, durationMs: number, response: BridgeResponse) {
      metrics.requestEnded(path, status, durationMs);
      endRequestSpan(response, status);
    },
  };
  return (request, response) => {
    correlate(request, response);
    const { locals } = response;
    const { correlationId = '' } = locals;
    const traceparent = beginRequestSpan(traces, request, response);
    logWhenEnded(request, response, accessLog);
    const security = isSecure(request) ? overHttps : overHttp;
    locals.ownHeaders = [...security, 'X-Correlation-Id', correlationId, 'traceparent', traceparent];
    if (!isStopping()) return;
    response.setHeader('Connection', 'close');
    throw new BridgeError('unavailable', { detail: 'The bridge is shutting down', retryAfterSeconds: 1 });
  };
}
