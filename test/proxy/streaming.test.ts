/** Bodies of any size pass at the pace of the slower side, and whoever leaves takes the other side with it. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage, type RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { pour } from '../../sandbox/streaming.ts';
import type { ProxyParts } from '../../server/proxy/proxy.ts';
import { freePort } from '../support/free-port.ts';
import { rawExchange } from './support/raw-http.ts';
import { listenOn, startProxy, stop } from './support/start-proxy.ts';

const MEBIBYTE = 1024 * 1024;
const CHUNK = randomBytes(64 * 1024);
/** What sockets and streams between three parties hold on loopback; far from all of what is sent. */
const IN_BETWEEN_MAX = 24 * MEBIBYTE;
const TOTAL = 64 * MEBIBYTE;

async function started(upstream: RequestListener, parts: Partial<ProxyParts> = {}) {
  const { server, port } = await listenOn(upstream);
  const proxy = await startProxy(`http://127.0.0.1:${port}`, { parts });
  const close = async () => {
    await proxy.close();
    await stop(server);
  };
  return { proxy, close };
}

function request(port: number, options: http.RequestOptions = {}): http.ClientRequest {
  return http.request({ port, host: '127.0.0.1', path: '/proxy/crm/a', agent: false, ...options });
}

async function answerTo(outgoing: http.ClientRequest): Promise<IncomingMessage> {
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return answer;
}

async function hashOf(stream: IncomingMessage): Promise<{ bytes: number; hash: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of stream) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, hash: hash.digest('hex') };
}

function hashOfChunks(total: number): string {
  const hash = createHash('sha256');
  for (let sent = 0; sent < total; sent += CHUNK.length) hash.update(CHUNK);
  return hash.digest('hex');
}

/** Waits until a count has not changed for a while: whoever feeds it has been stopped. */
async function untilStill(count: () => number): Promise<number> {
  for (;;) {
    const before = count();
    await new Promise((resolve) => setTimeout(resolve, 150));
    if (before > 0 && count() === before) return before;
  }
}

describe('large bodies', () => {
  test('a download of 12 MiB arrives whole', async () => {
    const { proxy, close } = await started((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/csv' });
      void pour(response, CHUNK, 12 * MEBIBYTE).then(() => response.end());
    });
    const answer = await answerTo(request(proxy.port).end());
    expect(await hashOf(answer)).toEqual({ bytes: 12 * MEBIBYTE, hash: hashOfChunks(12 * MEBIBYTE) });
    expect(proxy.activity).toMatchObject([{ status: 200, result: 'Success' }]);
    await close();
  });

  test('a download waits for a caller that does not read, and nothing of it piles up here', async () => {
    let sent = 0;
    const { proxy, close } = await started((_request, response) => {
      void pour(response, CHUNK, TOTAL, (bytes) => (sent += bytes)).then(() => response.end());
    });
    const outgoing = request(proxy.port).end();
    const answer = await answerTo(outgoing);
    answer.pause();
    expect(await untilStill(() => sent)).toBeLessThan(IN_BETWEEN_MAX);
    expect(await hashOf(answer)).toEqual({ bytes: TOTAL, hash: hashOfChunks(TOTAL) });
    await close();
  });

  test.each<[string, Record<string, string>]>([
    ['of announced length', { 'Content-Length': String(TOTAL) }],
    ['of unknown length', { 'Transfer-Encoding': 'chunked' }],
  ])(
    'an upload %s waits for an upstream that does not read, and then arrives whole',
    async (_name, headers) => {
      let sent = 0;
      let goOn = (): void => undefined;
      const { proxy, close } = await started((incoming, response) => {
        expect(incoming.headers['content-length']).toBe(headers['Content-Length']);
        goOn = () => void hashOf(incoming).then((whole) => response.end(JSON.stringify(whole)));
      });
      const outgoing = request(proxy.port, { method: 'POST', headers });
      void pour(outgoing, CHUNK, TOTAL, (bytes) => (sent += bytes)).then(() => outgoing.end());
      const answering = answerTo(outgoing);
      expect(await untilStill(() => sent)).toBeLessThan(IN_BETWEEN_MAX);
      goOn();
      const whole = JSON.parse(await textOf(await answering)) as object;
      expect(whole).toEqual({ bytes: TOTAL, hash: hashOfChunks(TOTAL) });
      await close();
    },
  );

  test('an answer that comes before the upload is over reaches the caller', async () => {
    const { proxy, close } = await started((incoming, response) => {
      incoming.resume(); // as a server does that wants its answer to be read
      incoming.on('error', () => undefined);
      response.writeHead(413).end('too much');
    });
    const outgoing = request(proxy.port, { method: 'POST', headers: { 'Content-Length': String(TOTAL) } });
    outgoing.on('error', () => undefined);
    void pour(outgoing, CHUNK, TOTAL).then(() => outgoing.end());
    const answer = await answerTo(outgoing);
    expect([answer.statusCode, await textOf(answer)]).toEqual([413, 'too much']);
    await close();
  });

  test('an upload to an upstream that is not there is answered, and not waited for', async () => {
    const proxy = await startProxy(`http://127.0.0.1:${await freePort()}`);
    const outgoing = request(proxy.port, { method: 'POST', headers: { 'Content-Length': String(TOTAL) } });
    outgoing.on('error', () => undefined);
    void pour(outgoing, CHUNK, TOTAL).then(() => outgoing.end());
    const answer = await answerTo(outgoing);
    expect([answer.statusCode, JSON.parse(await textOf(answer))]).toMatchObject([
      502,
      { code: 'connection_failure' },
    ]);
    await proxy.close();
  });
});

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Short, and long enough that a busy machine does in it what is to be done. */
const BUDGET_MS = 1_500;

