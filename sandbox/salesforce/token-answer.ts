/** The answer that carries a token, in the members each grant has. Pure. */
import { createHmac } from 'node:crypto';
import { JWT_BEARER } from './grants.ts';
import type { GrantType } from './grants.ts';
import type { SalesforceSession } from './salesforce-state.ts';

export type TokenAnswer = Record<string, string>;

/**
 * No grant has `expires_in`. `issued_at` is a string of epoch milliseconds;
 * `signature` is an HMAC-SHA256 in Base64, key the client secret, over `id` and `issued_at` joined.
 */
export function toTokenAnswer(
  session: SalesforceSession,
  grantType: GrantType,
  baseUrl: string,
  organizationId: string,
): TokenAnswer {
  const id = `${baseUrl}/id/${organizationId}/${session.user.userId}`;
  const issuedAt = String(session.issuedAtMs);
  const token = { access_token: session.value };
  const place = { instance_url: baseUrl, id, token_type: 'Bearer' };
  if (grantType === JWT_BEARER) return { ...token, scope: session.scope, ...place };
  const signature = createHmac('sha256', session.app.clientSecret.reveal())
    .update(id + issuedAt)
    .digest('base64');
  if (grantType === 'password') return { ...token, ...place, issued_at: issuedAt, signature };
  return {
    ...token,
    signature,
    scope: session.scope,
    ...place,
    issued_at: issuedAt,
    api_instance_url: 'https://api.salesforce.com',
  };
}
