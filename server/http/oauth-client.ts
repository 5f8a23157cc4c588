/** RFC 6749 at the edge: how a client identifies itself, and how an error reads for one. Pure. */
import { z } from 'zod';
import { BridgeError, type ErrorCode } from '../errors.ts';
import { isBasic, presentedKeys, type PresentedKey } from './presented-key.ts';
import { problemSchema } from './problem.ts';

/** RFC 6749 §5.2; the last two are those of §4.1.2.1, which clients know too. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_scope'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'server_error'
  | 'temporarily_unavailable';

/** Parameters that are not known are ignored (§3.2), so that a client may send more than we need. */
export const tokenFormSchema = z.object({
  grant_type: z.string().describe('Always client_credentials.'),
  scope: z.string().optional().describe('Name of the connection.'),
  client_id: z
    .string()
    .optional()
    .describe('Name of the caller, where it is not in the Authorization header.'),
  client_secret: z.string().optional().describe('API key of the caller, likewise.'),
});
export type TokenForm = z.output<typeof tokenFormSchema>;

export const oauthProblemSchema = problemSchema.extend({
  error: z.string().describe('Code of RFC 6749.'),
  error_description: z.string(),
  description: z.string().describe('The same, under the name that older PureCloud clients read.'),
});

/** A refusal with status 400, as §5.2 has all of them but that of the client itself. */
export function oauthRefusal(error: OAuthErrorCode, detail: string, remedy: string): BridgeError {
  return new BridgeError('invalid_request', { detail, remedy, details: { oauthError: error } });
}

const ERROR_OF_CODE: Readonly<Record<ErrorCode, OAuthErrorCode>> = {
  invalid_request: 'invalid_request',
  not_found: 'invalid_request',
  conflict: 'invalid_request',
  body_too_large: 'invalid_request',
  unsupported_media_type: 'invalid_request',
  caller_unauthenticated: 'invalid_client',
  caller_forbidden: 'unauthorized_client',
  rate_limited: 'temporarily_unavailable',
  unavailable: 'temporarily_unavailable',
  upstream_timeout: 'temporarily_unavailable',
  egress_denied: 'server_error',
  internal_error: 'server_error',
  unknown_host: 'server_error',
  connection_failure: 'server_error',
  upstream_failure: 'server_error',
  upstream_auth_failed: 'server_error',
  credential_rejected: 'server_error',
};

/** Only these signs may stand in an error_description (RFC 6749 §5.2). */
function describable(text: string): string {
  return text
    .replaceAll(/["“”’]/g, "'")
    .replaceAll('\\', '/')
    .replaceAll('…', '...')
    .replaceAll(/[^\x20-\x7e]/g, '?');
}

/** The members of RFC 6749 for any error; what to do stands in the description too, since most clients show nothing else. */
export function oauthMembers(error: BridgeError): Record<string, string> {
  const said = error.options.details?.oauthError;
  const remedy = error.options.remedy ?? error.entry.remedy;
  const text = describable(`${error.message.replace(/\.$/, '')}. ${remedy}`);
  return {
    error: typeof said === 'string' ? said : ERROR_OF_CODE[error.code],
    error_description: text,
    description: text,
  };
}

/**
 * The keys to try, from the Authorization header or the form; undefined: from the header, in a form of the bridge's own, or a certificate.
 * @throws BridgeError `invalid_request` where the client identifies itself in two ways, or in half of one.
 */
export function clientKeys(
  authorization: string | undefined,
  form: TokenForm,
): readonly PresentedKey[] | undefined {
  const { client_id: id, client_secret: secret } = form;
  if (authorization !== undefined) {
    if (secret !== undefined) {
      throw oauthRefusal(
        'invalid_request',
        'Client credentials came both in the Authorization header and in the body',
        'Send them in one of the two.',
      );
    }
    const keys = presentedKeys(authorization);
    const isOther = id !== undefined && isBasic(authorization) && !keys.some(({ name }) => name === id);
    if (!isOther) return keys;
    throw oauthRefusal(
      'invalid_request',
      'The client_id in the body is not the one in the Authorization header',
      'Leave client_id out of the body.',
    );
  }
  if (secret === undefined) return undefined;
  if (id !== undefined) return [{ name: id, key: secret }];
  throw oauthRefusal(
    'invalid_request',
    'client_id is missing',
    'Send the name of the caller as client_id and its API key as client_secret.',
  );
}