// Each waits, on servers of its own: all of them at once.
describe('time', () => {
  test.concurrent(
    'an answer that does not begin within the budget is 504, which says how far it came',
    async () => {
      const { proxy, close } = await started(() => undefined, { budgetMs: BUDGET_MS });
      const answer = await answerTo(request(proxy.port).end());
      const problem = JSON.parse(await textOf(answer)) as { detail: string };
      expect(answer.statusCode).toBe(504);
      expect(problem).toMatchObject({ code: 'upstream_timeout', exitPath: 'Timeout', retryable: true });
      expect(problem.detail).toContain('within 1.5 s: the request was sent and no answer had begun');
      await close();
    },
  );

  test.concurrent('X-Bridge-Timeout-Seconds changes the budget', async () => {
    const { proxy, close } = await started(() => undefined, { budgetMs: 60_000 });
    const answer = await answerTo(
      request(proxy.port, { headers: { 'X-Bridge-Timeout-Seconds': '1' } }).end(),
    );
    expect(answer.statusCode).toBe(504);
    const problem = JSON.parse(await textOf(answer)) as { detail: string };
    expect(problem.detail).toContain('within 1 s');
    await close();
  });

  test.concurrent('an answer that flows for longer than the budget is not cut', async () => {
    const { proxy, close } = await started(
      (_request, response) => {
        let left = 8;
        const timer = setInterval(() => {
          response.write('x');
          left -= 1;
          if (left > 0) return;
          clearInterval(timer);
          response.end();
        }, BUDGET_MS / 6);
      },
      { budgetMs: BUDGET_MS },
    );
    expect(await textOf(await answerTo(request(proxy.port).end()))).toBe('xxxxxxxx');
    await close();
  });

  test.concurrent('an answer that falls silent in the middle is cut, and does not look whole', async () => {
    const { proxy, close } = await started((_request, response) => void response.write('half'), {
      budgetMs: BUDGET_MS,
    });
    const answer = await answerTo(request(proxy.port).end());
    await expect(textOf(answer)).rejects.toThrow('aborted');
    await untilTrue(() => proxy.activity.length === 1);
    expect(proxy.activity).toMatchObject([{ status: 200, result: 'Failure' }]);
    await close();
  });

  test.concurrent('a caller that reads slowly is not taken for a silent upstream', async () => {
    let sent = 0;
    const { proxy, close } = await started(
      (_request, response) =>
        void pour(response, CHUNK, TOTAL, (bytes) => (sent += bytes)).then(() => response.end()),
      { budgetMs: BUDGET_MS },
    );
    const answer = await answerTo(request(proxy.port).end());
    answer.pause();
    await untilStill(() => sent);
    await new Promise((resolve) => setTimeout(resolve, 1.2 * BUDGET_MS));
    expect((await hashOf(answer)).bytes).toBe(TOTAL);
    await close();
  });

  test.each([
    { name: 'of any length', total: 10_000 * MEBIBYTE },
    { name: 'that has come in whole', total: 8 * MEBIBYTE },
  ])(
    'slow-loris: a caller that takes nothing of an answer $name is cut, and the upstream let go',
    async ({ total }) => {
      const left = Promise.withResolvers<void>();
      const { proxy, close } = await started(
        (_incoming, response) => {
          response.once('close', () => left.resolve());
          void pour(response, CHUNK, total).then(() => response.end());
        },
        { readerStallMs: 100 },
      );
      const answer = await answerTo(request(proxy.port).end());
      answer.on('error', () => undefined);
      answer.pause();
      await left.promise;
      await untilTrue(() => proxy.activity.length === 1);
      expect(proxy.activity).toMatchObject([{ status: 200, result: 'Failure' }]);
      answer.destroy();
      await close();
    },
  );

  test.concurrent('a caller that reads slowly and goes on gets its whole answer', async () => {
    const size = 4 * MEBIBYTE;
    const readerStallMs = 1_000;
    const { proxy, close } = await started(
      (_incoming, response) => void pour(response, CHUNK, size).then(() => response.end()),
      { readerStallMs },
    );
    const answer = await answerTo(request(proxy.port).end());
    let bytes = 0;
    for await (const chunk of answer) {
      const { length } = chunk as Buffer;
      bytes += length;
      // Over all of it half as long again as nothing may be taken for.
      await new Promise((resolve) => setTimeout(resolve, (1.5 * readerStallMs * length) / size));
    }
    expect(bytes).toBe(size);
    await close();
  });

  test.concurrent(
    'an answer that waits behind another on its connection is not taken for one that nobody reads',
    async () => {
      const size = 200_000;
      const { proxy, close } = await started(
        ({ url }, response) => {
          if (url === '/second') {
            response.end(Buffer.alloc(size, 's'));
            return;
          }
          let left = 10;
          const drip = setInterval(() => {
            if ((left -= 1) > 0) response.write('f');
            else response.end();
            if (left === 0) clearInterval(drip);
          }, 50);
        },
        { readerStallMs: 100 },
      );
      const get = (path: string, more = '') => `GET /proxy/crm/${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
      const answers = await rawExchange(proxy.port, get('first') + get('second', 'Connection: close\r\n'));
      expect(answers.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
      expect(answers.endsWith('s'.repeat(size))).toBe(true);
      await close();
    },
  );

  test.concurrent(
    'a caller that sends its body too slowly is told so, and the upstream is not asked',
    async () => {
      let asked = 0;
      const { proxy, close } = await started(() => (asked += 1), { budgetMs: BUDGET_MS });
      const outgoing = request(proxy.port, { method: 'POST', headers: { 'Content-Length': '10' } });
      outgoing.write('12345');
      const answer = await answerTo(outgoing);
      expect([answer.statusCode, JSON.parse(await textOf(answer))]).toMatchObject([
        504,
        { code: 'upstream_timeout' },
      ]);
      expect(asked).toBe(0);
      outgoing.destroy();
      await close();
    },
  );
});

describe('who leaves', () => {
  test('a caller that leaves while it waits ends the call at the upstream', async () => {
    const arrived = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    const { proxy, close } = await started((incoming) => {
      incoming.once('close', () => left.resolve());
      arrived.resolve();
    });
    const outgoing = request(proxy.port).end();
    void arrived.promise.then(() => outgoing.destroy());
    outgoing.on('error', () => undefined);
    await left.promise;
    await untilTrue(() => proxy.activity.length === 1);
    expect(proxy.activity).toMatchObject([{ status: 499, result: 'Failure' }]);
    await close();
  });

  test('a caller that leaves while it downloads ends the call at the upstream', async () => {
    const left = Promise.withResolvers<void>();
    const { proxy, close } = await started((_incoming, response) => {
      response.once('close', () => left.resolve());
      void pour(response, CHUNK, 10_000 * MEBIBYTE);
    });
    const outgoing = request(proxy.port).end();
    const answer = await answerTo(outgoing);
    await once(answer, 'data');
    outgoing.destroy();
    await left.promise;
    await close();
  });

  test('a caller that leaves while it uploads ends the call at the upstream', async () => {
    const arrived = Promise.withResolvers<void>();
    const cut = Promise.withResolvers<void>();
    const { proxy, close } = await started((incoming) => {
      incoming.once('data', () => arrived.resolve());
      incoming.once('error', () => cut.resolve());
    });
    const outgoing = request(proxy.port, { method: 'POST', headers: { 'Content-Length': String(TOTAL) } });
    void arrived.promise.then(() => outgoing.destroy());
    outgoing.on('error', () => undefined);
    void pour(outgoing, CHUNK, TOTAL);
    await cut.promise;
    await close();
  });

  test('a caller that leaves in the middle of a small body is never heard of at the upstream', async () => {
    let asked = 0;
    const { proxy, close } = await started(() => (asked += 1));
    const outgoing = request(proxy.port, { method: 'POST', headers: { 'Content-Length': '10' } });
    outgoing.on('error', () => undefined);
    outgoing.write('12345', () => outgoing.destroy());
    await untilTrue(() => proxy.activity.length === 1);
    expect([asked, proxy.grants()]).toEqual([0, 0]);
    await close();
  });

  test.each([
    ['with a length', { 'Content-Length': '100' }],
    ['in chunks', {}],
  ])('an upstream that leaves in the middle of an answer %s cuts the caller off', async (_name, headers) => {
    const { proxy, close } = await started((_incoming, response) => {
      response.writeHead(200, headers);
      response.write('half', () => response.destroy());
    });
    const answer = await answerTo(request(proxy.port).end());
    await expect(textOf(answer)).rejects.toThrow('aborted');
    await close();
  });

  test.each([
    ['in order', (socket: Socket) => void socket.end(), 'half'],
    ['by a reset', (socket: Socket) => void socket.resetAndDestroy(), 'aborted'],
  ])(
    'an answer that lasts as long as its connection is whole only where that ends in order: %s',
    async (_how, end, expected) => {
      let upstream: Socket | undefined;
      const { proxy, close } = await started(({ socket }) => {
        upstream = socket;
        socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf');
      });
      const answer = await answerTo(request(proxy.port).end());
      answer.once('data', () => end(upstream!));
      expect(await textOf(answer).catch((error: Error) => error.message)).toBe(expected);
      await close();
    },
  );

  test.each([
    ['GET', 2],
    ['POST', 1],
  ])('an upstream that leaves before it answers a %s is asked %i times', async (method, times) => {
    let asked = 0;
    const { proxy, close } = await started((_incoming, response) => {
      asked += 1;
      response.destroy();
    });
    const answer = await answerTo(request(proxy.port, { method }).end());
    expect([answer.statusCode, JSON.parse(await textOf(answer))]).toMatchObject([
      502,
      { code: 'connection_failure' },
    ]);
    expect(asked).toBe(times);
    await close();
  });
});

async function untilTrue(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}
