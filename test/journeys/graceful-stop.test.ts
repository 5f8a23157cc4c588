/** The process is told to stop: what is in flight ends with its answer, what comes is told to go elsewhere, and then it ends. */
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Agent, request } from 'undici';
import { ADMIN_KEY, CREDENTIALS, testEnvironment } from '../support/bridge.ts';
import { embeddedDataDirectory } from '../support/databases.ts';
import { GOOD_TOKEN, httpAnswer } from '../support/misbehaving-answers.ts';
import { startMisbehaving } from '../support/misbehaving-server.ts';
import { startSocketServer } from '../support/misbehaving-sockets.ts';
import { dialRaw, parseRawAnswers } from '../support/raw-http.ts';
import { spawnBridge, type SpawnedBridge } from '../support/spawned-bridge.ts';

let directory: string;
let bridge: SpawnedBridge;

beforeEach(async () => {
  directory = await embeddedDataDirectory();
  bridge = await spawnBridge(testEnvironment(directory, { LOG_LEVEL: 'info' }));
});

afterEach(async () => {
  bridge.process.kill('SIGKILL');
  await bridge.ended;
  await rm(directory, { recursive: true, force: true });
});

/** Looks again when the processes that it waits for have had their turn. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function stopping(): Promise<void> {
  bridge.process.kill('SIGTERM');
  await until(() => bridge.output().includes('stopping'));
}

function collect(socket: Socket): () => string {
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  return () => received;
}

describe('a bridge that gets SIGTERM', () => {
  test('ends a request in flight with its answer, refuses a new one on a kept connection, and ends with code 0', async () => {
    const held: Socket[] = [];
    const upstream = await startSocketServer({ onRequest: ({ socket }) => void held.push(socket) });
    const inFlight = request(`${bridge.url}/v1/bearer-token-requests`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...CREDENTIALS, url: upstream.url, timeoutSeconds: 60 }),
    });
    const kept = new Agent({ connections: 1, keepAliveTimeout: 60_000 });
    const ask = () => request(`${bridge.url}/livez`, { dispatcher: kept });
    expect(await (await ask()).body.json()).toEqual({ status: 'ok' });
    await until(() => held.length > 0);

    bridge.process.kill('SIGTERM');
    let refused = await ask();
    // A kept connection has half a second for one more request: it is asked on without a pause.
    for (; refused.statusCode === 200; refused = await ask()) await refused.body.dump();
    expect(refused.statusCode).toBe(503);
    expect(refused.headers).toMatchObject({
      connection: 'close',
      'retry-after': '1',
      'content-type': 'application/json; charset=utf-8',
    });
    expect(await refused.body.json()).toMatchObject({ code: 'unavailable', retryable: true });

    held[0]!.write(httpAnswer(200, JSON.stringify(GOOD_TOKEN)));
    const answer = await inFlight;
    expect(answer.statusCode).toBe(200);
    expect(await answer.body.json()).toMatchObject({ exitPath: 'Success' });
    expect(await bridge.ended).toBe(0);
    await kept.close();
    await upstream.close();
  });

  test('refuses a request of which half had come in, and waits for no connection on which nothing is asked', async () => {
    const [half, silent, used] = [
      await dialRaw(bridge.url),
      await dialRaw(bridge.url),
      await dialRaw(bridge.url),
    ];
    const received = collect(half);
    half.write('GET /readyz HTTP/1.1\r\nHost: x\r\n');
    used.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(used, 'data');
    await stopping();
    half.write('\r\n');
    await once(half, 'close');
    const [answer] = parseRawAnswers(received());
    expect(answer).toMatchObject({ status: 503, headers: { connection: 'close' } });
    expect(await bridge.ended).toBe(0);
    silent.destroy();
  });

  test('ends at once at the second signal', async () => {
    const upstream = await startMisbehaving('silent');
    const inFlight = request(`${bridge.url}/v1/bearer-token-requests`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...CREDENTIALS, url: upstream.url, timeoutSeconds: 60 }),
    }).catch(() => undefined);
    await until(() => upstream.seen.requests.length > 0);
    await stopping();
    expect(await bridge.kill('SIGTERM')).toBe(143);
    await inFlight;
    await upstream.close();
  });
});
