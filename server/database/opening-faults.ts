/** Why the database does not open, in plain words with what to do. Pure. */
import { BridgeError } from '../errors.ts';

/** Closed set, for tests and the doctor: `details.reason` of the error. */
export type OpeningFault =
  | 'locked'
  | 'readOnly'
  | 'noSpace'
  | 'notADirectory'
  | 'otherOwner'
  | 'damaged'
  | 'otherVersion'
  | 'unreachable'
  | 'refused'
  | 'missing';

/** What someone has to put right where the bridge runs; a server that is not reached may come by itself. */
export const FAULTS_TO_PUT_RIGHT: ReadonlySet<unknown> = new Set<OpeningFault>([
  ...(['locked', 'readOnly', 'noSpace', 'notADirectory', 'otherOwner', 'damaged', 'otherVersion'] as const),
  ...(['refused', 'missing'] as const),
]);

export function openingError(
  reason: OpeningFault,
  detail: string,
  remedy: string,
  cause?: unknown,
): BridgeError {
  return new BridgeError('unavailable', { detail, remedy, details: { reason }, cause });
}

export function systemCodeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** Node's recursive mkdir says of a directory that it may not make, on a read-only file system, that it is not there. */
function isMakingRefused(error: unknown): boolean {
  return systemCodeOf(error) === 'ENOENT' && (error as NodeJS.ErrnoException).syscall === 'mkdir';
}

/** A fault of the data directory itself, by the operating system's code; anything else is a damaged store. */
export function directoryFault(directory: string, error: unknown): BridgeError {
  if (error instanceof BridgeError) return error;
  if (isMakingRefused(error)) {
    return openingError(
      'readOnly',
      `The data directory ${directory} is not there and cannot be made, as on a read-only file system.`,
      'Make it where the user that runs the bridge may write, or name another directory in BRIDGE_DATA_DIR.',
      error,
    );
  }
  switch (systemCodeOf(error)) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return openingError(
        'readOnly',
        `The bridge may not write to its data directory ${directory}.`,
        'Give the user that runs the bridge the right to write there, or name another directory in BRIDGE_DATA_DIR.',
        error,
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return noSpace(directory, error);
    case 'ENOTDIR':
    case 'EEXIST':
      return openingError(
        'notADirectory',
        `The data directory ${directory} is a file, or lies under one.`,
        'Name a directory in BRIDGE_DATA_DIR.',
        error,
      );
    default:
      return openingError(
        'damaged',
        `The embedded database in ${directory} is damaged and does not open.`,
        'Restore a backup with "pcbridge restore". To begin anew instead, move the directory away: connections and callers are then gone.',
        error,
      );
  }
}

export function noSpace(directory: string, cause?: unknown): BridgeError {
  return openingError(
    'noSpace',
    `There is no space left for the data directory ${directory}.`,
    'Free some space, at least 100 MB, or name a directory on another disk in BRIDGE_DATA_DIR.',
    cause,
  );
}

export function otherVersion(directory: string, found: string, expected: string): BridgeError {
  return openingError(
    'otherVersion',
    `The embedded database in ${directory} is of PostgreSQL ${found}; this version of the bridge needs ${expected}.`,
    'Make a backup with the version of the bridge that wrote it, and restore it with this one.',
  );
}

const SQLSTATE = /^[0-9A-Z]{5}$/;
const SERVER_FAULTS: Record<string, [OpeningFault, string, string]> = {
  ENOTFOUND: ['unreachable', 'its host name does not resolve', 'Check the host in DATABASE_URL.'],
  ECONNREFUSED: [
    'unreachable',
    'nothing listens there',
    'Start the server, or correct host and port in DATABASE_URL.',
  ],
  '28P01': ['refused', 'it refused the password', 'Correct user and password in DATABASE_URL.'],
  '28000': [
    'refused',
    'it refused the user',
    'Correct the user in DATABASE_URL, or allow it in pg_hba.conf.',
  ],
  '3D000': [
    'missing',
    'that database does not exist',
    'Create the database, or correct its name in DATABASE_URL.',
  ],
  '42501': ['refused', 'the user may not create tables', 'Give the user CREATE on the schema.'],
  '53300': ['refused', 'it has no connection left', 'Raise max_connections, or run fewer instances.'],
  '57P03': ['unreachable', 'it is still starting', 'Wait until it has started.'],
};

function otherServerFault(code: string): [OpeningFault, string, string] {
  return SQLSTATE.test(code)
    ? [
        'refused',
        `it answered with the error ${code}`,
        `Look up ${code} in the PostgreSQL manual, appendix A, and in the log of the server.`,
      ]
    : [
        'unreachable',
        'it did not answer as PostgreSQL does',
        'Check DATABASE_URL, and that the server can be reached from here.',
      ];
}

/** What the driver says of a server without TLS has no code. */
function tlsFault(error: unknown): [OpeningFault, string, string] | undefined {
  if (error instanceof Error && error.message === 'The server does not support SSL connections')
    return [
      'refused',
      'it speaks no TLS, and DATABASE_URL asks for it',
      'Switch TLS on at the server (ssl = on), or take sslmode out of DATABASE_URL where the line to it is safe.',
    ];
  return undefined;
}

/** Never repeats DATABASE_URL: it holds a password. */
export function serverFault(host: string, error: unknown): BridgeError {
  if (error instanceof BridgeError) return error;
  const known = tlsFault(error) ?? SERVER_FAULTS[systemCodeOf(error)];
  const [reason, what, remedy] = known ?? otherServerFault(systemCodeOf(error));
  return openingError(reason, `The database server ${host} cannot be used: ${what}.`, remedy, error);
}
