/** What lies in the directory of certificates now is what the next request shows, and nothing is sent with what cannot be used. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { composeRequests, type ComposedRequests } from '../../server/compose/compose-upstream.ts';
import { loadConfig } from '../../server/config.ts';
import { execute, testEnvironment } from '../support/bridge.ts';
import { CLIENT_AUTH, joinPem, makeAuthority, type Authority } from '../support/certificates.ts';

let directory: string;
let authority: Authority;
let server: tls.Server;
let url: string;
/** Common names and number of certificates that each connection showed. */
let shown: string[];
let connections: number;
let requests: ComposedRequests;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pcbridge-on-disk-'));
  authority = await makeAuthority();
  const { chainPem, keyPem } = await authority.issue();
  await writeFile(join(directory, 'ca.pem'), authority.certPem);
  const asking = { requestCert: true, rejectUnauthorized: false, ca: authority.certPem };
  server = tls.createServer({ cert: chainPem, key: keyPem, ...asking }, answer);
  server.on('connection', () => (connections += 1));
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `https://localhost:${(server.address() as AddressInfo).port}/oauth/token`;
  requests = composeRequests(
    loadConfig(
      testEnvironment(directory, {
        BRIDGE_CA_FILE: join(directory, 'ca.pem'),
        BRIDGE_CERTIFICATES_DIR: directory,
      }),
    ),
  );
});

beforeEach(() => {
  shown = [];
  connections = 0;
});

afterAll(async () => {
  await requests.close();
  server.close();
  await rm(directory, { recursive: true, force: true });
});

function answer(socket: tls.TLSSocket): void {
  const name = socket.getPeerX509Certificate()?.subject?.replace('CN=', '') ?? 'nobody';
  const issuers = socket.authorized ? 'trusted' : 'unknown issuer';
  const body = '{"access_token":"a-token"}';
  socket.on('error', () => undefined);
  socket.on('data', () => {
    shown.push(`${name}, ${issuers}`);
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  });
}

const issueClient = (from: Authority, subject: string) =>
  from.issue({ subject, extendedKeyUsage: [CLIENT_AUTH] });

/** Files are told apart by their time and number, so one that was written over is a new one. */
async function put(name: string, ...pems: string[]): Promise<void> {
  await rm(join(directory, name), { force: true });
  await writeFile(join(directory, name), joinPem(...pems), { mode: 0o600 });
}

async function ask(clientCertificate?: string) {
  const input = clientCertificate === undefined ? {} : { clientCertificate };
  const { exitPath, fault } = await execute(requests, { url, timeoutSeconds: 5, ...input });
  return fault === undefined ? exitPath : `${exitPath} ${fault.fault}`;
}

describe('a client certificate', () => {
  test('that is replaced is shown by the next request, though a connection of the old one is open', async () => {
    const [first, second] = [await issueClient(authority, 'first'), await issueClient(authority, 'second')];
    await put('org.pem', first.certPem, first.keyPem);
    expect([await ask('org'), await ask('org')]).toEqual(['Success', 'Success']);
    await put('org.pem', second.certPem, second.keyPem);
    expect([await ask('org'), await ask()]).toEqual(['Success', 'Success']);
    expect(shown).toEqual(['first, trusted', 'first, trusted', 'second, trusted', 'nobody, unknown issuer']);
  });

  test('whose missing issuer is added is shown with it', async () => {
    const between = await authority.authority();
    const client = await issueClient(between, 'below');
    await put('chain.pem', client.certPem, client.keyPem);
    expect(await ask('chain')).toBe('Success');
    await put('chain.pem', client.certPem, between.certPem, client.keyPem);
    expect(await ask('chain')).toBe('Success');
    expect(shown).toEqual(['below, unknown issuer', 'below, trusted']);
  });

  test('that is taken away is not shown any more, over a connection that is open either', async () => {
    const client = await issueClient(authority, 'leaving');
    await put('leaving.pem', client.certPem, client.keyPem);
    expect(await ask('leaving')).toBe('Success');
    await rm(join(directory, 'leaving.pem'));
    expect(await ask('leaving')).toBe('ConnectionFailure client_certificate_unusable');
    expect(shown).toEqual(['leaving, trusted']);
  });

  test.each([
    ['itself is too weak for TLS', { key: 'rsa1024' as const }, {}],
    ['has an issuer that is too weak for TLS', {}, { key: 'rsa1024' as const }],
  ])('that %s is told apart from a failed handshake, and nothing is dialled', async (_what, own, issuers) => {
    const weak = await makeAuthority({ name: 'Weak', ...issuers });
    const client = await weak.issue({ subject: 'weak', extendedKeyUsage: [CLIENT_AUTH], ...own });
    await put('weak.pem', client.certPem, weak.certPem, client.keyPem);
    expect(await ask('weak')).toBe('ConnectionFailure client_certificate_unusable');
    expect(connections).toBe(0);
  });
});
