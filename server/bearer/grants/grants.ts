/** Every grant by its name. A new grant is one file beside this one and one line here. */
import { JWT_BEARER, type GrantType } from '../grant-types.ts';
import type { BearerTokenRequest } from '../request.ts';
import type { TokenHttpRequest } from '../token-http-request.ts';
import { clientCredentials } from './client-credentials.ts';
import { jwtBearer } from './jwt-bearer.ts';
import { password } from './password.ts';

/** Inputs -> HTTP request. The same inputs at the same moment give the same bytes. */
export type Grant = (
  request: BearerTokenRequest,
  nowMs: number,
) => TokenHttpRequest | Promise<TokenHttpRequest>;

export const GRANTS: Record<GrantType, Grant> = {
  client_credentials: clientCredentials,
  password,
  [JWT_BEARER]: jwtBearer,
};
