/** A query that failed because of the database and not of the query: what whoever asked is told. Pure. */
import { BridgeError } from '../errors.ts';
import { systemCodeOf } from './opening-faults.ts';

const RETRY_AFTER_SECONDS = 2;

/** The driver gives a connection that went away no code. */
const LOST_CONNECTION =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout)/;
const NETWORK_CODES: ReadonlySet<string> = new Set([
  ...[
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
  ],
]);
/**
 * Classes of SQLSTATE (PostgreSQL manual, appendix A): 08 connection, 40 transaction rolled back, 53 resources, 57 operator
 * intervention, 58 system; 55P03 a lock that was waited for in vain.
 */
const PASSING_STATES = /^(08|40|53|57|58|55P03)/;
const SQLSTATE_LENGTH = 5;

function unavailable(detail: string, remedy: string | undefined, cause: unknown): BridgeError {
  return new BridgeError('unavailable', {
    detail,
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    cause,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** @returns undefined where it is no such fault. */
export function passingFault(error: unknown): BridgeError | undefined {
  const code = systemCodeOf(error);
  if (code === '53100')
    return unavailable(
      'The disk of the database is full',
      'Free space on the disk of the database, and try again.',
      error,
    );
  if (code === '53200')
    return unavailable(
      'The database has no memory left',
      'Give the server of the database more memory, or fewer connections, and try again.',
      error,
    );
  // Set by an operator, or by a server that was made a standby.
  if (code === '25006')
    return unavailable(
      'The database takes no writes',
      'Let the database take writes again, and try again.',
      error,
    );
  const isLost = error instanceof Error && LOST_CONNECTION.test(error.message);
  const isState = code.length === SQLSTATE_LENGTH && PASSING_STATES.test(code);
  return isLost || isState || NETWORK_CODES.has(code)
    ? unavailable('The database did not answer', undefined, error)
    : undefined;
}
