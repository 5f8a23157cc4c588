/** Everything Salesforce's token endpoint says instead of a token. Always HTTP 400. */

export interface Refusal {
  error: string;
  error_description: string;
}

/**
 * `authentication failure` is the one text for a wrong password or security token, a locked or frozen user,
 * a refused address and a blocked password flow: only the org's Login History tells them apart.
 * The texts of the last five are assumptions; their codes are documented.
 */
export const REFUSALS = {
  authenticationFailure: { error: 'invalid_grant', error_description: 'authentication failure' },
  unknownClient: { error: 'invalid_client_id', error_description: 'client identifier invalid' },
  wrongSecret: { error: 'invalid_client', error_description: 'invalid client credentials' },
  wrongDomain: { error: 'invalid_grant', error_description: 'request not supported on this domain' },
  noRunAsUser: { error: 'invalid_grant', error_description: 'no client credentials user enabled' },
  wrongAudience: { error: 'invalid_grant', error_description: 'Audience validation failed' },
  notPreauthorized: { error: 'invalid_grant', error_description: "user hasn't approved this consumer" },
  appNotInstalled: {
    error: 'app_not_found',
    error_description: 'External client app is not installed in this org',
  },
  grantType: { error: 'unsupported_grant_type', error_description: 'grant type not supported' },
  expiredRefreshToken: { error: 'invalid_grant', error_description: 'expired access/refresh token' },
  invalidAssertion: { error: 'invalid_grant', error_description: 'invalid assertion' },
  inactiveUser: { error: 'inactive_user', error_description: 'user is inactive' },
  inactiveOrg: { error: 'inactive_org', error_description: 'organization is inactive' },
  rateLimit: { error: 'rate_limit_exceeded', error_description: 'login rate exceeded' },
  invalidRequest: { error: 'invalid_request', error_description: 'required parameter missing' },
} as const satisfies Record<string, Refusal>;
