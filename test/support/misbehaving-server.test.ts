/** The peers that other tests rely on do what their names say, seen from Node's own clients. */
import http from 'node:http';
import https from 'node:https';
import { describe, expect, test } from '@jest/globals';
import { GOOD_TOKEN } from './misbehaving-answers.ts';
import { loopbackCertificates } from './misbehaving-certificates.ts';
import { MISBEHAVING_PROXY_KINDS, startMisbehavingProxy } from './misbehaving-proxy.ts';
import type { MisbehavingProxyKind } from './misbehaving-proxy.ts';
import { MISBEHAVING_KINDS, startMisbehaving } from './misbehaving-server.ts';
import type { MisbehavingKind, MisbehavingOptions } from './misbehaving-server.ts';
import { endOfRequest } from './misbehaving-sockets.ts';
import type { MisbehavingServer } from './misbehaving-sockets.ts';

const BODY = 'grant_type=client_credentials';
/** Never reached where the peer does what it should, however busy the machine is. */
const LONG_MS = 15_000;
const SHORT_MS = 200;

/** A peer that says nothing is left soon; one that says something first is waited for until it has. */
const patienceFor = ({ ended, status }: { ended?: string; status?: number }) =>
  ended === 'hungUp' && status === undefined ? SHORT_MS : LONG_MS;

interface Outcome {
  status?: number;
  body: string;
  /** Code of the error that ended it; `hungUp` where the client had seen enough. */
  ended: string;
}

interface AskOptions {
  bytesMax?: number;
  /** Time after which the client hangs up. */
  patienceMs?: number;
  clientCertificate?: boolean;
}

async function ask(
  url: string,
  { bytesMax = 1e6, patienceMs = LONG_MS, clientCertificate }: AskOptions = {},
) {
  const { ca, client } = await loopbackCertificates();
  const certificate = clientCertificate ? { cert: client.certificate, key: client.key } : {};
  return new Promise<Outcome>((resolve) => {
    const outcome: Outcome = { body: '', ended: 'whole' };
    const end = (ended: string) => resolve({ ...outcome, ended });
    const send = url.startsWith('https') ? https.request : http.request;
    const request = send(url, { method: 'POST', agent: false, ca, ...certificate });
    const hangUp = () => {
      end('hungUp');
      request.destroy();
    };
    const patience = setTimeout(hangUp, patienceMs);
    request.on('close', () => clearTimeout(patience));
    request.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    request.on('upgrade', () => end('upgrade'));
    request.on('response', (response) => {
      if (response.statusCode !== undefined) outcome.status = response.statusCode;
      response.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
      response.on('data', (chunk: Buffer) => {
        outcome.body += chunk.toString('latin1');
        if (outcome.body.length >= bytesMax) hangUp();
      });
      response.on('end', () => end('whole'));
    });
    request.end(BODY);
  });
}

async function withServer<T>(
  kind: MisbehavingKind,
  options: MisbehavingOptions,
  use: (server: MisbehavingServer) => Promise<T>,
): Promise<T> {
  const server = await startMisbehaving(kind, options);
  try {
    return await use(server);
  } finally {
    await server.close();
  }
}

