/** The last resort of every request: whatever happened before, it answers or cuts, and never throws. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { BridgeError } from '../../server/errors.ts';
import { withLocals, type BridgeResponse } from '../../server/http/bridge-response.ts';
import { answerError } from '../../server/http/problem.ts';
import type { Log } from '../../server/telemetry/log.ts';

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** @param fail What goes wrong with each request. */
async function failing(fail: (response: BridgeResponse, log: Log) => void): Promise<{
  url: string;
  logged: unknown[];
}> {
  const logged: unknown[] = [];
  const log = { error: (...line: unknown[]) => void logged.push(line) } as unknown as Log;
  server = createServer((_request, response) => fail(withLocals(response), log));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, logged };
}

test('a head that could not be written leaves nothing of itself in the answer', async () => {
  const { url } = await failing((response, log) => {
    expect(() => response.writeHead(200, '\u20ac')).toThrow();
    answerError(new BridgeError('not_found'), response, log);
  });
  const answer = await fetch(url);
  expect([answer.status, answer.statusText]).toEqual([404, 'Not Found']);
  expect(await answer.json()).toMatchObject({ code: 'not_found' });
});

test('an error that cannot be told ends its own request, and no other', async () => {
  const { url, logged } = await failing((response, log) => {
    const retryAfterSeconds = '1\r\nX-Other: 2' as unknown as number;
    answerError(new BridgeError('rate_limited', { retryAfterSeconds }), response, log);
  });
  await expect(fetch(url)).rejects.toThrow();
  expect(logged).toHaveLength(1);
});
