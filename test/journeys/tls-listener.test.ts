/** The bridge ends TLS itself, takes up replaced files, and knows callers by their certificates, its own and those a proxy vouches for. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { join } from 'node:path';
import tls from 'node:tls';
import request from 'supertest';
import { loadConfig } from '../../server/config.ts';
import { startBridge, type RunningBridge } from '../../server/main.ts';
import { ConfigError } from '../../server/config-fault.ts';
import { readTlsFiles, watchTlsFiles } from '../../server/tls-files.ts';
import { ADMIN_KEY, startTestBridge, testEnvironment } from '../support/bridge.ts';
import { putCaller } from '../support/bridge-admin.ts';
import {
  CLIENT_AUTH,
  makeAuthority,
  makeSelfSigned,
  type Authority,
  type IssuedCertificate,
} from '../support/certificates.ts';
import { embeddedDataDirectory, temporaryDirectory } from '../support/databases.ts';

const CHECK_MS = 20;
const TAKEN_UP_MS_MAX = 30_000;

function fingerprintOf({ certPem }: IssuedCertificate): string {
  return new X509Certificate(certPem).fingerprint256;
}

/** Self-signed: who issued it does not matter. */
const clientCertificate = (subject: string, endsInDays = 30) =>
  makeSelfSigned({ subject, extendedKeyUsage: [CLIENT_AUTH], startsInDays: -20, endsInDays });

let authority: Authority;
let ours: IssuedCertificate;
let known: IssuedCertificate;
let expired: IssuedCertificate;
let unknown: IssuedCertificate;

beforeAll(async () => {
  authority = await makeAuthority();
  ours = await serverPair();
  known = await clientCertificate('known');
  expired = await clientCertificate('expired', -1);
  unknown = await clientCertificate('unknown');
});

function serverPair(): Promise<IssuedCertificate> {
  return authority.issue({ ipAddresses: ['127.0.0.1'], subject: 'bridge' });
}

