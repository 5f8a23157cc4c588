/** What of a connection will stop working, when, and the way out. Pure. */
import type { GrantType } from '../bearer/grant-types.ts';
import type { Provider } from './connection.ts';

export interface Deprecation {
  code: string;
  title: string;
  /** Date from which it must be expected to fail, where one is announced. */
  endsOn?: string;
  detail: string;
  remedy: string;
}

const GRANT_LADDER =
  'POST /v1/connections/{name}/grant-ladder tries the new way beside the old one and switches when you say so.';

const SALESFORCE_PASSWORD: Deprecation = {
  code: 'password_grant_ends',
  title: 'Salesforce is switching off the username-password flow',
  endsOn: '2027-02-20',
  detail:
    'Salesforce announced the end of the flow for connected apps with Winter ’27; enforcement is expected from 20 February 2027 (Spring ’27). It is already blocked in orgs created since Summer ’23, and External Client Apps never had it.',
  remedy: `Move to client_credentials with a Run As user on your My Domain, or to a JWT with a certificate. ${GRANT_LADDER}`,
};

const PURECLOUD_PASSWORD: Deprecation = {
  code: 'password_grant_unknown',
  title: 'PureCloud has no password grant for API clients',
  detail: 'PureCloud gives tokens to services by client_credentials only.',
  remedy: `Make an OAuth client of type Client Credentials in PureCloud and use its id and secret. ${GRANT_LADDER}`,
};

const OTHER_PASSWORD: Deprecation = {
  code: 'password_grant_discouraged',
  title: 'The password grant is on its way out',
  detail: 'RFC 9700 §2.4 says that it must not be used, and OAuth 2.1 leaves it out.',
  remedy: `Ask the operator of the upstream for client_credentials or a JWT. ${GRANT_LADDER}`,
};

/** Undefined: nothing of it is known to end. */
export function deprecationOf(connection: {
  provider: Provider;
  grantType: GrantType;
}): Deprecation | undefined {
  if (connection.grantType !== 'password') return undefined;
  if (connection.provider === 'salesforce') return SALESFORCE_PASSWORD;
  return connection.provider === 'purecloud' ? PURECLOUD_PASSWORD : OTHER_PASSWORD;
}
