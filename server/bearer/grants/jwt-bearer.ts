/** JWT bearer grant, RFC 7523 §2.1, signed with RS256. Pure: the moment comes in from outside. */
import { createPrivateKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { JWT_BEARER } from '../grant-types.ts';
import type { BearerTokenRequest } from '../request.ts';
import { toTokenHttpRequest, type TokenHttpRequest } from '../token-http-request.ts';

/** Salesforce refuses an assertion that ends more than 5 minutes ahead; 3 leave room for a clock that is off. */
const ASSERTION_LIFETIME_SECONDS = 180;

/** @param nowMs Epoch milliseconds. */
export async function jwtBearer(request: BearerTokenRequest, nowMs: number): Promise<TokenHttpRequest> {
  const assertion = await new SignJWT()
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(request.clientId!)
    .setSubject(request.subject!)
    .setAudience(request.audience!)
    .setExpirationTime(Math.floor(nowMs / 1000) + ASSERTION_LIFETIME_SECONDS)
    .sign(createPrivateKey(request.privateKey!.reveal()));
  return toTokenHttpRequest(request, [
    ['grant_type', JWT_BEARER],
    ['assertion', assertion],
    ['scope', request.scope],
  ]);
}
