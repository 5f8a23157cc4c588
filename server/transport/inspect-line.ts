/** Opens a line as a request would, sends nothing over it, and tells what was found on the way: protocol, certificate, forgiven faults. */
import type { X509Certificate } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import { Deadline } from './deadline.ts';
import { openSocket, targetOf, type SocketParts, type TransportProfile } from './open-socket.ts';
import { TransportError, type CertificateFault } from './transport-error.ts';

export interface LineFacts {
  /** Absent: plain http. */
  tls?: { protocol: string; certificate: X509Certificate };
  /** Found on the chain, and forgiven by flags. */
  forgivenFaults: readonly CertificateFault[];
}

const NOTHING: ReadonlySet<CertificateFault> = new Set();

interface Notes {
  certificate?: X509Certificate | undefined;
  forgivenFaults: readonly CertificateFault[];
}

/** Node hands out what the server sent once only, and the verification needs it too. */
function showingAgain(socket: TLSSocket, certificate: X509Certificate | undefined): TLSSocket {
  const shown = Object.create(socket) as TLSSocket;
  return Object.assign(shown, { getPeerX509Certificate: () => certificate });
}

/** Says the same as `verifyPeer` does, and notes what it saw and forgave. */
function noting(parts: SocketParts, target: TransportProfile, notes: Notes): SocketParts {
  const verifyPeer: SocketParts['verifyPeer'] = (socket, host, forgiven) => {
    if (forgiven !== target.forgiven) return parts.verifyPeer(socket, host, forgiven); // the forward proxy
    notes.certificate = socket.getPeerX509Certificate();
    const refusal = parts.verifyPeer(showingAgain(socket, notes.certificate), host, NOTHING);
    if (refusal === undefined) return undefined;
    const faults = refusal.details.faults ?? [];
    const unforgiven = faults.filter((fault) => !forgiven.has(fault));
    notes.forgivenFaults = faults;
    if (unforgiven.length === 0 && refusal.details.fatal === undefined) return undefined;
    return new TransportError(refusal.fault, refusal.message, { ...refusal.details, unforgiven });
  };
  return { ...parts, verifyPeer };
}

/** @throws TransportError | BridgeError `egress_denied` | the signal's reason: what a request would end with. */
export async function inspectLine(
  url: URL,
  profile: TransportProfile,
  parts: SocketParts,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
): Promise<LineFacts> {
  const notes: Notes = { forgivenFaults: [] };
  const deadline = new Deadline(timeoutMs, signal);
  try {
    const socket = await openSocket(targetOf(url), profile, noting(parts, profile, notes), deadline);
    const protocol = socket instanceof TLSSocket ? (socket.getProtocol() ?? 'TLS') : '';
    socket.on('error', () => undefined).destroy();
    const { certificate, forgivenFaults } = notes;
    return certificate === undefined
      ? { forgivenFaults }
      : { tls: { protocol, certificate }, forgivenFaults };
  } finally {
    deadline.clear();
  }
}