describe('over https', () => {
  let bridge: RunningBridge;
  let dataDir: string;
  const file = (name: string) => join(dataDir, name);

  /** As a renewal does: whole files, put in the place of the old ones. */
  async function place(pair: { certPem: string; keyPem: string }): Promise<void> {
    for (const [name, pem] of [
      ['tls.key', pair.keyPem],
      ['tls.crt', pair.certPem],
    ] as const) {
      await writeFile(file(`${name}.new`), pem);
      await rename(file(`${name}.new`), file(name));
    }
  }

  async function putAsAdmin(path: string, body: object): Promise<void> {
    await request(bridge.url)
      .put(path)
      .ca(authority.certPem)
      .auth(ADMIN_KEY, { type: 'bearer' })
      .send(body)
      .expect(200);
  }

  beforeAll(async () => {
    dataDir = await embeddedDataDirectory();
    await place(ours);
    const env = { BRIDGE_TLS_CERT: file('tls.crt'), BRIDGE_TLS_KEY: file('tls.key') };
    bridge = await startBridge(loadConfig(testEnvironment(dataDir, env)), {
      handleSignals: false,
      tlsCheckMs: CHECK_MS,
    });
    for (const [name, certificate] of Object.entries({ known, expired })) {
      const certificateSha256 = fingerprintOf(certificate);
      await putAsAdmin(`/v1/callers/${name}`, { permissions: ['read'], certificateSha256 });
    }
  });

  afterAll(async () => {
    await bridge.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const get = (path: string) => request(bridge.url).get(path).ca(authority.certPem);
  const by = ({ certPem, keyPem }: IssuedCertificate) => get('/v1/connections').cert(certPem).key(keyPem);

  test('answers with its own certificate, and tells browsers to insist on https', async () => {
    expect(bridge.url).toMatch(/^https:/);
    const { status, headers } = await get('/livez');
    expect(status).toBe(200);
    expect(headers['strict-transport-security']).toMatch(/max-age=\d+/);
  });

  test('signs a caller in by its certificate alone', async () => {
    expect((await by(known)).status).toBe(200);
  });

  test('signs it in again on a resumed session', async () => {
    const agent = new https.Agent({ ca: authority.certPem, cert: known.certPem, key: known.keyPem });
    const one = () =>
      new Promise<[number | undefined, boolean]>((resolve, reject) => {
        const call = https.get(`${bridge.url}/v1/connections`, { agent }, (answer) => {
          const { statusCode, socket } = answer;
          answer
            .resume()
            .once('end', () => resolve([statusCode, (socket as tls.TLSSocket).isSessionReused()]));
        });
        call.once('error', reject);
      });
    expect(await one()).toEqual([200, false]);
    expect(await one()).toEqual([200, true]);
    agent.destroy();
  });

  test.each([
    ['an expired certificate', () => expired, /dates/],
    ['a certificate of no caller', () => unknown, /not that of a caller/],
  ])('refuses %s', async (_what, certificate, detail) => {
    const { status, body } = await by(certificate());
    expect(status).toBe(401);
    expect(body).toMatchObject({ code: 'caller_unauthenticated', detail: expect.stringMatching(detail) });
  });

  test('takes the key where certificate and key come together, and refuses a wrong one', async () => {
    expect((await by(known).auth(ADMIN_KEY, { type: 'bearer' })).status).toBe(200);
    expect((await by(known).auth('wrong', { type: 'bearer' })).status).toBe(401);
  });

  test('does not believe a certificate header', async () => {
    const header = encodeURIComponent(known.certPem);
    expect((await get('/v1/connections').set('X-SSL-Client-Cert', header)).status).toBe(401);
  });

  test('stops taking a certificate the moment it is withdrawn, on an open connection too', async () => {
    const agent = new https.Agent({ keepAlive: true, ca: authority.certPem });
    const leaver = await clientCertificate('leaver');
    await putAsAdmin('/v1/callers/leaver', {
      permissions: ['read'],
      certificateSha256: fingerprintOf(leaver),
    });
    const ask = () => by(leaver).agent(agent);
    expect((await ask()).status).toBe(200);
    await putAsAdmin('/v1/callers/leaver', { permissions: ['read'] });
    expect((await ask()).status).toBe(401);
    agent.destroy();
  });

  test('answers a parser fault as a problem', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const { port } = new URL(bridge.url);
      const socket = tls.connect({ port: Number(port), host: '127.0.0.1', ca: authority.certPem });
      let text = '';
      socket.on('data', (chunk) => (text += String(chunk)));
      socket.once('error', reject).once('end', () => resolve(text));
      socket.write('no http at all\r\n\r\n');
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400[^]*"code":"invalid_request"/);
  });

  async function servedSerial(): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = tls.connect({
        port: Number(new URL(bridge.url).port),
        host: '127.0.0.1',
        ca: authority.certPem,
      });
      socket.once('error', reject).once('secureConnect', () => {
        resolve(socket.getPeerX509Certificate()!.serialNumber.toLowerCase());
        socket.destroy();
      });
    });
  }

  async function serves(pair: IssuedCertificate): Promise<void> {
    const wanted = pair.serialNumber.toLowerCase();
    const untilMs = performance.now() + TAKEN_UP_MS_MAX;
    while ((await servedSerial()) !== wanted) {
      if (performance.now() > untilMs) throw new Error('the replaced certificate was not taken up');
      await new Promise((resolve) => setTimeout(resolve, CHECK_MS));
    }
  }

  test('takes up replaced files without a restart', async () => {
    const renewed = await serverPair();
    await place(renewed);
    await serves(renewed);
    expect((await by(known)).status).toBe(200);
  });
});

