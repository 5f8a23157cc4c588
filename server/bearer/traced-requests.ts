/** Bearer token requests, each with a span of its own: how it was asked, where, and how it ended. */
import type { Traces } from '../telemetry/traces.ts';
import type { BearerTokenRequests } from './execute.ts';

export function traceGrants(requests: BearerTokenRequests, traces: Traces): BearerTokenRequests {
  if (!traces.isOn) return requests;
  return {
    async execute(request, options) {
      const attributes = {
        'server.address': new URL(request.url).hostname,
        'bridge.grant_type': request.grantType,
      };
      const span = traces.start('grant', { kind: 'client', attributes });
      try {
        const outcome = await requests.execute(request, options);
        const { exitPath, answer } = outcome;
        const status = answer === undefined ? {} : { 'http.response.status_code': answer.status };
        span.end({ 'bridge.exit_path': exitPath, ...status }, exitPath !== 'Success');
        return outcome;
      } catch (error) {
        span.end({}, true);
        throw error;
      }
    },
  };
}
