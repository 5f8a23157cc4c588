/**
 * Servers that do every wrong thing an upstream can do, on 127.0.0.1 and a free port.
 * `startMisbehaving(kind)` starts any of them; over TLS too with `{ tls: true }` where the kind is an HTTP one.
 */
import net from 'node:net';
import { once } from 'node:events';
import { ANSWERS } from './misbehaving-answers.ts';
import type { AnswerOptions } from './misbehaving-answers.ts';
import { loopbackCertificates } from './misbehaving-certificates.ts';
import type { PemPair } from './misbehaving-certificates.ts';
import { startSocketServer } from './misbehaving-sockets.ts';
import type { MisbehavingServer, Peer } from './misbehaving-sockets.ts';

/** TLS record of a fatal alert (RFC 8446 §6): content type 21, version, length 2, level 2, then the description. */
const FATAL_ALERT = [21, 3, 3, 0, 2, 2] as const;
const HANDSHAKE_FAILURE = 40;

export type AnswerKind = keyof typeof ANSWERS;
export type MisbehavingKind = AnswerKind | keyof typeof CONNECTION_KINDS;

export interface MisbehavingOptions extends AnswerOptions {
  /** `true`: with the certificate of `loopbackCertificates()`; or one of your own. */
  tls?: boolean | PemPair;
  /** Of `tlsAlert`: number of the alert, RFC 8446 §6.2. Default 40, handshake_failure. */
  alert?: number;
}

type Start = (options: MisbehavingOptions) => Promise<MisbehavingServer>;

/** Kinds that end before a request can be read. */
const CONNECTION_KINDS = {
  refused: startRefused,
  resetOnConnect: ({ tls }) => start(({ reset }) => reset(), tls ? 'https' : 'http'),
  /** Takes the connection and the ClientHello, and never says a word. */
  tlsSilent: () => start(({ socket }) => socket.resume(), 'https'),
  tlsAlert: ({ alert = HANDSHAKE_FAILURE }) => {
    const record = Buffer.from([...FATAL_ALERT, alert]);
    return start(({ socket }) => void socket.once('data', () => socket.end(record)), 'https');
  },
  tlsReset: () => start(({ socket, reset }) => void socket.once('data', reset), 'https'),
  /** Speaks plain HTTP where TLS is expected. */
  tlsSpokenPlain: () => start(answerPlainly, 'https'),
  /** Asks for a client certificate; the refusal comes after the client thinks that the handshake is done. */
  clientCertificateTls13: () => startClientCertificate('TLSv1.3'),
  /** The same, refused within the handshake. */
  clientCertificateTls12: () => startClientCertificate('TLSv1.2'),
} as const satisfies Record<string, Start>;

export async function startMisbehaving(
  kind: MisbehavingKind,
  options: MisbehavingOptions = {},
): Promise<MisbehavingServer> {
  if (!isAnswerKind(kind)) return CONNECTION_KINDS[kind](options);
  const pair = options.tls === true ? (await loopbackCertificates()).server : options.tls;
  return startSocketServer({
    onRequest: (peer) => ANSWERS[kind](peer, options),
    ...(pair && { tls: pair }),
  });
}

export const MISBEHAVING_KINDS = [
  ...Object.keys(ANSWERS),
  ...Object.keys(CONNECTION_KINDS),
] as readonly MisbehavingKind[];

function isAnswerKind(kind: MisbehavingKind): kind is AnswerKind {
  return Object.hasOwn(ANSWERS, kind);
}

function start(onConnection: (peer: Peer) => void, scheme: 'http' | 'https'): Promise<MisbehavingServer> {
  return startSocketServer({ onConnection, scheme });
}

/**
 * A port that refuses and that nobody else can get meanwhile: it is the near end of a connection we hold,
 * where nothing listens. A port that was merely closed could be given to another test.
 */
async function startRefused({ tls }: MisbehavingOptions): Promise<MisbehavingServer> {
  const holder = await startSocketServer({ onConnection: () => undefined });
  const held = net.connect(holder.port, holder.host);
  await once(held, 'connect');
  const port = held.localPort!;
  return {
    ...holder,
    url: `${tls ? 'https' : 'http'}://${holder.host}:${port}`,
    port,
    seen: { connections: 0, bytes: 0, requests: [], sentBytes: 0 },
    close: async () => {
      held.destroy();
      await holder.close();
    },
  };
}

function answerPlainly({ socket }: Peer): void {
  socket.once('data', () =>
    socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'),
  );
}

async function startClientCertificate(version: 'TLSv1.2' | 'TLSv1.3'): Promise<MisbehavingServer> {
  const { ca, server } = await loopbackCertificates();
  return startSocketServer({
    onRequest: (peer) => ANSWERS.token(peer, {}),
    tls: {
      ...server,
      ca,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: version,
      maxVersion: version,
    },
  });
}
