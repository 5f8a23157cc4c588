import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { load, percentile } from '../../bench/load.ts';
import { toMarkdown } from '../../bench/report.ts';
import { median } from '../../bench/rounds.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<number> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server!.once('listening', resolve));
  return (server.address() as AddressInfo).port;
}

describe('the loader', () => {
  test.each([
    { name: 'with its length', write: { 'Content-Length': '3000' } },
    { name: 'in chunks', write: {} },
  ])('counts every answer that comes $name, and its bytes', async ({ write }) => {
    const port = await serve((_request, response) => {
      response.writeHead(200, write);
      response.write('x'.repeat(1000));
      setImmediate(() => response.end('x'.repeat(2000)));
    });
    const result = await load({ port, head: ['GET / HTTP/1.1'], connections: 4, requests: 40 });
    expect(result).toMatchObject({ requests: 40, errors: 0 });
    expect(result.bodyBytes).toBeGreaterThanOrEqual(40 * 3000);
  });

  test('counts other answers than 200 as errors', async () => {
    const port = await serve((_request, response) => response.writeHead(503).end());
    expect(await load({ port, head: ['GET / HTTP/1.1'], connections: 2, requests: 10 })).toMatchObject({
      errors: 10,
    });
  });

  test('counts a connection that is lost as an error', async () => {
    const port = await serve((request) => request.socket.destroy());
    expect(await load({ port, head: ['GET / HTTP/1.1'], connections: 3, requests: 3 })).toMatchObject({
      errors: 3,
    });
  });

  test('counts a connection that is lost before the last one is opened', async () => {
    const port = await serve((_request, response) => response.end('x'));
    // Asked between the first thousand and the others.
    const asked = once(server!, 'request');
    server!.once('connection', (socket) => void asked.then(() => socket.resetAndDestroy()));
    const head = ['GET / HTTP/1.1'];
    const result = await load({ port, head, connections: 1_100, requests: 1_100 });
    expect([result.requests, result.errors]).toEqual([1_100, 1]);
  });

  test('counts a connection that is lost while nothing is asked on it, and asks nothing more on it', async () => {
    let asked = 0;
    const port = await serve(({ socket }, response) => {
      asked += 1;
      response.end('x', () => socket.destroySoon());
    });
    const head = ['GET / HTTP/1.1'];
    const result = await load({ port, head, connections: 3, seconds: 0.5, rate: 20 });
    expect([result.requests, result.errors]).toEqual([3, 3]);
    expect(asked).toBe(3);
  });

  test('sends a body, and no more requests than the rate allows', async () => {
    const bodies: string[] = [];
    const port = await serve((request, response) => {
      request.on('data', (chunk: Buffer) => bodies.push(chunk.toString()));
      request.on('end', () => response.end());
    });
    const result = await load({
      port,
      head: ['POST / HTTP/1.1'],
      body: 'hello',
      connections: 2,
      seconds: 0.2,
      rate: 50,
    });
    expect(result.requests).toBeLessThanOrEqual(10);
    expect(new Set(bodies)).toEqual(new Set(['hello']));
  });
});

test('takes the median and the percentiles of what was measured', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(percentile([1, 2, 3, 4], 0.5)).toBe(3);
});

test('writes a table as Markdown has it', () => {
  const text = toMarkdown({ title: 'T', notes: ['A note.'], columns: ['', 'n'], rows: [['a', '1']] });
  expect(text).toBe('## T\n\nA note.\n\n|  | n |\n| --- | ---: |\n| a | 1 |\n');
});
