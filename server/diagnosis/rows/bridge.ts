/** Rows about what the bridge itself answers: one for each code of the catalogue of errors, with causes to it. Pure. */
import { ERROR_CATALOGUE } from '../../errors.ts';
import type { ErrorCode } from '../../errors.ts';
import type { OutcomeRow } from '../diagnosis-row.ts';
import type { Evidence } from '../evidence.ts';

/** A code that is not in this table does not compile. */
const CAUSES: Record<ErrorCode, readonly string[]> = {
  invalid_request: [
    'A member of the request is missing, misspelt or has the wrong type.',
    'The body is no JSON.',
  ],
  caller_unauthenticated: [
    'The key of the bridge is missing, misspelt, expired or was rotated.',
    'The principal of the External Credential has no key yet.',
  ],
  caller_forbidden: [
    'The caller lacks the permission for this.',
    'Its proxyRules do not allow this method and path.',
  ],
  egress_denied: [
    'The host is not on the list of those the bridge may call.',
    'The name resolves to a private or loopback address.',
  ],
  not_found: ['The path or the name is misspelt.', 'The caller may not know that it exists.'],
  conflict: ['Someone else changed it in between.', 'It already exists, or is in use.'],
  body_too_large: ['The body is larger than this path takes.'],
  unsupported_media_type: ['The Content-Type header names a format the bridge does not read.'],
  rate_limited: ['This caller or the connection has used its requests for now.'],
  internal_error: ['A fault in the bridge.'],
  unknown_host: [
    'The host in the URL is misspelt, or the region of the connection is wrong.',
    'The name server of the machine does not answer.',
  ],
  connection_failure: [
    'The host refuses connections or cannot be reached.',
    'Its certificate was refused.',
    'A forward proxy or firewall stands in between.',
  ],
  upstream_failure: [
    'The upstream answered with an error.',
    'The upstream answered with something that is no token.',
  ],
  upstream_auth_failed: [
    'The client was disabled in the upstream.',
    'Its roles or its user were taken away.',
  ],
  credential_rejected: [
    'The secret or password was replaced in the upstream.',
    'The client is of another region or org.',
    'The upstream has locked out the user.',
  ],
  unavailable: [
    'The bridge is shutting down or starting.',
    'Its database is away and no token is in its memory.',
  ],
  upstream_timeout: ['The upstream is slow or overloaded.', 'The time that the caller allows is short.'],
};

/** The bridge's own sign-in for External Credentials answers in the shape of OAuth, without a code of the catalogue. */
function isRefusedBySignIn({ request, error }: Evidence): boolean {
  return (
    error === 'invalid_client' && /^\/login\/[\w-]{1,63}\/oauth\/token$/.test(request?.url?.pathname ?? '')
  );
}

export const BRIDGE_ROWS: readonly OutcomeRow[] = (Object.keys(ERROR_CATALOGUE) as ErrorCode[]).map(
  (code) => ({
    code,
    title: ERROR_CATALOGUE[code].title,
    causes: CAUSES[code],
    remedy: ERROR_CATALOGUE[code].remedy,
    when: (evidence) =>
      evidence.answer?.bridgeCode === code ||
      evidence.text === code ||
      (code === 'caller_unauthenticated' && isRefusedBySignIn(evidence)),
  }),
);