describe('replaced TLS files', () => {
  async function watched() {
    const directory = await temporaryDirectory();
    const files = { certFile: join(directory, 'tls.crt'), keyFile: join(directory, 'tls.key') };
    await writeFile(files.certFile, ours.certPem);
    await writeFile(files.keyFile, ours.keyPem);
    const applied: string[] = [];
    const warnings: unknown[] = [];
    const watch = watchTlsFiles({
      files,
      pair: await readTlsFiles(files),
      apply: ({ cert }) => applied.push(String(cert)),
      log: { info: () => undefined, warn: (fault: unknown) => warnings.push(fault) } as never,
      checkMs: 3_600_000,
    });
    return { files, applied, warnings, watch };
  }

  test('are not taken up while they are no pair, which is said once; and are when they are', async () => {
    const { files, applied, warnings, watch } = await watched();
    const renewed = await serverPair();
    expect(await watch.check()).toBe(false);
    await writeFile(files.certFile, renewed.certPem);
    expect([await watch.check(), await watch.check()]).toEqual([false, false]);
    expect(warnings).toHaveLength(1);
    await writeFile(files.keyFile, renewed.keyPem);
    expect(await watch.check()).toBe(true);
    expect(applied).toEqual([renewed.certPem]);
    expect(await watch.check()).toBe(false);
    watch.stop();
  });

  test.each([
    ['is gone', (path: string) => rm(path)],
    ['is empty', (path: string) => writeFile(path, '')],
    ['is no certificate', (path: string) => writeFile(path, 'not a certificate')],
  ])('keep the pair in use where the certificate %s', async (_what, spoil) => {
    const { files, applied, warnings, watch } = await watched();
    await spoil(files.certFile);
    expect(await watch.check()).toBe(false);
    expect([applied.length, warnings.length]).toEqual([0, 1]);
    watch.stop();
  });

  test.each([
    ['missing', undefined],
    ['no pair', 'unknown'],
  ])('that are %s at the start stop it with a word on what to do', async (_what, other) => {
    const directory = await temporaryDirectory();
    const files = { certFile: join(directory, 'tls.crt'), keyFile: join(directory, 'tls.key') };
    if (other !== undefined) {
      await writeFile(files.certFile, ours.certPem);
      await writeFile(files.keyFile, unknown.keyPem);
    }
    const stopped = await readTlsFiles(files).catch((error: unknown) => error);
    expect(stopped).toBeInstanceOf(ConfigError);
    expect((stopped as ConfigError).message).toMatch(/BRIDGE_TLS_CERT is .*It must be a PEM file/);
  });
});

