/** Whether a sign-in is tried again, by what the upstream answered with: over real sockets, as the broker executes it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ComposedRequests } from '../../server/compose/compose-upstream.ts';
import { classifyFailure, type FailureClass, type GrantOutcome } from '../../server/tokens/failure-class.ts';
import { toGrantOutcome } from '../../server/tokens/grant-outcome.ts';
import { execute, testRequests } from '../support/bridge.ts';
import { startSocketServer } from '../support/misbehaving-sockets.ts';

let requests: ComposedRequests;
beforeAll(() => {
  requests = testRequests();
});
afterAll(() => requests.close());

const REFUSAL = '{"error":"invalid_grant"}';
const MIB = 2 ** 20;

interface Sent {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** The upstream says no more, and keeps the connection. */
  staysOpen?: boolean;
}

async function outcomeOf({
  status,
  headers = {},
  body = '',
  staysOpen = false,
}: Sent): Promise<GrantOutcome> {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const answer = `HTTP/1.1 ${status} Status\r\nContent-Type: application/json\r\n${lines.join('')}\r\n${body}`;
  const server = await startSocketServer({
    onRequest: ({ socket }) => void (staysOpen ? socket.write(answer) : socket.end(answer)),
  });
  try {
    const { url } = server;
    return toGrantOutcome(await execute(requests, { url, ...(staysOpen ? { timeoutSeconds: 1 } : {}) }));
  } finally {
    await server.close();
  }
}

const LONGER = { 'Content-Length': '4096' };

describe('a refusal of the credential is one', () => {
  test.each<[string, Sent]>([
    ['where it is whole', { status: 401, headers: { 'Content-Length': '25' }, body: REFUSAL }],
    ['where it is cut off', { status: 401, headers: LONGER, body: REFUSAL }],
    ['where its end never comes', { status: 400, headers: LONGER, body: REFUSAL, staysOpen: true }],
    [
      'in an encoding that nobody reads',
      { status: 400, headers: { 'Content-Encoding': 'compress' }, body: 'x' },
    ],
    ['where it is packed and broken', { status: 401, headers: { 'Content-Encoding': 'gzip' }, body: 'x' }],
    ['where it is too large', { status: 401, headers: { 'Content-Length': String(2 * MIB) }, body: REFUSAL }],
    ['with the status of a success', { status: 200, headers: { 'Content-Length': '25' }, body: REFUSAL }],
  ])('%s', async (_how, sent) => {
    const outcome = await outcomeOf(sent);
    expect(outcome.kind).not.toBe('token');
    expect(classifyFailure(outcome as Exclude<GrantOutcome, { kind: 'token' }>)).toBe('credential');
  });
});

describe('what is no refusal is tried again', () => {
  test.each<[string, Sent, FailureClass]>([
    ['an upstream in trouble that is cut off', { status: 503, headers: LONGER, body: REFUSAL }, 'protocol'],
    ['one whose end never comes', { status: 503, headers: LONGER, staysOpen: true }, 'transient'],
    ['a success that is cut off', { status: 200, headers: LONGER, body: '{"access_token":"x' }, 'protocol'],
    ['a success whose end never comes', { status: 200, headers: LONGER, staysOpen: true }, 'transient'],
    ['a success with an error that nobody knows', { status: 200, body: '{"error":"surprise"}' }, 'protocol'],
    ['a limit that is cut off', { status: 429, headers: LONGER, body: '{' }, 'throttled'],
  ])('%s', async (_what, sent, expected) => {
    const outcome = await outcomeOf(sent);
    expect(classifyFailure(outcome as Exclude<GrantOutcome, { kind: 'token' }>)).toBe(expected);
  });
});
