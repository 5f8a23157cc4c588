/** A call of the bridge's own that got no answer -> the bridge's own error. Pure. */
import { exitPathOfFault, type ExitPath } from '../bearer/exit-path.ts';
import { diagnose } from '../diagnosis/diagnose.ts';
import { BridgeError, type ErrorCode } from '../errors.ts';
import type { TransportError } from '../transport/transport-error.ts';

const CODE_OF_EXIT_PATH: Record<Exclude<ExitPath, 'Success'>, ErrorCode> = {
  UnknownHost: 'unknown_host',
  Timeout: 'upstream_timeout',
  ConnectionFailure: 'connection_failure',
  Failure: 'upstream_failure',
};

/** A call that got no answer on the way, or whose sign-in may still succeed: another try may. */
export const LOST_CODES: ReadonlySet<ErrorCode> = new Set([
  'unknown_host',
  'connection_failure',
  'upstream_timeout',
  'unavailable',
]);

/** @param timeoutMs What one attempt was given. */
export function lostCall(fault: TransportError, timeoutMs: number): BridgeError {
  const exitPath = exitPathOfFault(fault.fault);
  const { fault: code, details, message } = fault;
  const { title, remedy } = diagnose({ fault: { code, details, message } });
  const isLate = fault.fault === 'deadline';
  return new BridgeError(CODE_OF_EXIT_PATH[exitPath], {
    detail: isLate ? `The upstream did not answer within ${timeoutMs / 1000} s.` : `${title}.`,
    remedy: isLate ? 'Try again. If it stays so, look at the status page of the upstream.' : remedy,
    exitPath,
    cause: fault,
  });
}
