/** POST /v1/bearer-token-requests: one execution of a grant, never cached. */
import { bearerTokenAnswerSchema, toBearerTokenAnswer } from '../bearer/answer.ts';
import type { BearerTokenRequests } from '../bearer/execute.ts';
import { bearerTokenRequestSchema, parseBearerTokenRequest } from '../bearer/request.ts';
import type { ActivityStore } from '../telemetry/activity.ts';
import { activityOfError, activityOfOutcome } from '../bearer/activity-of-outcome.ts';
import type { Route } from './route.ts';

export interface BearerTokenRequestRouteParts {
  bearerTokenRequests: BearerTokenRequests;
  activity: Pick<ActivityStore, 'record'>;
}

export function bearerTokenRequestRoute({ bearerTokenRequests, activity }: BearerTokenRequestRouteParts) {
  return {
    method: 'post',
    path: '/v1/bearer-token-requests',
    operationId: 'requestBearerToken',
    tag: 'Bearer token requests',
    summary: 'Run one bearer token request',
    description:
      'Runs the grant once and tells how it ended: Success, UnknownHost, Timeout, ConnectionFailure or Failure, the last four with a diagnosis. The answer is 200 whenever the request was executed. Sent again it is executed again, also under the same Idempotency-Key: a token that was kept for that long may have ended.',
    permission: 'request',
    body: {
      schema: bearerTokenRequestSchema,
      required: true,
      example: {
        url: 'https://login.mypurecloud.com/oauth/token',
        clientId: 'your-client-id',
        clientSecret: 'your-client-secret',
      },
    },
    answers: {
      200: {
        description: 'The request was executed; exitPath tells how it ended.',
        schema: bearerTokenAnswerSchema,
      },
    },
    async handle({ body, caller, correlationId, leaving }) {
      const request = parseBearerTokenRequest(body);
      const outcome = await bearerTokenRequests
        .execute(request, { correlationId, signal: leaving })
        .catch((error: unknown) => {
          activity.record({ ...activityOfError(error, correlationId), caller: caller.name });
          throw error;
        });
      activity.record({ ...activityOfOutcome(outcome, correlationId), caller: caller.name });
      return toBearerTokenAnswer(outcome, correlationId);
    },
  } satisfies Route;
}