describe('behind a proxy', () => {
  const started = new Map<string, Promise<RunningBridge>>();

  async function start(env: NodeJS.ProcessEnv): Promise<RunningBridge> {
    const bridge = await startTestBridge(env);
    for (const [name, certificate] of Object.entries({ known, expired })) {
      const settings = { permissions: ['read'], certificateSha256: fingerprintOf(certificate) };
      await putCaller(bridge.url, name, settings);
    }
    return bridge;
  }

  function startedOnce(env: NodeJS.ProcessEnv): Promise<RunningBridge> {
    const key = JSON.stringify(env);
    const bridge = started.get(key) ?? start(env);
    started.set(key, bridge);
    return bridge;
  }

  /** Where the operator has named this header. */
  const trusting = (header: string) =>
    startedOnce({ BRIDGE_TRUSTED_PROXIES: '127.0.0.0/8', BRIDGE_CLIENT_CERTIFICATE_HEADER: header });
  const wary = () =>
    startedOnce({ BRIDGE_TRUSTED_PROXIES: '10.0.0.0/8', BRIDGE_CLIENT_CERTIFICATE_HEADER: 'Client-Cert' });

  afterAll(async () => {
    for (const bridge of started.values()) await (await bridge).stop();
  });

  const ask = ({ url }: RunningBridge, headers: Record<string, string>) =>
    request(url).get('/v1/connections').set(headers);
  const escaped = ({ certPem }: IssuedCertificate) => encodeURIComponent(certPem);
  const der = ({ certPem }: IssuedCertificate) => new X509Certificate(certPem).raw.toString('base64');
  const hash = (certificate: IssuedCertificate) =>
    fingerprintOf(certificate).replaceAll(':', '').toLowerCase();

  const HEADERS: [what: string, headers: (certificate: IssuedCertificate) => Record<string, string>][] = [
    ['nginx', (certificate) => ({ 'X-SSL-Client-Cert': escaped(certificate) })],
    ['nginx under its other usual name', (certificate) => ({ 'X-Client-Cert': escaped(certificate) })],
    ['RFC 9440', (certificate) => ({ 'Client-Cert': `:${der(certificate)}:` })],
    [
      'Envoy',
      (certificate) => ({
        'X-Forwarded-Client-Cert': `By=spiffe://x;Hash=${hash(certificate)};Cert="${escaped(certificate)}";Subject="CN=a,O=\\"b;c\\""`,
      }),
    ],
    [
      'Envoy, whose last element is its own',
      (certificate) => ({
        'X-Forwarded-Client-Cert': `Hash=${'0'.repeat(64)},Hash=${hash(certificate)};Cert="${escaped(certificate)}"`,
      }),
    ],
  ];

  test.each(HEADERS)('believes the header of %s from a trusted address', async (_what, headers) => {
    const bridge = await trusting(Object.keys(headers(known))[0]!);
    expect((await ask(bridge, headers(known))).status).toBe(200);
    expect((await ask(bridge, headers(unknown))).status).toBe(401);
    expect((await ask(bridge, headers(expired))).status).toBe(401);
  });

  test.each(HEADERS)('ignores the header of %s from any other address', async (_what, headers) => {
    const { status, body } = await ask(await wary(), headers(known));
    expect(status).toBe(401);
    expect(body.detail).toBe('The request carries no API key of the bridge');
  });

  test.each(HEADERS)('believes no header of %s that the operator has not named', async (_what, headers) => {
    const bridge = await startedOnce({ BRIDGE_TRUSTED_PROXIES: '127.0.0.0/8' });
    expect((await ask(bridge, headers(known))).status).toBe(401);
  });

  test('believes the one header that is named, and no other', async () => {
    const named = await startTestBridge({
      BRIDGE_TRUSTED_PROXIES: '127.0.0.1',
      BRIDGE_CLIENT_CERTIFICATE_HEADER: 'X-Amzn-Mtls-Clientcert',
    });
    const settings = { permissions: ['read'], certificateSha256: fingerprintOf(known) };
    await putCaller(named.url, 'known', settings);
    expect((await ask(named, { 'X-Amzn-Mtls-Clientcert': escaped(known) })).status).toBe(200);
    expect((await ask(named, { 'X-SSL-Client-Cert': escaped(known) })).status).toBe(401);
    await named.stop();
  });

  test('believes a fingerprint that Envoy sends without the certificate', async () => {
    expect(
      (
        await ask(await trusting('X-Forwarded-Client-Cert'), {
          'X-Forwarded-Client-Cert': `Hash=${hash(known)}`,
        })
      ).status,
    ).toBe(200);
  });

  test('does not take an element that the client put before that of Envoy', async () => {
    const header = `Hash=${hash(known)},Hash=${hash(unknown)}`;
    expect(
      (await ask(await trusting('X-Forwarded-Client-Cert'), { 'X-Forwarded-Client-Cert': header })).status,
    ).toBe(401);
  });

  test.each<[string, () => Record<string, string>]>([
    ['two headers', () => ({ 'X-SSL-Client-Cert': escaped(unknown), 'X-Client-Cert': escaped(known) })],
    ['two values', () => ({ 'X-SSL-Client-Cert': `${escaped(unknown)}, ${escaped(known)}` })],
    ['a header that is no certificate', () => ({ 'X-SSL-Client-Cert': 'none' })],
    ['a broken encoding', () => ({ 'X-SSL-Client-Cert': '%E0%A4%A' })],
  ])('refuses %s', async (_what, headers) => {
    const { status, body } = await ask(await trusting('X-SSL-Client-Cert'), headers());
    expect(status).toBe(401);
    expect(body.code).toBe('caller_unauthenticated');
  });

  test('takes the API key of a request whose header is broken', async () => {
    const bridge = await trusting('X-SSL-Client-Cert');
    const answer = await ask(bridge, { 'X-SSL-Client-Cert': 'none' }).auth(ADMIN_KEY, { type: 'bearer' });
    expect(answer.status).toBe(200);
  });

  test.each([
    ['believes', () => trusting('Client-Cert'), true],
    ['does not believe', wary, false],
  ])('%s that the outside speaks https', async (_what, bridge, isSecure) => {
    const { headers } = await request((await bridge()).url)
      .get('/livez')
      .set('X-Forwarded-Proto', 'https');
    expect(headers['strict-transport-security'] !== undefined).toBe(isSecure);
  });

  test('counts failed sign-ins by the address that the proxy names', async () => {
    const bridge = await trusting('X-SSL-Client-Cert');
    const failing = (address: string) =>
      ask(bridge, { 'X-Forwarded-For': address }).auth('wrong', { type: 'bearer' });
    const first = [];
    for (let tries = 0; tries < 21; tries += 1) first.push((await failing('192.0.2.7')).status);
    expect(first).toEqual([...Array(20).fill(401), 429]);
    expect((await failing('192.0.2.8')).status).toBe(401);
    // A client behind the proxy cannot choose its own address: the last is the proxy's word.
    expect((await failing('192.0.2.9, 192.0.2.7')).status).toBe(429);
  });
});
