/** A bearer token request as a line of the activity: how it ended, and never what was sent. Pure. */
import type { ActivityEntry } from '../telemetry/activity.ts';
import type { BearerTokenOutcome } from './execute.ts';

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