async function untilAsked({ seen }: MisbehavingServer): Promise<void> {
  while (seen.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
}

const TOKEN = JSON.stringify(GOOD_TOKEN);
const RESET = 'ECONNRESET';
const EXPECTED: Record<Exclude<MisbehavingKind, 'hugeBody' | 'gzipBomb'>, Partial<Outcome>> = {
  token: { status: 200, body: TOKEN, ended: 'whole' },
  answer: { status: 200, body: '', ended: 'whole' },
  silent: { body: '', ended: 'hungUp' },
  resetBeforeAnswer: { body: '', ended: RESET },
  closeBeforeAnswer: { body: '', ended: RESET },
  resetInHeaders: { body: '', ended: RESET },
  closeInHeaders: { body: '', ended: RESET },
  resetInBody: { status: 200, body: '{"access_token":"half', ended: RESET },
  slowHeaders: { body: '', ended: 'hungUp' },
  slowBody: { status: 200, body: '{"a', ended: 'hungUp' },
  redirect: { status: 302, ended: 'whole' },
  html: { status: 200, ended: 'whole' },
  emptyOk: { status: 200, body: '', ended: 'whole' },
  noContent: { status: 204, body: '', ended: 'whole' },
  truncatedJson: { status: 200, body: TOKEN.slice(0, -20), ended: 'whole' },
  shortBody: { status: 200, body: TOKEN, ended: RESET },
  cutChunked: { status: 200, body: TOKEN, ended: RESET },
  noToken: { status: 200, ended: 'whole' },
  brokenGzip: { status: 200, ended: 'whole' },
  unknownEncoding: { status: 200, ended: 'whole' },
  garbage: { ended: 'HPE_INVALID_CONSTANT' },
  badStatusLine: { ended: 'HPE_INVALID_STATUS' },
  badHeader: { ended: 'HPE_INVALID_HEADER_TOKEN' },
  badChunkSize: { ended: 'HPE_INVALID_CHUNK_SIZE' },
  bothLengths: { ended: 'HPE_INVALID_TRANSFER_ENCODING' },
  oversizedHeaders: { ended: 'HPE_HEADER_OVERFLOW' },
  earlyHints: { status: 200, body: TOKEN, ended: 'whole' },
  unsolicitedUpgrade: { ended: 'upgrade' },
  refused: { ended: 'ECONNREFUSED' },
  resetOnConnect: { ended: RESET },
  tlsSilent: { ended: 'hungUp' },
  tlsAlert: { ended: 'EPROTO' },
  tlsReset: { ended: RESET },
  tlsSpokenPlain: { ended: 'EPROTO' },
  clientCertificateTls13: { ended: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' },
  clientCertificateTls12: { ended: 'EPROTO' },
};

describe('startMisbehaving', () => {
  test.each(Object.entries(EXPECTED))('%s ends a request as %j', async (kind, expected) => {
    const asking = { patienceMs: patienceFor(expected), bytesMax: kind === 'slowBody' ? 3 : 1e6 };
    const outcome = await withServer(kind as MisbehavingKind, { intervalMs: 5 }, ({ url }) =>
      ask(url, asking),
    );
    expect(outcome).toMatchObject(expected);
  });

  test('knows no kind that is not tried here', () => {
    expect([...MISBEHAVING_KINDS].sort()).toEqual([...Object.keys(EXPECTED), 'hugeBody', 'gzipBomb'].sort());
  });

  test.each(['token', 'resetInBody', 'shortBody', 'garbage'] as const)(
    'does %s under TLS too',
    async (kind) => {
      const outcome = await withServer(kind, { tls: true }, ({ url }) => ask(url));
      expect(outcome).toMatchObject(EXPECTED[kind]);
    },
  );

  test.each(['clientCertificateTls13', 'clientCertificateTls12'] as const)(
    '%s welcomes the right certificate',
    async (kind) => {
      const outcome = await withServer(kind, {}, ({ url }) => ask(url, { clientCertificate: true }));
      expect(outcome).toMatchObject(EXPECTED.token);
    },
  );

  test('records what reached it, byte for byte', async () => {
    await withServer('token', {}, async ({ url, seen }) => {
      await ask(`${url}/oauth/token?a=%20b`);
      expect(seen.requests).toHaveLength(1);
      expect(seen.requests[0]).toMatch(/^POST \/oauth\/token\?a=%20b HTTP\/1\.1\r\n/);
      expect(seen.requests[0]!.endsWith(BODY)).toBe(true);
      expect(seen.bytes).toBe(seen.requests[0]!.length);
    });
  });

  test('counts how much of a huge answer it got rid of before the client hung up', async () => {
    await withServer('hugeBody', {}, async ({ url, seen }) => {
      const { ended } = await ask(url, { bytesMax: 1e6 });
      expect(ended).toBe('hungUp');
      expect(seen.sentBytes).toBeGreaterThanOrEqual(1e6);
      expect(seen.sentBytes).toBeLessThan(100e6);
    });
  });

  test('sends a gigabyte of gzip as one megabyte', async () => {
    const { ended, body } = await withServer('gzipBomb', {}, ({ url }) => ask(url, { bytesMax: 10e6 }));
    expect(ended).toBe('whole');
    expect(body.length).toBeGreaterThan(500_000);
    expect(body.length).toBeLessThan(2_000_000);
  });

  test('keeps a refused port refused while another server takes a free one', async () => {
    await withServer('refused', {}, async ({ url, port }) => {
      const others = await Promise.all(Array.from({ length: 20 }, () => startMisbehaving('token')));
      expect(others.map((other) => other.port)).not.toContain(port);
      await Promise.all(others.map((other) => other.close()));
      expect((await ask(url)).ended).toBe('ECONNREFUSED');
    });
  });

  test('closes while a request hangs on it', async () => {
    const server = await startMisbehaving('silent');
    const hanging = ask(server.url, { patienceMs: LONG_MS });
    await untilAsked(server);
    await server.close();
    expect((await hanging).ended).toBe(RESET);
  });
});

describe('endOfRequest', () => {
  test.each([
    ['GET / HTTP/1.1\r\n\r\n', 18],
    ['GET / HTTP/1.1\r\n', undefined],
    ['POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab', undefined],
    ['POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nabcGET', 41],
    ['POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n', undefined],
    ['POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n', 60],
  ])('finds the end of %j', (text, end) => {
    expect(endOfRequest(text)).toBe(end);
  });
});

interface ConnectOutcome {
  status?: number | undefined;
  headers?: http.IncomingHttpHeaders;
  ended: string;
}

describe('startMisbehavingProxy', () => {
  const connect = (proxy: MisbehavingServer, kind: MisbehavingProxyKind) =>
    new Promise<ConnectOutcome>((resolve) => {
      const { host, port } = proxy;
      const request = http.request({
        host,
        port,
        method: 'CONNECT',
        path: 'target.example:443',
        agent: false,
      });
      let answer: Omit<ConnectOutcome, 'ended'> = {};
      const end = (ended: string) => {
        clearTimeout(patience);
        resolve({ ...answer, ended });
        request.destroy();
      };
      const hangUp = () => end('hungUp');
      let patience = setTimeout(hangUp, LONG_MS);
      const waitFor = (milliseconds: number) => {
        clearTimeout(patience);
        patience = setTimeout(hangUp, milliseconds);
      };
      if (kind === 'stallBeforeAnswer') void untilAsked(proxy).then(() => waitFor(SHORT_MS));
      const fail = (error: NodeJS.ErrnoException) => end(error.code ?? error.message);
      request.on('error', fail);
      request.on('connect', ({ statusCode, headers }, socket) => {
        answer = { status: statusCode, headers };
        waitFor(kind === 'stallAfterConnect' ? SHORT_MS : LONG_MS);
        socket
          .on('error', fail)
          .on('end', () => end('whole'))
          .resume();
      });
      request.end();
    });

  test.each([
    ['authenticationRequired', { status: 407, headers: { 'proxy-authenticate': 'Basic realm="proxy"' } }],
    ['forbidden', { status: 403 }],
    ['badGateway', { status: 502 }],
    ['unavailable', { status: 503 }],
    ['gatewayTimeout', { status: 504 }],
    [
      'proxyStatusDnsError',
      { status: 504, headers: { 'proxy-status': expect.stringContaining('error=dns_error') } },
    ],
    ['squidDnsFail', { status: 503, headers: { 'x-squid-error': 'ERR_DNS_FAIL 0' } }],
    ['stallBeforeAnswer', { ended: 'hungUp' }],
    ['stallAfterConnect', { status: 200, ended: 'hungUp' }],
    ['reset', { ended: RESET }],
    ['close', { ended: RESET }],
    ['garbage', { ended: 'HPE_INVALID_CONSTANT' }],
    ['openThenReset', { status: 200, ended: RESET }],
  ] as const)('%s ends a CONNECT as %j', async (kind, expected) => {
    const proxy = await startMisbehavingProxy(kind);
    expect(await connect(proxy, kind)).toMatchObject(expected);
    expect(proxy.seen.requests[0]).toMatch(/^CONNECT target\.example:443 HTTP\/1\.1\r\n/);
    await proxy.close();
  });

  test('has thirteen kinds, all tried here', () => {
    expect(MISBEHAVING_PROXY_KINDS).toHaveLength(13);
  });
});
