/** The proxy: a call of a caller, sent on with the token of a connection that the caller never sees. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Connection } from '../connections/connection.ts';
import { BridgeError } from '../errors.ts';
import type { ActivityEntry } from '../telemetry/activity.ts';
import { admitCall, connectionFor, type ProxyCaller } from './admit-call.ts';
import { answerCall, type AnsweredCall, type AnswerParts, type CallTrace } from './answer-call.ts';
import { BodyCutOff } from './call-body.ts';
import { BUDGET_MS_DEFAULT } from './call-budget.ts';
import { valuesOf } from './header-names.ts';
import { withoutPeople } from './personal-path.ts';
import type { ProxyPath } from './proxy-path.ts';
import { createTokenAges } from './token-ages.ts';

export type { ProxyCaller };

/** Status of a call whose caller left before its answer; nobody is sent it. */
const CALLER_GONE = 499;

export interface ProxyMetrics {
  /** Only for connections that there are, so that no caller makes names up. */
  callEnded?(connection: string, status: number, durationMs: number): void;
}

export interface ProxyParts extends Omit<AnswerParts, 'tokenAges'> {
  record?: (entry: ActivityEntry) => void;
  metrics?: ProxyMetrics;
  /** Until an answer begins, where the call does not say. Default 8000. */
  budgetMs?: number;
}

/**
 * Answers one call of `ANY /proxy/{connection}/{path}?{query}` by an authenticated caller.
 * The request's body must not have been read. `response.locals` holds `correlationId`, `traceparent` and `ownHeaders`.
 * @throws BridgeError where nothing of an answer was sent yet; afterwards the connection is cut and nothing is thrown.
 */
export type Proxy = (
  request: IncomingMessage,
  response: ProxiedResponse,
  caller: ProxyCaller,
  target: ProxyPath,
) => Promise<void>;

export type ProxiedResponse = ServerResponse & { locals: Partial<CallTrace> };

interface Ending {
  status: number;
  /** For the activity: `Success`, `Failure` or the code of an error. */
  result: string;
  upstreamCorrelationId?: string;
}

/** The upstream's own id is PureCloud's header, or Salesforce's. */
function endingOf({ status, headers, isWhole }: AnsweredCall): Ending {
  const id = valuesOf(headers, 'inin-correlation-id')[0] ?? valuesOf(headers, 'x-sfdc-request-id')[0];
  const result = isWhole && status < 400 ? 'Success' : 'Failure';
  return { status, result, ...(id === undefined ? {} : { upstreamCorrelationId: id }) };
}

function traceOf({ locals }: ProxiedResponse): CallTrace {
  const { correlationId = '', traceparent, ownHeaders } = locals;
  const trace: CallTrace = { correlationId };
  if (traceparent !== undefined) trace.traceparent = traceparent;
  if (ownHeaders !== undefined) trace.ownHeaders = ownHeaders;
  return trace;
}

function hasLeft(error: unknown, response: ServerResponse): boolean {
  return error instanceof BodyCutOff || (response.destroyed && !response.writableFinished);
}

export function createProxy(parts: ProxyParts): Proxy {
  const { clock, connections, metrics, record, budgetMs = BUDGET_MS_DEFAULT } = parts;
  const answerParts = { ...parts, tokenAges: createTokenAges(clock) };

  return async (request, response, caller, { connection: name, ...target }) => {
    const startedAtMs = clock.monotonicMs();
    let connection: Connection | undefined;
    const end = ({ status, ...ending }: Ending) => {
      const durationMs = Math.round(clock.monotonicMs() - startedAtMs);
      if (connection !== undefined) metrics?.callEnded?.(name, status, durationMs);
      record?.({
        kind: 'proxiedCall',
        ...ending,
        ...(connection === undefined ? {} : { connection: name }),
        caller: caller.name,
        status,
        durationMs,
        correlationId: response.locals.correlationId ?? '',
        summary: `${request.method} ${withoutPeople(target.path)}`,
      });
    };
    try {
      connection = connectionFor(caller, name, connections);
      const admitted = admitCall(request, caller, connection, target, {
        budgetMs,
        signInMs: response.locals.signInMs,
      });
      end(endingOf(await answerCall(request, response, admitted, traceOf(response), answerParts)));
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
