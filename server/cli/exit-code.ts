/** Exit codes of the CLI, contract §9, and which one an ending has. Pure. */
import type { BearerTokenOutcome } from '../bearer/execute.ts';
import type { RunEndCode } from '../campaigns/explain-run-code.ts';
import { FAULTS_TO_PUT_RIGHT } from '../database/opening-faults.ts';
import type { BridgeError, ErrorCode } from '../errors.ts';

export const EXIT_CODE = {
  clean: 0,
  unexpected: 1,
  usage: 2,
  signInRefused: 3,
  permissionMissing: 4,
  upstreamUnreachable: 5,
  finishedWithFailedRows: 6,
  limitReached: 8,
  interrupted: 130,
} as const;

/** An OAuth error, or any 400 or 401 of a token endpoint, is the sign-in being refused; the rest is an upstream that is not itself. */
export function exitCodeOfOutcome(
  outcome: Pick<BearerTokenOutcome, 'exitPath' | 'refusal' | 'answer'>,
): number {
  if (outcome.exitPath === 'Success') return EXIT_CODE.clean;
  if (outcome.exitPath !== 'Failure') return EXIT_CODE.upstreamUnreachable;
  const status = outcome.answer?.status;
  if (status === 429) return EXIT_CODE.limitReached;
  if (outcome.refusal?.error !== undefined || status === 400 || status === 401)
    return EXIT_CODE.signInRefused;
  return status === 403 ? EXIT_CODE.permissionMissing : EXIT_CODE.upstreamUnreachable;
}

const EXIT_CODE_OF_ERROR: Partial<Record<ErrorCode, number>> = {
  invalid_request: EXIT_CODE.usage,
  egress_denied: EXIT_CODE.usage,
  not_found: EXIT_CODE.usage,
  conflict: EXIT_CODE.usage,
  caller_unauthenticated: EXIT_CODE.signInRefused,
  credential_rejected: EXIT_CODE.signInRefused,
  upstream_auth_failed: EXIT_CODE.signInRefused,
  caller_forbidden: EXIT_CODE.permissionMissing,
  rate_limited: EXIT_CODE.limitReached,
  unknown_host: EXIT_CODE.upstreamUnreachable,
  connection_failure: EXIT_CODE.upstreamUnreachable,
  upstream_failure: EXIT_CODE.upstreamUnreachable,
  upstream_timeout: EXIT_CODE.upstreamUnreachable,
  unavailable: EXIT_CODE.upstreamUnreachable,
};

/** Someone has to put it right where the bridge runs: trying again does not help, and nothing is wrong with an upstream. */
const REASONS_TO_PUT_RIGHT: ReadonlySet<unknown> = new Set([
  ...FAULTS_TO_PUT_RIGHT,
  'newer',
  'keyFile',
  'secret_unreadable',
]);

export function exitCodeOfError(error: BridgeError): number {
  if (REASONS_TO_PUT_RIGHT.has(error.options.details?.reason)) return EXIT_CODE.usage;
  return EXIT_CODE_OF_ERROR[error.code] ?? EXIT_CODE.unexpected;
}

/** Undefined: a code that decides nothing by itself, such as one of a diagnosis. */
export function exitCodeOfCode(code: string): number | undefined {
  return (EXIT_CODE_OF_ERROR as Partial<Record<string, number>>)[code];
}

/** Faults of a run that are put right in the sync are configuration; the rest is named. */
const EXIT_CODE_OF_RUN_FAULT: Record<RunEndCode, number> = {
  campaign_not_found: EXIT_CODE.usage,
  campaign_empty: EXIT_CODE.usage,
  field_unknown: EXIT_CODE.usage,
  field_not_writable: EXIT_CODE.permissionMissing,
  member_status_unknown: EXIT_CODE.usage,
  result_mapped_twice: EXIT_CODE.usage,
  contact_list_not_found: EXIT_CODE.usage,
  contact_list_mismatch: EXIT_CODE.usage,
  members_out_of_order: EXIT_CODE.unexpected,
  sync_changed: EXIT_CODE.usage,
  contacts_refused: EXIT_CODE.finishedWithFailedRows,
  cancelled: EXIT_CODE.interrupted,
};

export interface EndedRun {
  status: string;
  counts: { failed: number };
  failure?: { code: string } | undefined;
}

/** A run that someone paused or cancelled was interrupted, and what it had done is kept. */
export function exitCodeOfRun({ status, counts, failure }: EndedRun): number {
  if (failure !== undefined) {
    const known: Partial<Record<string, number>> = { ...EXIT_CODE_OF_ERROR, ...EXIT_CODE_OF_RUN_FAULT };
    return known[failure.code] ?? EXIT_CODE.unexpected;
  }
  if (status === 'Paused') return EXIT_CODE.interrupted;
  if (status === 'Part failed' || counts.failed > 0) return EXIT_CODE.finishedWithFailedRows;
  return status === 'Healthy' || status === 'Running' ? EXIT_CODE.clean : EXIT_CODE.unexpected;
}
