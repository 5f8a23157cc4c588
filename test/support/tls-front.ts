/** TLS in front of a server that speaks plain HTTP, as a load balancer puts it there. */
import { once } from 'node:events';
import net from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import tls from 'node:tls';
import { loopbackCertificates } from './misbehaving-certificates.ts';

export interface TlsFront {
  /** The url given, now https and on a port of the front. */
  url: string;
  close: () => Promise<void>;
}

/** With the certificate of `loopbackCertificates()`. */
export async function startTlsFront(url: string): Promise<TlsFront> {
  const { server: pair } = await loopbackCertificates();
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const server = tls.createServer({ cert: pair.certificate, key: pair.key }, (socket) => {
    const onward = net.connect(Number(port), hostname);
    for (const end of [socket, onward]) {
      sockets.add(end);
      end.once('close', () => sockets.delete(end)).on('error', () => undefined);
    }
    socket.pipe(onward).pipe(socket);
    socket.once('close', () => onward.destroy());
    onward.once('close', () => socket.destroySoon());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const front = new URL(url);
  front.protocol = 'https:';
  front.port = String((server.address() as AddressInfo).port);
  return {
    url: front.href,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
