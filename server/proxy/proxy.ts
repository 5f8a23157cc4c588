/** The proxy: a call of a caller, sent on with the token of a connection that the caller never sees. */
import type { Request, Response } from 'express';
import { forgivenFaults } from '../bearer/request.ts';
import { requirePermission } from '../callers/permissions.ts';
import type { ProxyRule } from '../callers/proxy-rules.ts';
import type { Connection } from '../connections/connection.ts';
import { BridgeError } from '../errors.ts';
import type { ActivityEntry } from '../telemetry/activity.ts';
import type { BrokerLog } from '../tokens/broker-observers.ts';
import type { ClientCertificate } from '../transport/certificates/client-certificates.ts';
import { parseForwardProxy } from '../transport/forward-proxy.ts';
import type { StreamedAnswer } from '../transport/streamed-exchange.ts';
import { TransportError } from '../transport/transport-error.ts';
import { BodyCutOff, readCallBody, type CallBody } from './call-body.ts';
import { BUDGET_MS_DEFAULT, readBudgetMs, startBudget, type CallBudget } from './call-budget.ts';
import { bodyTooSlow, failureOf } from './call-failure.ts';
import { requireProxyRule } from './call-rules.ts';
import { callUpstream, type UpstreamCallParts } from './call-upstream.ts';
import { valuesOf } from './header-names.ts';
import { basePathOf, parseProxyUrl, type ProxyPath } from './proxy-path.ts';
import { relayAnswer } from './relay-answer.ts';
import { framingOf, requireProxiable, type RequestFraming } from './request-framing.ts';
import { createTokenAges } from './token-ages.ts';
import { configuredBase } from './upstream-base.ts';

/** No call holds its two connections for longer, whatever flows. */
const CALL_MS_MAX = 600_000;
/** Status of a call whose caller left before its answer; nobody is sent it. */
const CALLER_GONE = 499;

export interface ProxyCaller {
  name: string;
  permissions: readonly string[];
  proxyRules?: readonly ProxyRule[];
}

export interface ProxyMetrics {
  callEnded?(connection: string, status: number, durationMs: number): void;
}

export interface ProxyParts extends Omit<UpstreamCallParts, 'tokenAges'> {
  connections: { find(name: string): Connection | undefined };
  clientCertificates: { load(name: string): Promise<ClientCertificate> };
  log: BrokerLog;
  record?: (entry: ActivityEntry) => void;
  metrics?: ProxyMetrics;
  /** Until an answer begins, where the call does not say. Default 8000. */
  budgetMs?: number;
}

/**
 * Answers one call of `ANY /proxy/{connection}/{path}?{query}` by an authenticated caller.
 * The request's body must not have been read. `response.locals` holds `correlationId` and `traceparent`.
 * @throws BridgeError where nothing of an answer was sent yet; afterwards the connection is cut and nothing is thrown.
 */
export type Proxy = (request: Request, response: Response, caller: ProxyCaller) => Promise<void>;

interface AdmittedCall extends ProxyPath {
  settings: Connection;
  framing: RequestFraming;
  budgetMs: number;
}

/** Everything that can be said without sending a byte. @throws BridgeError. */
function admit(request: Request, caller: ProxyCaller, url: ProxyPath, parts: ProxyParts): AdmittedCall {
  const { method, rawHeaders } = request;
  requirePermission(caller.permissions, `proxy:${url.connection}`);
  const settings = parts.connections.find(url.connection);
  if (settings === undefined) throw new BridgeError('not_found', { detail: 'There is no such connection' });
  requireProxiable(method, rawHeaders);
  const framing = framingOf(rawHeaders);
  const budgetMs = readBudgetMs(rawHeaders, parts.budgetMs ?? BUDGET_MS_DEFAULT);
  const base = configuredBase(settings);
  const path = `${base === undefined ? '' : basePathOf(base)}${url.path}`;
  requireProxyRule(caller.proxyRules, { method, path, query: url.query, rawHeaders });
  return { ...url, settings, framing, budgetMs };
}

/** Aborted when the caller goes away before it has its whole answer. */
function leavingOf(response: Response): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort(new DOMException('The caller has gone', 'AbortError'));
  });
  return controller.signal;
}

async function bodyOf(
  request: Request,
  framing: RequestFraming,
  budget: CallBudget,
  signal: AbortSignal,
  { clock }: ProxyParts,
): Promise<CallBody> {
  if (framing.kind === 'none') return { kind: 'none' };
  const slow = new AbortController();
  const timer = clock.setTimer(budget.timeLeftMs(), () => slow.abort(bodyTooSlow(budget.totalMs)));
  try {
    return await readCallBody(request, framing, AbortSignal.any([signal, slow.signal]));
  } finally {
    timer.cancel();
  }
}

