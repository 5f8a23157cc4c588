/**
 * Connections that are held open by saying almost nothing. Beside these: a caller that reads nothing (test/proxy/streaming.test.ts), a
 * TLS handshake that never ends (test/listen.test.ts), an upstream that answers a byte a second (test/bearer/exit-paths.test.ts).
 */
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import { listen, type Listener } from '../../server/listen.ts';
import { dialRaw, parseRawAnswers, type RawAnswer } from '../support/raw-http.ts';

const LIMITS = { headersTimeout: 200, requestTimeout: 400, connectionsCheckingInterval: 50 };

const app = express();
app.post('/', (request, response) => {
  request.resume();
  request.once('end', () => response.json({ whole: true }));
});

let listener: Listener;
beforeAll(async () => {
  listener = await listen(app, '127.0.0.1', 0, undefined, LIMITS);
});
afterAll(() => listener.stop(1_000));

/** However it is cut: a drop that comes after the end is answered with a reset. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

async function dripping(first: string, drop: string): Promise<RawAnswer[]> {
  const socket: Socket = await dialRaw(listener.url);
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  socket.write(first);
  const drip = setInterval(() => socket.write(drop), 20);
  await closed(socket);
  clearInterval(drip);
  return parseRawAnswers(received);
}

describe('slow-loris', () => {
  test.each([
    { name: 'headers that never end', first: 'GET / HTTP/1.1\r\nHost: x\r\n', drop: 'X-A: b\r\n' },
    { name: 'a request line that never ends', first: 'GET /', drop: 'a' },
    { name: 'nothing but line breaks', first: '\r\n', drop: '\r\n' },
    {
      name: 'a body of announced length that never comes',
      first: 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n',
      drop: 'a',
    },
    {
      name: 'chunks without end',
      first: 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n',
      drop: '1\r\na\r\n',
    },
  ])(
    '$name: the connection is cut, with an answer in JSON where one can be given',
    async ({ first, drop }) => {
      const answers = await dripping(first, drop);
      for (const { status, body } of answers) {
        expect(status).toBe(400);
        expect(JSON.parse(body)).toMatchObject({ code: 'invalid_request' });
      }
    },
  );

  test('a thousand of them leave the others their answers', async () => {
    // None of them is cut before the answer is there.
    const patient = await listen(app, '127.0.0.1', 0);
    const sockets = await Promise.all(Array.from({ length: 1_000 }, () => dialRaw(patient.url)));
    for (const socket of sockets) socket.write('GET / HTTP/1.1\r\nHost: x\r\n');
    const answer = await fetch(patient.url, { method: 'POST', body: 'x' });
    expect(await answer.json()).toEqual({ whole: true });
    expect(sockets.filter(({ closed: isClosed }) => isClosed)).toEqual([]);
    for (const socket of sockets) socket.destroy();
    await patient.stop(1_000);
  });
});
