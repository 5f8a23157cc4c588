/** A grant that failed -> the error that a caller gets. Pure. */
import type { ExitPath } from '../bearer/exit-path.ts';
import { BridgeError, type BridgeErrorOptions, type ErrorCode } from '../errors.ts';
import type { FailureClass } from './failure-class.ts';
import type { StoredFailure } from './token-store.ts';

const CODE_OF_EXIT_PATH: Record<NonNullable<StoredFailure['exitPath']>, ErrorCode> = {
  UnknownHost: 'unknown_host',
  Timeout: 'upstream_timeout',
  ConnectionFailure: 'connection_failure',
};

const CODE_OF_CLASS: Record<FailureClass, ErrorCode> = {
  credential: 'credential_rejected',
  config: 'credential_rejected',
  throttled: 'unavailable',
  transient: 'upstream_failure',
  protocol: 'upstream_failure',
  egress_denied: 'egress_denied',
};

const DETAIL_OF_CLASS: Partial<Record<FailureClass, string>> = {
  config:
    'The upstream did not accept how the connection asks for a token: its address, grant type, scope or form.',
  throttled: 'The upstream asks the connection to wait before it signs in again.',
  protocol: 'The upstream answered with something that is no token.',
};

/** A latched failure keeps the exit path that the Interaction Designer tool would have taken. */
function exitPathOf(failure: StoredFailure): ExitPath {
  return failure.exitPath ?? 'Failure';
}

export function secondsUp(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}

/** @param retryInMs What is left of the wait now; undefined where waiting does not help. */
export function failureError(failure: StoredFailure, retryInMs: number | undefined): BridgeError {
  const isNetwork = failure.class === 'transient' && failure.exitPath !== undefined;
  const code = isNetwork ? CODE_OF_EXIT_PATH[failure.exitPath!] : CODE_OF_CLASS[failure.class];
  const detail = failure.diagnosis?.title ?? DETAIL_OF_CLASS[failure.class];
  const options: BridgeErrorOptions = {
    details: { class: failure.class, failures: failure.failures, diagnosis: failure.diagnosis?.code },
  };
  if (failure.class !== 'egress_denied') options.exitPath = exitPathOf(failure);
  if (detail !== undefined) options.detail = detail;
  if (failure.diagnosis !== undefined) options.remedy = failure.diagnosis.remedy;
  if (retryInMs !== undefined) options.retryAfterSeconds = secondsUp(retryInMs);
  return new BridgeError(code, options);
}

export function unavailable(
  detail: string,
  retryInMs: number,
  cause?: unknown,
  remedy?: string,
): BridgeError {
  return new BridgeError('unavailable', {
    detail,
    retryAfterSeconds: secondsUp(retryInMs),
    cause,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

export function noSuchConnection(): BridgeError {
  return new BridgeError('not_found', { detail: 'There is no such connection.' });
}

export function askedTooMuch(longestMs: number, lifeMs: number): BridgeError {
  const detail = `Tokens of this connection live ${Math.floor(lifeMs / 1000)} s; ask for at most ${Math.floor(longestMs / 1000)} s.`;
  return new BridgeError('invalid_request', {
    detail,
    errors: [{ field: 'minimumLifetimeSeconds', detail }],
  });
}
