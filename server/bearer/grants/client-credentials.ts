/** Client credentials grant, RFC 6749 §4.4: what PureCloud, and Salesforce with a Run As user, ask for. Pure. */
import type { BearerTokenRequest } from '../request.ts';
import { toTokenHttpRequest, type TokenHttpRequest } from '../token-http-request.ts';

export function clientCredentials(request: BearerTokenRequest): TokenHttpRequest {
  return toTokenHttpRequest(request, [
    ['grant_type', 'client_credentials'],
    ['scope', request.scope],
  ]);
}
