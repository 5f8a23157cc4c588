/** A call that got no answer -> the bridge's own error. Pure. */
import { exitPathOfFault, type ExitPath } from '../bearer/exit-path.ts';
import { diagnose } from '../diagnosis/diagnose.ts';
import { BridgeError, type ErrorCode } from '../errors.ts';
import type { TransportError, TransportPhase } from '../transport/transport-error.ts';

const CODE_OF_EXIT_PATH: Record<Exclude<ExitPath, 'Success'>, ErrorCode> = {
  UnknownHost: 'unknown_host',
  Timeout: 'upstream_timeout',
  ConnectionFailure: 'connection_failure',
  Failure: 'upstream_failure',
};

const REACHED: Record<TransportPhase, string> = {
  prepare: 'no connection was free',
  nameLookup: 'its name was still being looked up',
  connect: 'no connection had been made',
  proxy: 'the forward proxy had not answered',
  tls: 'the TLS handshake was not over',
  send: 'the request had not been sent in full',
  answer: 'the request was sent and no answer had begun',
};

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}

/** @param phase How far it had come; absent: it was waiting to be sent again. */
export function timedOut(budgetMs: number, phase?: TransportPhase, cause?: unknown): BridgeError {
  const reached = phase === undefined ? '' : `: ${REACHED[phase]}`;
  return new BridgeError('upstream_timeout', {
    detail: `The upstream did not answer within ${seconds(budgetMs)}${reached}.`,
    exitPath: 'Timeout',
    cause,
  });
}

export function bodyTooSlow(budgetMs: number): BridgeError {
  return new BridgeError('upstream_timeout', {
    detail: `The request body had not come in whole within ${seconds(budgetMs)}. Nothing was sent.`,
    remedy: 'Allow more time with X-Bridge-Timeout-Seconds, which counts the time that sending takes.',
  });
}

/** Words without host names: who may call through a connection need not know where it leads. */
export function failureOf(fault: TransportError, budgetMs: number): BridgeError {
  if (fault.fault === 'deadline') return timedOut(budgetMs, fault.details.phase, fault);
  const exitPath = exitPathOfFault(fault.fault);
  const { fault: code, details, message } = fault;
  const { title, remedy } = diagnose({ fault: { code, details, message } });
  return new BridgeError(CODE_OF_EXIT_PATH[exitPath], {
    detail: `${title}.`,
    remedy,
    exitPath,
    cause: fault,
  });
}

/** @param wasKept False: the body was too large to be sent a second time. */
export function authFailed(wasKept: boolean): BridgeError {
  const options = wasKept
    ? { detail: 'The upstream answered 401 to the token of the connection, and to a new one.' }
    : {
        detail:
          'The upstream answered 401, and a body of more than 1 MiB is not kept to be sent a second time. The token is being renewed.',
        remedy: 'Send the call again.',
      };
  return new BridgeError('upstream_auth_failed', { ...options, exitPath: 'Failure' });
}
