/** How a bearer token request ended -> how a grant ended. Pure. */
import type { BearerTokenOutcome } from '../bearer/execute.ts';
import { present } from '../present.ts';
import type { GrantFailure, GrantOutcome } from './failure-class.ts';

function failureOf(outcome: BearerTokenOutcome): GrantFailure {
  const { exitPath, fault, refusal, answer, diagnosis } = outcome;
  const status = answer?.status;
  const diagnosed = present<Pick<GrantFailure, 'diagnosis'>>({ diagnosis });
  if (fault !== undefined && exitPath !== 'Success' && exitPath !== 'Failure') {
    return { kind: 'network', exitPath, fault: fault.fault, ...diagnosed };
  }
  const told = present<{ retryAfter?: string; date?: string }>({
    retryAfter: outcome.retryAfter,
    date: outcome.upstreamDate,
  });
  if (status === 429) return { kind: 'throttled', ...told, ...diagnosed };
  if (refusal === undefined || status === undefined || (status >= 200 && status < 300)) {
    return { kind: 'protocol', reason: fault?.fault ?? refusal?.reason ?? 'unknown', ...diagnosed };
  }
  return {
    kind: 'refusal',
    status,
    ...present<{ error?: string }>({ error: refusal.error }),
    ...told,
    ...diagnosed,
  };
}

/** `requestStartedMonotonicMs` is only as good as the clock: the request must run on the broker's. */
export function toGrantOutcome(outcome: BearerTokenOutcome): GrantOutcome {
  const { token } = outcome;
  if (token === undefined) return failureOf(outcome);
  return {
    kind: 'token',
    accessToken: token.accessToken,
    tokenType: token.tokenType,
    expiresIn: token.expiresIn,
    requestStartedMonotonicMs: outcome.startedAtMonotonicMs,
    ...present<{ instanceUrl?: string; date?: string }>({
      instanceUrl: token.instanceUrl,
      date: outcome.upstreamDate,
    }),
  };
}
