/** A bearer token request as a line of the activity: how it ended, and never what was sent. Pure. */
import { BridgeError } from '../errors.ts';
import type { ActivityEntry } from '../telemetry/activity.ts';
import type { BearerTokenOutcome } from './execute.ts';

/** One that ended without an outcome: refused by the egress policy, or given up by a caller who left when it may have been sent. */
export function activityOfError(error: unknown, correlationId: string): ActivityEntry {
  const result = error instanceof BridgeError ? error.code : 'Abandoned';
  return { kind: 'tokenRequest', result, correlationId };
}

export function activityOfOutcome(outcome: BearerTokenOutcome, correlationId: string): ActivityEntry {
  const { exitPath, answer, durationMs, upstreamCorrelationId, diagnosis } = outcome;
  return {
    kind: 'tokenRequest',
    result: exitPath,
    durationMs,
    correlationId,
    ...(answer === undefined ? {} : { status: answer.status }),
    ...(upstreamCorrelationId === undefined ? {} : { upstreamCorrelationId }),
    ...(diagnosis === undefined ? {} : { summary: `${diagnosis.code}: ${diagnosis.title}` }),
  };
}
