/** Peers that do nothing: those that were answered below Express do not close the connection, and others do not read their answer. */
import { once } from 'node:events';
import http, { type Server } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { answerBelowExpress } from '../../server/http/raw-problems.ts';
import { listen } from '../../server/listen.ts';
import { dialRaw } from '../support/raw-http.ts';

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

test('slow-loris: whoever takes nothing of a large answer is not held for ever, whatever the answer is', async () => {
  const closed = Promise.withResolvers<void>();
  const listener = await listen(
    (_request, response) => {
      response.once('close', closed.resolve);
      Readable.from(Array.from({ length: 64 }, () => Buffer.alloc(1024 * 1024))).pipe(response);
    },
    '127.0.0.1',
    0,
    undefined,
    { silentMs: 200 },
  );
  const peer = await dialRaw(listener.url);
  peer.pause().write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await closed.promise;
  expect(peer.bytesRead).toBeLessThan(64 * 1024 * 1024);
  peer.destroy();
  await listener.stop(1_000);
});
