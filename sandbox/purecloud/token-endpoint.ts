/** PureCloud's `POST /oauth/token`: client credentials as Basic, every refusal a 400 with three members. */
import type { RequestHandler, Response } from 'express';
import { parseBasic } from '../basic-credentials.ts';
import type { Faults } from '../faults.ts';
import { formOf } from '../form-body.ts';
import type { PureCloudClient, PureCloudState } from './purecloud-state.ts';

/** Grant types PureCloud knows; a client is made for one of them. The error text says `client_credential`, without the s. */
const GRANT_TYPE_NAMES: Readonly<Record<string, string>> = {
  client_credentials: 'client_credential',
  authorization_code: 'authorization_code',
  password: 'password',
  'urn:ietf:params:oauth:grant-type:saml2-bearer': 'saml2_bearer',
};

export type SignInDecision = { client: PureCloudClient } | { error: string; description: string };

export interface TokenEndpointOptions {
  state: PureCloudState;
  faults: Faults;
  /** Text for a client id that does not exist. Older answers say `client not found`, newer ones `authentication failed`. */
  unknownClientDescription: string;
}

/**
 * Who signs in, or why not. Pure.
 * The texts for a missing grant type, a malformed header and a client that is not active are assumptions: PureCloud's are not published.
 */
function decideSignIn(
  authorization: string | undefined,
  form: URLSearchParams | undefined,
  clients: ReadonlyMap<string, PureCloudClient>,
  unknownClientDescription: string,
): SignInDecision {
  const grantType = form?.get('grant_type') ?? '';
  if (grantType === '') return refusal('invalid_request', 'grant_type is required');
  const credentials = parseBasic(authorization);
  if (!credentials) return refusal('invalid_request', 'a Basic authorization header is required');
  const client = clients.get(credentials.id);
  if (!client) return refusal('invalid_client', unknownClientDescription);
  if (client.secret.reveal() !== credentials.secret || client.state !== 'active') {
    return refusal('invalid_client', 'authentication failed');
  }
  const name = GRANT_TYPE_NAMES[grantType];
  if (name === undefined)
    return refusal('unsupported_grant_type', `grant type ${grantType} is not supported`);
  if (client.grantType !== grantType || grantType !== 'client_credentials') {
    return refusal('unauthorized_client', `client is not authorized to use the ${name} grant type`);
  }
  return { client };
}

function refusal(error: string, description: string): SignInDecision {
  return { error, description };
}

export function createTokenEndpoint({
  state,
  faults,
  unknownClientDescription,
}: TokenEndpointOptions): RequestHandler {
  return (req, res) => {
    res.set({ 'Cache-Control': 'no-store', Pragma: 'no-cache' });
    const { authorization } = req.headers;
    const decision = decideSignIn(authorization, formOf(req), state.clients, unknownClientDescription);
    if ('client' in decision) sendToken(res, state, faults, decision.client);
    else res.status(400).json({ ...decision, error_description: decision.description });
  };
}

/** `expires_in` is one second short of the client's validity, as seen on the real endpoint. */
function sendToken(res: Response, state: PureCloudState, faults: Faults, client: PureCloudClient): void {
  const odd = faults.take('signIn', ['expiresIn']);
  const expiresIn = odd ? odd.value : client.accessTokenValiditySeconds - 1;
  res.json({
    access_token: state.issueToken(client).value,
    token_type: 'bearer',
    expires_in: expiresIn,
  });
}
