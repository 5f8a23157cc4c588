/** What an upstream said, with the secrets of the request and the token taken out. Pure. */
import type { Redactor } from '../telemetry/redaction.ts';
import type { BearerToken, TokenAnswer } from './response.ts';

/** RFC 6749 has short codes and sentences; who sends more is not quoted at length. */
const ERROR_BYTES_MAX = 200;
const DESCRIPTION_BYTES_MAX = 1000;

export type Refusal = Extract<TokenAnswer, { outcome: 'refused' }>;

export function redactedRefusal(refusal: Refusal, redactor: Redactor): Refusal {
  const { error, errorDescription } = refusal;
  return {
    ...refusal,
    ...(error === undefined ? {} : { error: redactor.truncated(error, ERROR_BYTES_MAX) }),
    ...(errorDescription === undefined
      ? {}
      : { errorDescription: redactor.truncated(errorDescription, DESCRIPTION_BYTES_MAX) }),
  };
}

/** The host stays as it came, since calls go there: a password may well be a part of its name by chance. */
function redactedAddress(address: string, redactor: Redactor): string {
  const url = URL.parse(address);
  if (url === null || url.origin === 'null') return redactor.text(address);
  const rest = `${url.pathname}${url.search}${url.hash}`;
  return redactor.text(rest) === rest ? address : `${url.origin}${redactor.text(rest)}`;
}

/** Beside the token, all that came with it is foreign text. */
export function redactedToken(token: BearerToken, redactor: Redactor): BearerToken {
  const { tokenType, expiresIn, instanceUrl, scope } = token;
  return {
    ...token,
    tokenType: redactor.truncated(tokenType, ERROR_BYTES_MAX),
    expiresIn: typeof expiresIn === 'string' ? redactor.truncated(expiresIn, ERROR_BYTES_MAX) : expiresIn,
    ...(instanceUrl === undefined ? {} : { instanceUrl: redactedAddress(instanceUrl, redactor) }),
    ...(scope === undefined ? {} : { scope: redactor.truncated(scope, DESCRIPTION_BYTES_MAX) }),
  };
}
