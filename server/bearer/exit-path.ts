/** How a bearer token request ended: the five exit paths of the Interaction Designer tool. Pure. */
import type { TransportFaultCode } from '../transport/transport-error.ts';

export const EXIT_PATHS = ['Success', 'UnknownHost', 'Timeout', 'ConnectionFailure', 'Failure'] as const;
export type ExitPath = (typeof EXIT_PATHS)[number];

/** A fault that is not in this table does not compile. */
const EXIT_PATH_OF_FAULT: Record<TransportFaultCode, Exclude<ExitPath, 'Success'>> = {
  name_not_found: 'UnknownHost',
  name_server_failed: 'UnknownHost',
  proxy_target_unknown: 'UnknownHost',
  deadline: 'Timeout',
  connection_refused: 'ConnectionFailure',
  connection_unreachable: 'ConnectionFailure',
  connection_reset: 'ConnectionFailure',
  connection_failed: 'ConnectionFailure',
  tls_failed: 'ConnectionFailure',
  certificate_refused: 'ConnectionFailure',
  client_certificate_unusable: 'ConnectionFailure',
  client_certificate_refused: 'ConnectionFailure',
  proxy_authentication_required: 'ConnectionFailure',
  proxy_tunnel_refused: 'ConnectionFailure',
  answer_malformed: 'Failure',
  answer_cut_off: 'Failure',
  answer_too_large: 'Failure',
  answer_undecodable: 'Failure',
};

export function exitPathOfFault(fault: TransportFaultCode): Exclude<ExitPath, 'Success'> {
  return EXIT_PATH_OF_FAULT[fault];
}
