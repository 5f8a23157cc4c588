/** What a request leaves in the log. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { BridgeError } from '../../server/errors.ts';
import { logWhenEnded } from '../../server/http/access-log.ts';
import { withLocals } from '../../server/http/bridge-response.ts';
import { answerError } from '../../server/http/problem.ts';
import { createLogs } from '../../server/telemetry/log.ts';
import { createRedactor } from '../../server/telemetry/redaction.ts';
import type { RequestLine } from '../../server/telemetry/request-log.ts';
import { TransportError } from '../../server/transport/transport-error.ts';

const { log } = createLogs({
  level: 'fatal',
  destination: { write: () => undefined },
  redactor: createRedactor([]),
});

let server: Server;
afterEach(() => void server.close());

async function lineOf(error?: BridgeError, path = '/x?secret=y'): Promise<RequestLine> {
  const { promise, resolve } = Promise.withResolvers<RequestLine>();
  server = createServer((request, plain) => {
    const response = withLocals(plain);
    logWhenEnded(request, response, {
      requestLog: resolve,
      monotonicMs: () => performance.now(),
      observe: () => undefined,
    });
    if (error === undefined) response.end();
    else answerError(error, response, log);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
  return await promise;
}

describe('the line of a request', () => {
  test('says neither code nor fault where all went well', async () => {
    const line = await lineOf();
    expect(line).toMatchObject({ path: '/x', status: 200 });
    expect(Object.keys(line)).not.toEqual(expect.arrayContaining(['code']));
  });

  test('names nobody whom the path names', async () => {
    const { path } = await lineOf(undefined, '/proxy/crm/sobjects/Contact/Email__c/ada@example.com');
    expect(path).toBe('/proxy/crm/sobjects/Contact/Email__c/[person]');
  });

  test('says with which code it was answered', async () => {
    const line = await lineOf(new BridgeError('caller_forbidden'));
    expect(line).toMatchObject({ status: 403, code: 'caller_forbidden' });
    expect(line).not.toHaveProperty('fault');
  });

  test('says in which way the upstream was not reached', async () => {
    const cause = new TransportError('connection_refused', 'connect ECONNREFUSED', { phase: 'connect' });
    expect(await lineOf(new BridgeError('connection_failure', { cause }))).toMatchObject({
      status: 502,
      code: 'connection_failure',
      fault: 'connection_refused',
    });
  });
});