interface Ending {
  status: number;
  /** For the activity: `Success`, `Failure` or the code of an error. */
  result: string;
  upstreamCorrelationId?: string;
}

/** The upstream's own id is PureCloud's header, or Salesforce's. */
function endingOf({ status, headers }: StreamedAnswer): Ending {
  const [id] = [...valuesOf(headers, 'inin-correlation-id'), ...valuesOf(headers, 'x-sfdc-request-id')];
  const result = status < 400 ? 'Success' : 'Failure';
  return { status, result, ...(id === undefined ? {} : { upstreamCorrelationId: id }) };
}

interface Locals {
  correlationId?: string;
  traceparent?: string;
}

export function createProxy(parts: ProxyParts): Proxy {
  const { clock, log } = parts;
  const callParts = { ...parts, tokenAges: createTokenAges(clock) };

  async function profileOf({ proxyUri, clientCertificate, ...flags }: Connection, budgetMs: number) {
    const forgiven = forgivenFaults(flags);
    const proxy = proxyUri === undefined ? {} : { proxy: parseForwardProxy(proxyUri) };
    if (clientCertificate === undefined) return { forgiven, ...proxy };
    try {
      return {
        forgiven,
        ...proxy,
        clientCertificate: await parts.clientCertificates.load(clientCertificate),
      };
    } catch (error) {
      throw error instanceof TransportError ? failureOf(error, budgetMs) : error;
    }
  }

  /** The answer has begun: nothing is thrown any more. */
  async function relay(answer: StreamedAnswer, response: Response): Promise<Ending> {
    const tooLong = () => answer.body.destroy(new Error(`The call took longer than ${CALL_MS_MAX / 1000} s`));
    const timer = clock.setTimer(CALL_MS_MAX, tooLong);
    try {
      await relayAnswer(answer, response);
      return endingOf(answer);
    } catch (error) {
      if (!response.headersSent) throw error;
      response.destroy();
      const { correlationId } = response.locals as Locals;
      log.info({ err: error, correlationId }, 'A proxied answer broke off.');
      return { ...endingOf(answer), result: 'Failure' };
    } finally {
      timer.cancel();
    }
  }

  async function answer(
    request: Request,
    response: Response,
    admitted: AdmittedCall,
    caller: string,
  ): Promise<Ending> {
    const { settings: connection, framing, budgetMs, path, query } = admitted;
    const budget = startBudget(clock, budgetMs);
    const signal = leavingOf(response);
    const { correlationId = '', ...locals } = response.locals as Locals;
    const trace = locals.traceparent === undefined ? {} : { traceparent: locals.traceparent };
    const profile = await profileOf(connection, budgetMs);
    const body = await bodyOf(request, framing, budget, signal, parts);
    const { method, rawHeaders } = request;
    const target = { path, query };
    const call = {
      caller,
      connection,
      profile,
      method,
      target,
      rawHeaders,
      body,
      correlationId,
      ...trace,
      budget,
      signal,
    };
    try {
      return await relay(await callUpstream(call, callParts), response);
    } finally {
      if (body.kind === 'streamed') body.stream.destroy();
    }
  }

  return async (request, response, caller) => {
    const startedAtMs = clock.monotonicMs();
    let url: ProxyPath | undefined;
    const end = ({ status, result, upstreamCorrelationId }: Ending) => {
      const durationMs = Math.round(clock.monotonicMs() - startedAtMs);
      if (url !== undefined) parts.metrics?.callEnded?.(url.connection, status, durationMs);
      parts.record?.({
        kind: 'proxiedCall',
        result,
        caller: caller.name,
        status,
        durationMs,
        correlationId: (response.locals as Locals).correlationId ?? '',
        summary: `${request.method} ${url?.path ?? 'to a path that was refused'}`,
        ...(url === undefined ? {} : { connection: url.connection }),
        ...(upstreamCorrelationId === undefined ? {} : { upstreamCorrelationId }),
      });
    };
    try {
      url = parseProxyUrl(request.originalUrl);
      end(await answer(request, response, admit(request, caller, url, parts), caller.name));
    } catch (error) {
      request.resume(); // a caller that is still sending reads no answer
      if (hasLeft(error, response)) {
        end({ status: CALLER_GONE, result: 'Failure' });
        return;
      }
      const known =
        error instanceof BridgeError ? error : new BridgeError('internal_error', { cause: error });
      end({ status: known.entry.status, result: known.code });
      throw known;
    }
  };
}

function hasLeft(error: unknown, response: Response): boolean {
  return error instanceof BodyCutOff || (response.destroyed && !response.writableFinished);
}
