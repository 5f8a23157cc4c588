/** Peers that were answered below Express and then do nothing: not even close the connection. */
import { once } from 'node:events';
import http, { type Server } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';
import { describe, test } from '@jest/globals';
import { answerBelowExpress } from '../../server/http/raw-problems.ts';

describe('slow-loris: a peer that never ends its half of the connection is not held for ever', () => {
  /** The server's side of a connection on which a peer has sent this, and then does nothing more, whatever it hears. */
  async function heldBy(server: Server, bytes: string): Promise<Socket> {
    answerBelowExpress(server, () => false);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const accepted = once(server, 'connection');
    const { port } = server.address() as AddressInfo;
    const peer = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    peer.on('error', () => undefined).resume();
    if (bytes !== '') peer.write(bytes);
    const [socket] = (await accepted) as [Socket];
    socket.once('close', () => {
      peer.destroy();
      server.close();
    });
    return socket;
  }

  test.concurrent.each([
    { name: 'noise', make: () => http.createServer(), bytes: 'noise\r\n\r\n' },
    {
      name: 'headers that never end',
      make: () => http.createServer({ headersTimeout: 100, connectionsCheckingInterval: 20 }),
      bytes: 'GET / HTTP/1.1\r\n',
    },
    { name: 'a TLS handshake', make: () => https.createServer({ handshakeTimeout: 100 }), bytes: '' },
    {
      name: 'CONNECT',
      make: () => http.createServer(),
      bytes: 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n',
    },
  ])('after $name', async ({ make, bytes }) => {
    const socket = await heldBy(make(), bytes);
    if (!socket.closed) await once(socket, 'close');
  });
});
