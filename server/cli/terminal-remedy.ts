/** Remedies of errors as they fit a person at a terminal, who sees no header and no member of an answer. Pure. */
import { ERROR_CATALOGUE, type ErrorCode } from '../errors.ts';

const OWN_REMEDY: Partial<Record<ErrorCode, string>> = {
  invalid_request: 'correct what is named above, and run the command again',
  caller_unauthenticated:
    'Set PCBRIDGE_KEY to an API key of the bridge, or say where it is with --key-from env:NAME, file:PATH or prompt.',
  rate_limited: 'the same command again in a minute',
  unavailable: 'the same command again in a few seconds',
  upstream_timeout: 'the same command again; the bridge goes on with the sign-in meanwhile',
};

/** @param remedy Of the bridge; one that is not that of every such error knows more. */
export function remedyAtTerminal(code: ErrorCode, remedy: string, retryAfterSeconds?: number): string {
  if (retryAfterSeconds !== undefined && remedy.includes('Retry-After'))
    return `the same command again in ${retryAfterSeconds} s`;
  const isOfAll = remedy === ERROR_CATALOGUE[code].remedy || code === 'caller_unauthenticated';
  return isOfAll ? (OWN_REMEDY[code] ?? remedy) : remedy;
}
