/** Real TLS servers on loopback, each with exactly the certificate faults asked for, that count what reaches them after the handshake. */
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { TlsOptions, TLSSocket } from 'node:tls';
import { CERTIFICATE_FAULTS } from '../../server/transport/transport-error.ts';
import type { CertificateFault } from '../../server/transport/transport-error.ts';
import { CLIENT_AUTH, joinPem, makeAuthority } from './certificates.ts';
import type { AuthorityOptions, IssuedCertificate, LeafOptions } from './certificates.ts';

/** Which certificate of the chain carries the date fault or the usage fault. An unknown authority and a wrong name have one place only. */
export interface FaultPlaces {
  invalidCertificateDate?: 'leaf' | 'intermediate' | 'root';
  date?: 'expired' | 'notYetValid';
  wrongCertificateUsage?:
    | 'leafPurpose'
    | 'leafKeyUsage'
    | 'intermediateNoAuthority'
    | 'intermediateKeyUsage'
    | 'intermediatePurpose';
}

export interface FaultyChain {
  server: IssuedCertificate;
  /** What the client is to trust: the root, or another one where the authority is to be unknown. */
  caPem: string;
}

/** All subsets of the four faults: 16. */
export const FAULT_SETS: readonly (readonly CertificateFault[])[] = Array.from(
  { length: 2 ** CERTIFICATE_FAULTS.length },
  (_, bits) => CERTIFICATE_FAULTS.filter((_fault, i) => (bits >> i) & 1),
);

/** Root, intermediate and leaf for `localhost`, sound but for `faults`. */
export async function makeFaultyChain(
  faults: readonly CertificateFault[],
  places: FaultPlaces = {},
): Promise<FaultyChain> {
  const dates =
    places.date === 'notYetValid'
      ? { startsInDays: 5, endsInDays: 20 }
      : { startsInDays: -20, endsInDays: -5 };
  const datesOf = (place: string) =>
    faults.includes('invalidCertificateDate') && place === (places.invalidCertificateDate ?? 'leaf')
      ? dates
      : {};
  const usage = faults.includes('wrongCertificateUsage')
    ? (places.wrongCertificateUsage ?? 'leafPurpose')
    : undefined;

  const root = await makeAuthority(datesOf('root'));
  const intermediate = await root.authority({ ...datesOf('intermediate'), ...intermediateUsage(usage) });
  const server = await intermediate.issue({
    ...datesOf('leaf'),
    ...leafUsage(usage),
    dnsNames: [faults.includes('certificateNameMismatch') ? 'elsewhere.test' : 'localhost'],
  });
  const trusted = faults.includes('unknownCertificateAuthority')
    ? await makeAuthority({ name: 'Another Root' })
    : root;
  return { server, caPem: trusted.certPem };
}

function leafUsage(usage: FaultPlaces['wrongCertificateUsage']): LeafOptions {
  if (usage === 'leafPurpose') return { extendedKeyUsage: [CLIENT_AUTH] };
  return usage === 'leafKeyUsage' ? { keyUsage: ['cRLSign'] } : {};
}

function intermediateUsage(usage: FaultPlaces['wrongCertificateUsage']): AuthorityOptions {
  if (usage === 'intermediateNoAuthority') return { isAuthority: false };
  if (usage === 'intermediateKeyUsage') return { keyUsage: ['digitalSignature'] };
  return usage === 'intermediatePurpose' ? { extendedKeyUsage: [CLIENT_AUTH] } : {};
}

/** Body of the default answer: what a token endpoint says. */
export const TOKEN_ANSWER = JSON.stringify({
  access_token: 'token-of-the-tls-server',
  token_type: 'bearer',
  expires_in: 86_399,
});

export interface CountingTlsServer {
  port: number;
  /** Bytes that arrived inside TLS, since the start. */
  applicationBytes(): number;
  /** Client certificates that were shown, by common name. */
  clientNames(): readonly string[];
  /** Resolves when every connection so far has ended, so that a count of nothing is the final count. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Answers each HTTP request with 200 and `body`, and counts. */
export async function startCountingTlsServer(
  options: TlsOptions,
  body: string = TOKEN_ANSWER,
): Promise<CountingTlsServer> {
  const open = new Map<Socket, Promise<unknown>>();
  const clientNames: string[] = [];
  let bytes = 0;
  const server = createServer(options, (socket) => {
    const shown = socket.getPeerX509Certificate()?.subject;
    if (shown !== undefined) clientNames.push(shown);
    answerRequests(socket, body, (length) => (bytes += length));
  });
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => undefined);
    open.set(
      socket,
      once(socket, 'close').then(() => open.delete(socket)),
    );
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    applicationBytes: () => bytes,
    clientNames: () => clientNames,
    settled: async () => void (await Promise.all(open.values())),
    close: async () => {
      for (const socket of open.keys()) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Enough of HTTP/1.1 for one request after the other with `content-length`. */
function answerRequests(socket: TLSSocket, body: string, count: (length: number) => void): void {
  let received = '';
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    count(chunk.length);
    received += chunk.toString('latin1');
    const end = received.indexOf('\r\n\r\n');
    const bodyLength = Number(/^content-length: *(\d+)/im.exec(received)?.[1] ?? 0);
    if (end < 0 || received.length < end + 4 + bodyLength) return;
    received = received.slice(end + 4 + bodyLength);
    socket.write(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  });
}

export interface FaultyTlsServer extends CountingTlsServer {
  faults: readonly CertificateFault[];
  /** Dial `https://localhost:{port}/` and trust this: as BRIDGE_CA_FILE. */
  caPem: string;
}

/** A server whose chain has exactly these faults for a client that dials `localhost` and trusts `caPem`. */
export async function startFaultyTlsServer(
  faults: readonly CertificateFault[],
  places: FaultPlaces = {},
): Promise<FaultyTlsServer> {
  const { server, caPem } = await makeFaultyChain(faults, places);
  const counting = await startCountingTlsServer({ cert: server.chainPem, key: server.keyPem });
  return { ...counting, faults, caPem };
}

/** The authorities of several servers in one text. */
export function joinCaPems(servers: readonly FaultyTlsServer[]): string {
  return joinPem(...servers.map(({ caPem }) => caPem));
}
