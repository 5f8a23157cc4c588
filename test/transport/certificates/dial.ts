/** Dials as the transport does: connect unverified, ask verifyPeer, and only then write HTTP. */
import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import type { CertificateFault, TransportError } from '../../../server/transport/transport-error.ts';
import type { TrustStore } from '../../../server/transport/certificates/trust-store.ts';
import { verifyPeer } from '../../../server/transport/certificates/verify-peer.ts';

export interface DialOptions {
  port: number;
  trust: TrustStore;
  host?: string;
  forgiven?: readonly CertificateFault[];
  now?: Date;
  tls?: ConnectionOptions;
}

export interface Dialled {
  /** First line of the answer; undefined where nothing was sent. */
  statusLine?: string;
  refusal?: TransportError;
}

export async function dial({
  port,
  trust,
  host = 'localhost',
  forgiven = [],
  now = new Date(),
  tls = {},
}: DialOptions): Promise<Dialled> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    secureContext: trust.secureContext(),
    rejectUnauthorized: false,
    ...tls,
  });
  await once(socket, 'secureConnect');
  try {
    const refusal = verifyPeer(socket, host, trust, new Set(forgiven), now);
    return refusal ? { refusal } : { statusLine: await ask(socket, host) };
  } finally {
    socket.destroy();
  }
}

async function ask(socket: TLSSocket, host: string): Promise<string> {
  socket.write(`GET / HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  return answer.toString('latin1').split('\r\n')[0]!;
}
