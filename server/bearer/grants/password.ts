/** Resource owner password credentials grant, RFC 6749 §4.3: the older way into Salesforce, which is closing it. Pure. */
import type { BearerTokenRequest } from '../request.ts';
import { toTokenHttpRequest, type TokenHttpRequest } from '../token-http-request.ts';

export function password(request: BearerTokenRequest): TokenHttpRequest {
  return toTokenHttpRequest(request, [
    ['grant_type', 'password'],
    ['username', request.username],
    ['password', request.password],
    ['scope', request.scope],
  ]);
}
