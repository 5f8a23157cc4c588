/** The grants that a bearer token request can name. */

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

export const GRANT_TYPES = ['client_credentials', 'password', JWT_BEARER] as const;
export type GrantType = (typeof GRANT_TYPES)[number];
