/** Everything the rows of the table may look at, read once from the facts. Pure. */
import type { CertificateFault } from '../transport/transport-error.ts';
import type { DiagnosedSystem, DiagnosisFacts } from './facts.ts';
import { faultInText } from './fault-in-text.ts';
import { normaliseText } from './normalise.ts';
import { errorInText, readAnswer } from './read-answer.ts';
import type { AnswerReading } from './read-answer.ts';
import { readRequest } from './read-request.ts';
import type { RequestReading } from './read-request.ts';
import { createScrub } from './scrub.ts';

/** Makes foreign text fit to be shown. Without one nothing an upstream said is quoted. */
export type Redact = (text: string) => string;

export interface Evidence {
  system: DiagnosedSystem;
  request: RequestReading | undefined;
  answer: AnswerReading | undefined;
  fault: DiagnosisFacts['fault'];
  status: number | undefined;
  /** Machine-readable code, lower case, from the answer or else from the text. Empty when there is none. */
  error: string;
  /** Normalised words of answer and text, to look for phrases in. */
  words: string;
  /** The part of `words` that came as plain text. */
  text: string;
  /** Something of the request, fit to be shown: scrubbed of secrets and short. */
  quote: (text: string) => string;
  /** Something that an upstream said, redacted; nothing without a redactor. */
  quoteUpstream: (text: string) => string | undefined;
}

const QUOTE_CHARS_MAX = 200;

function singleLine(text: string): string {
  const line = text.replaceAll(/[\p{C}\s]+/gu, ' ').trim();
  return line.length <= QUOTE_CHARS_MAX ? line : `${line.slice(0, QUOTE_CHARS_MAX)}…`;
}

const SALESFORCE_PHRASES =
  /authentication failure|client identifier invalid|invalid client credentials|request not supported on this domain|no client credentials user|user hasn't approved|external client app|username-password flow|ip restricted|login history|expired access\/refresh token/;
const SALESFORCE_ERRORS =
  /^(?:invalid_client_id|invalid_client_credentials|app_not_found|inactive_user|inactive_org|rate_limit_exceeded|invalid_login|invalid_session_id|request_limit_exceeded|unable_to_lock_row|api_disabled_for_org|api_currently_disabled|oauth_approval_error_generic|insufficient_access|invalid_field|server_unavailable|invalid_operation_with_expired_password)/;
const PURECLOUD_PHRASES =
  /purecloud|genesys|client_credential grant type|requires a user context|authentication failed|client not found/;
const PURECLOUD_ERRORS = /^[a-z]+(?:\.[a-z]+)+$|^contact_columns_limit_exceeded$/;

function systemInWords(error: string, words: string): DiagnosedSystem {
  if (SALESFORCE_ERRORS.test(error) || SALESFORCE_PHRASES.test(words)) return 'salesforce';
  if (PURECLOUD_ERRORS.test(error) || PURECLOUD_PHRASES.test(words)) return 'purecloud';
  return /system\.\w{1,40}exception|setup->security|callout/.test(words) ? 'apex' : 'unknown';
}

function systemOf(
  facts: DiagnosisFacts,
  request: RequestReading | undefined,
  answer: AnswerReading | undefined,
  error: string,
  words: string,
): DiagnosedSystem {
  if (facts.system !== undefined && facts.system !== 'unknown') return facts.system;
  const asked = request?.system ?? 'unknown';
  if (asked === 'purecloud' || asked === 'salesforce') return asked;
  // The bridge passes on what an upstream said: the shape of the answer then tells who spoke.
  if (answer !== undefined && answer.shape !== 'other') return answer.shape;
  const spoke = systemInWords(error, words);
  return spoke === 'unknown' ? asked : spoke;
}

export function createEvidence(facts: DiagnosisFacts, redact?: Redact): Evidence {
  const request = facts.request === undefined ? undefined : readRequest(facts.request, facts.system);
  const answer = facts.answer === undefined ? undefined : readAnswer(facts.answer);
  const text = normaliseText(facts.text ?? '');
  const words = `${answer?.description ?? ''} ${text}`.trim();
  const error = answer === undefined || answer.error === '' ? errorInText(text) : answer.error;
  const scrub = createScrub(request);
  return {
    system: systemOf(facts, request, answer, error, words),
    request,
    answer,
    fault: facts.fault ?? (answer?.status === undefined ? faultInText(text) : undefined),
    status: answer?.status,
    error,
    words,
    text,
    quote: (value) => singleLine(scrub(value)),
    quoteUpstream: (value) => (redact === undefined ? undefined : singleLine(scrub(redact(value)))),
  };
}

export function unforgivenFaults(evidence: Evidence): readonly CertificateFault[] {
  const details = evidence.fault?.details;
  return details?.unforgiven ?? details?.faults ?? [];
}
