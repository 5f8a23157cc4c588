/** Who a token acts as, and where: asked of the upstream itself. */
import type { Secret } from '../secret.ts';
import type { Answer } from '../transport/exchange.ts';
import type { Provider } from './connection.ts';

export interface UpstreamIdentity {
  organizationId?: string;
  /** User or client. */
  actsAs?: string;
}

/** Path that tells; undefined where the upstream has none that is known. */
export const IDENTITY_PATH: Readonly<Record<Provider, string | undefined>> = {
  salesforce: '/services/oauth2/userinfo',
  purecloud: '/api/v2/tokens/me',
  other: undefined,
};

/** The text at this place of an answer, where there is one that is not empty. */
export function textAt(json: unknown, ...path: string[]): string | undefined {
  let value = json;
  for (const name of path)
    value =
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Pure; undefined where the answer does not tell. */
export function readIdentity(
  provider: Provider,
  answer: Pick<Answer, 'status' | 'body'>,
): UpstreamIdentity | undefined {
  if (answer.status !== 200) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(answer.body);
  } catch {
    return undefined;
  }
  const [organizationId, actsAs] =
    provider === 'salesforce'
      ? [textAt(json, 'organization_id'), textAt(json, 'preferred_username')]
      : [textAt(json, 'organization', 'id'), textAt(json, 'OAuthClient', 'name')];
  if (organizationId === undefined) return undefined;
  return actsAs === undefined ? { organizationId } : { organizationId, actsAs };
}

export function identityRequest(base: URL, path: string, token: Secret) {
  const url = new URL(`${base.pathname.replace(/\/$/, '')}${path}`, base);
  const headers = { authorization: `Bearer ${token.reveal()}`, accept: 'application/json' };
  return { method: 'GET', url, headers, body: '' };
}
