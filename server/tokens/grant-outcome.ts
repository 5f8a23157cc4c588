/** How a bearer token request ended -> how a grant ended. Pure. */
import type { BearerTokenOutcome } from '../bearer/execute.ts';
import { present } from '../present.ts';
import {
  classifyFailure,
  type GrantFailure,
  type GrantOutcome,
  type RefusalOutcome,
} from './failure-class.ts';

type Told = Pick<RefusalOutcome, 'retryAfter' | 'date'>;

/**
 * What the upstream itself said no with, however much of its answer could be read: a 401 that is cut off, or packed in a way that nobody
 * reads, is as much of a refusal as a whole one, and to ask again could lock a user out. So is one whose status says that all is well.
 */
function refusalOf({ fault, refusal, answer }: BearerTokenOutcome, told: Told): RefusalOutcome | undefined {
  const { status } = answer ?? {};
  if (status === undefined || fault?.details.atProxy === true) return undefined;
  const error = refusal?.error;
  const refused: RefusalOutcome = {
    kind: 'refusal',
    status,
    ...present<{ error?: string }>({ error }),
    ...told,
  };
  if (status >= 300) return fault === undefined || status < 500 ? refused : undefined;
  return error !== undefined && classifyFailure(refused) !== 'protocol' ? refused : undefined;
}

function failureOf(outcome: BearerTokenOutcome): GrantFailure {
  const { exitPath, fault, refusal, diagnosis } = outcome;
  const diagnosed = present<Pick<GrantFailure, 'diagnosis'>>({ diagnosis });
  const told = present<Told>({ retryAfter: outcome.retryAfter, date: outcome.upstreamDate });
  const refused = refusalOf(outcome, told);
  if (refused?.status === 429) return { kind: 'throttled', ...told, ...diagnosed };
  if (refused !== undefined) return { ...refused, ...diagnosed };
  if (fault !== undefined && exitPath !== 'Success' && exitPath !== 'Failure') {
    return { kind: 'network', exitPath, fault: fault.fault, ...diagnosed };
  }
  return { kind: 'protocol', reason: fault?.fault ?? refusal?.reason ?? 'unknown', ...diagnosed };
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
