/** Callers sign in by a JWT of their platform; whatever else claims to be one is turned away. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHmac, createPrivateKey, createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT } from 'jose';
import request from 'supertest';
import type { Caller, CallerJwt } from '../../server/callers/caller.ts';
import { createJwtKeys, type FetchedText } from '../../server/callers/jwt-keys.ts';
import { createJwtSignIn, LIFETIME_SECONDS_MAX, SKEW_SECONDS } from '../../server/callers/jwt-sign-in.ts';
import { createSharedUsedJwts, createUsedJwts, type UsedJwts } from '../../server/callers/used-jwts.ts';
import type { RunningBridge } from '../../server/main.ts';
import { Secret } from '../../server/secret.ts';
import { CREDENTIALS, startTestBridge } from '../support/bridge.ts';
import { putCaller, putConnection } from '../support/bridge-admin.ts';
import { makeSelfSigned, type IssuedCertificate } from '../support/certificates.ts';

const ISSUER = 'https://acme.my.salesforce.com';
const AUDIENCE = 'https://bridge.acme.example';
const NOW_MS = Date.now();
const NOW = Math.floor(NOW_MS / 1000);

let ec: IssuedCertificate;
let rsa: IssuedCertificate;
let stranger: IssuedCertificate;
let ended: IssuedCertificate;

beforeAll(async () => {
  ec = await makeSelfSigned({ subject: 'ec' });
  rsa = await makeSelfSigned({ subject: 'rsa', key: 'rsa2048' });
  stranger = await makeSelfSigned({ subject: 'stranger' });
  ended = await makeSelfSigned({ subject: 'ended', startsInDays: -9, endsInDays: -1 });
});

const privateKey = ({ keyPem }: IssuedCertificate): KeyObject => createPrivateKey(keyPem);

type Claims = Record<string, unknown>;

interface Signing {
  by?: IssuedCertificate;
  header?: Record<string, unknown>;
  claims?: Claims;
}

/** A JWT as it should be, but for what is given; a claim that is undefined is left out. */
async function jwt({ by = ec, header = {}, claims = {} }: Signing = {}): Promise<string> {
  const payload = { iss: ISSUER, aud: AUDIENCE, sub: 'job@acme', iat: NOW, exp: NOW + 180, ...claims };
  const alg = by === rsa ? 'RS256' : 'ES256';
  const protectedHeader = { alg, typ: 'JWT', ...header } as { alg: string };
  return new SignJWT(payload).setProtectedHeader(protectedHeader).sign(privateKey(by));
}

const segment = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function handMade(header: object, claims: object, sign: (input: string) => string): string {
  const input = `${segment(header)}.${segment({ iss: ISSUER, aud: AUDIENCE, iat: NOW, exp: NOW + 180, ...claims })}`;
  return `${input}.${sign(input)}`;
}

function callerWith(settings: Partial<CallerJwt>, name = 'org'): Caller {
  const now = new Date(NOW_MS);
  const given = { issuer: ISSUER, audience: AUDIENCE, ...settings };
  return { name, permissions: ['read'], jwt: given, version: 1, createdAt: now, updatedAt: now };
}

function inMemory(): UsedJwts {
  const used = createUsedJwts();
  return { use: (...seen) => Promise.resolve(used.use(...seen)) };
}

interface Setting {
  callers?: readonly Caller[];
  nowMs?: number;
  fetchText?: () => Promise<FetchedText>;
}

function signInWith({ callers, nowMs = NOW_MS, fetchText }: Setting = {}) {
  const known = callers ?? [callerWith({ certificate: ec.certPem })];
  const noFetch = () => Promise.reject(new Error('nothing is to be fetched'));
  const keys = createJwtKeys({
    fetchText: fetchText ?? noFetch,
    monotonicMs: () => performance.now(),
    cooldownMs: 0,
  });
  const byJwtIssuer = (issuer: string) => known.filter((caller) => caller.jwt?.issuer === issuer);
  const { signIn } = createJwtSignIn({ callers: { byJwtIssuer }, keys, now: () => nowMs, used: inMemory() });
  return (token: string) => signIn(new Secret(token));
}

const REFUSED = { code: 'caller_unauthenticated' };

describe('a JWT signs its caller in', () => {
  test.each([
    ['ES256', () => ec],
    ['RS256', () => rsa],
  ])('by %s and the certificate of the caller', async (_alg, pair) => {
    const signIn = signInWith({ callers: [callerWith({ certificate: pair().certPem })] });
    expect(await signIn(await jwt({ by: pair() }))).toMatchObject({ name: 'org' });
  });

  test('whose audience is one of several', async () => {
    expect(await signInWith()(await jwt({ claims: { aud: ['other', AUDIENCE] } }))).toMatchObject({
      name: 'org',
    });
  });

  test('picked among callers of one issuer by audience, subject and key', async () => {
    const signIn = signInWith({
      callers: [
        callerWith({ certificate: stranger.certPem }, 'other-key'),
        callerWith({ certificate: ec.certPem, audience: 'elsewhere' }, 'other-audience'),
        callerWith({ certificate: ec.certPem, subject: 'someone' }, 'other-subject'),
        callerWith({ certificate: ec.certPem, subject: 'job@acme' }, 'right'),
      ],
    });
    expect(await signIn(await jwt())).toMatchObject({ name: 'right' });
  });

  test('as the caller of its subject, beside one for every subject, whichever was saved last', async () => {
    const own = callerWith({ certificate: ec.certPem, subject: 'job@acme' }, 'own');
    const any = callerWith({ certificate: ec.certPem }, 'any');
    for (const callers of [
      [own, any],
      [any, own],
    ]) {
      const signIn = signInWith({ callers });
      expect(await signIn(await jwt())).toMatchObject({ name: 'own' });
      expect(await signIn(await jwt({ claims: { sub: 'other@acme' } }))).toMatchObject({ name: 'any' });
    }
  });

  test('within the skew of two clocks', async () => {
    const late = { exp: NOW - SKEW_SECONDS + 1 };
    const early = { iat: NOW + SKEW_SECONDS, nbf: NOW + SKEW_SECONDS };
    for (const claims of [late, early]) {
      expect(await signInWith()(await jwt({ claims }))).toMatchObject({ name: 'org' });
    }
  });

  test('again and again, where it has no jti', async () => {
    const [signIn, token] = [signInWith(), await jwt()];
    await signIn(token);
    expect(await signIn(token)).toMatchObject({ name: 'org' });
  });

  test('once, where it has one, even when ten try at once', async () => {
    const [signIn, token] = [signInWith(), await jwt({ claims: { jti: 'one' } })];
    const ends = await Promise.allSettled(Array.from({ length: 10 }, () => signIn(token)));
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(signIn(token)).rejects.toMatchObject({
      ...REFUSED,
      message: expect.stringMatching(/used before/),
    });
  });
});

describe('a signer is told that its JWT', () => {
  test.each<[string, Claims, RegExp]>([
    ['has expired', { exp: NOW - SKEW_SECONDS - 1 }, /expired/],
    ['never expires', { exp: undefined }, /exp/],
    ['lives too long', { exp: NOW + LIFETIME_SECONDS_MAX + SKEW_SECONDS + 1 }, /more than 3600 seconds/],
    ['is not valid yet', { nbf: NOW + SKEW_SECONDS + 2 }, /nbf/],
    ['comes from the future', { iat: NOW + SKEW_SECONDS + 2 }, /iat/],
    ['is for another audience', { aud: 'https://elsewhere.example' }, /audience/],
    ['is for no audience', { aud: undefined }, /audience/],
  ])('%s', async (_what, claims, message) => {
    await expect(signInWith()(await jwt({ claims }))).rejects.toMatchObject({
      ...REFUSED,
      message: expect.stringMatching(message),
    });
  });

  test('is for another subject', async () => {
    const signIn = signInWith({ callers: [callerWith({ certificate: ec.certPem, subject: 'other' })] });
    await expect(signIn(await jwt())).rejects.toMatchObject({
      ...REFUSED,
      message: expect.stringMatching(/subject/),
    });
  });

  test('is signed with a certificate that has ended', async () => {
    const signIn = signInWith({ callers: [callerWith({ certificate: ended.certPem })] });
    await expect(signIn(await jwt({ by: ended }))).rejects.toMatchObject({
      ...REFUSED,
      message: expect.stringMatching(/dates/),
    });
  });
});

describe('an attacker learns nothing but that it failed', () => {
  const publicPem = () =>
    createPublicKey(new X509Certificate(ec.certPem).publicKey.export({ type: 'spki', format: 'pem' })).export(
      { type: 'spki', format: 'pem' },
    );
  const hmac = (secret: string | Buffer) => (input: string) =>
    createHmac('sha256', secret).update(input).digest('base64url');

  const ATTACKS: [string, () => string | Promise<string>][] = [
    ['algorithm none', () => handMade({ alg: 'none' }, {}, () => '')],
    ['algorithm none with a signature', () => handMade({ alg: 'none' }, {}, () => 'AAAA')],
    ['algorithm NONE', () => handMade({ alg: 'NONE' }, {}, () => 'AAAA')],
    ['HS256 with the certificate', () => handMade({ alg: 'HS256' }, {}, hmac(ec.certPem))],
    ['HS256 with the public key', () => handMade({ alg: 'HS256' }, {}, hmac(publicPem()))],
    ['HS256 with an empty secret', () => handMade({ alg: 'HS256' }, {}, hmac(Buffer.alloc(1)))],
    ['another key', () => jwt({ by: stranger })],
    ['another kind of key', () => jwt({ by: rsa })],
    ['another issuer', () => jwt({ claims: { iss: 'https://evil.example' } })],
    ['no issuer', () => jwt({ claims: { iss: undefined } })],
    ['another key and an old date', () => jwt({ by: stranger, claims: { exp: 1 } })],
    ['another key and another audience', () => jwt({ by: stranger, claims: { aud: 'x' } })],
    [
      'a critical header that no one knows',
      () => handMade({ alg: 'ES256', crit: ['b64'], b64: false }, {}, () => 'AAAA'),
    ],
    [
      'changed claims',
      async () => {
        const [header, , signature] = (await jwt()).split('.');
        return `${header}.${segment({ iss: ISSUER, aud: AUDIENCE, exp: NOW + 180, sub: 'boss' })}.${signature}`;
      },
    ],
    ['a signature cut off', async () => (await jwt()).replace(/.{10}$/, '')],
    [
      'a signature of zeros',
      async () => (await jwt()).replace(/[^.]+$/, Buffer.alloc(64).toString('base64url')),
    ],
    ['no JSON', () => 'a.b.c'],
    ['claims that are a list', () => `${segment({ alg: 'ES256' })}.${segment([])}.AAAA`],
    ['prototype tricks', () => handMade({ alg: 'ES256' }, { iss: '__proto__' }, () => 'AAAA')],
    ['a JWT beyond all size', async () => jwt({ claims: { pad: 'x'.repeat(9_000) } })],
  ];

  test.each(ATTACKS)('with %s', async (_what, make) => {
    const token = await make();
    await expect(signInWith()(token)).rejects.toMatchObject({
      ...REFUSED,
      message: 'The JWT is not accepted: its issuer, key or signature is not the one of a caller',
    });
  });

  test.each(['jwk', 'jku', 'x5u', 'x5c', 'kid'])('with a key of its own in the header %s', async (name) => {
    const { publicKey } = new X509Certificate(stranger.certPem);
    const values: Record<string, unknown> = {
      jwk: await exportJWK(publicKey),
      jku: 'https://evil.example/keys',
      x5u: 'https://evil.example/cert.pem',
      x5c: [new X509Certificate(stranger.certPem).raw.toString('base64')],
      kid: '../../dev/null',
    };
    const token = await jwt({ by: stranger, header: { [name]: values[name] } });
    await expect(signInWith()(token)).rejects.toMatchObject(REFUSED);
  });

  test('and cannot use up the jti of another', async () => {
    const signIn = signInWith();
    await expect(signIn(await jwt({ by: stranger, claims: { jti: 'mine' } }))).rejects.toMatchObject(REFUSED);
    expect(await signIn(await jwt({ claims: { jti: 'mine' } }))).toMatchObject({ name: 'org' });
  });
});

describe('a published key set', () => {
  const keySet = async (...pairs: [string, IssuedCertificate][]) => {
    const keys = [];
    for (const [kid, pair] of pairs)
      keys.push({ ...(await exportJWK(new X509Certificate(pair.certPem).publicKey)), kid });
    return JSON.stringify({ keys: [...keys, { kty: 'oct', k: 'AAAA', alg: 'HS256', kid: 'shared' }] });
  };
  const withKeySet = (body: () => string | Promise<string>) => {
    let fetches = 0;
    const signIn = signInWith({
      callers: [callerWith({ jwksUrl: 'https://acme.example/keys' })],
      fetchText: async () => {
        fetches += 1;
        return { status: 200, body: await body() };
      },
    });
    return { signIn, fetches: () => fetches };
  };

  test('is read once for many sign-ins', async () => {
    const { signIn, fetches } = withKeySet(() => keySet(['a', ec]));
    await Promise.all([1, 2, 3].map(async () => signIn(await jwt({ header: { kid: 'a' } }))));
    expect(fetches()).toBe(1);
  });

  test('is read again for a key that is new in it', async () => {
    let pairs: [string, IssuedCertificate][] = [['a', ec]];
    const { signIn } = withKeySet(() => keySet(...pairs));
    await signIn(await jwt({ header: { kid: 'a' } }));
    pairs = [['b', rsa]];
    expect(await signIn(await jwt({ by: rsa, header: { kid: 'b' } }))).toMatchObject({ name: 'org' });
    await expect(signIn(await jwt({ header: { kid: 'a' } }))).rejects.toMatchObject(REFUSED);
  });

  test('verifies nothing with a shared secret that stands in it', async () => {
    const { signIn } = withKeySet(() => keySet(['a', ec]));
    const forged = handMade({ alg: 'HS256', kid: 'shared' }, {}, (input) =>
      createHmac('sha256', Buffer.from('AAAA', 'base64')).update(input).digest('base64url'),
    );
    await expect(signIn(forged)).rejects.toMatchObject(REFUSED);
  });

  test.each([
    ['no JSON', 'not json'],
    ['no key set', '{"error":"x"}'],
  ])('that is %s makes the sign-in unavailable, and is not asked again at once', async (_what, body) => {
    const { signIn, fetches } = withKeySet(() => body);
    for (let tries = 0; tries < 3; tries += 1) {
      await expect(signIn(await jwt())).rejects.toMatchObject({ code: 'unavailable' });
    }
    expect(fetches()).toBe(1);
  });
});

describe('JWTs that were used', () => {
  test('are forgotten when they have expired, and never before', () => {
    const used = createUsedJwts(2);
    expect(used.use('org', 'a', 1_000, 0)).toBe('first');
    expect(used.use('org', 'b', 2_000, 0)).toBe('first');
    expect(used.use('org', 'c', 3_000, 0)).toBe('full');
    expect(used.use('other', 'a', 1_000, 0)).toBe('first');
    expect(used.use('org', 'a', 1_000, 999)).toBe('again');
    expect(used.use('org', 'c', 3_000, 1_000)).toBe('first');
    expect(used.use('org', 'b', 2_000, 1_999)).toBe('again');
  });
});

describe('a JWT that is used at two instances', () => {
  function instances(shared: { isAway: boolean }) {
    const seen = new Set<string>();
    const table = {
      use: (caller: string, jti: string) => {
        if (shared.isAway) return Promise.reject(new Error('away'));
        const key = JSON.stringify([caller, jti]);
        const use = seen.has(key) ? ('again' as const) : ('first' as const);
        seen.add(key);
        return Promise.resolve(use);
      },
    };
    const make = () => createSharedUsedJwts({ shared: table, log: { warn: () => undefined }, timeoutMs: 50 });
    return [make(), make()] as const;
  }

  test('signs in at one of them', async () => {
    const [first, second] = instances({ isAway: false });
    expect(await first.use('org', 'a', 2_000, 0)).toBe('first');
    expect(await second.use('org', 'a', 2_000, 0)).toBe('again');
    expect(await second.use('other', 'a', 2_000, 0)).toBe('first');
  });

  test('is known to each that has seen it while the database is away, and locks nobody out', async () => {
    const [first] = instances({ isAway: true });
    expect(await first.use('org', 'a', 2_000, 0)).toBe('first');
    expect(await first.use('org', 'a', 2_000, 0)).toBe('again');
  });
});

describe('over HTTP', () => {
  let bridge: RunningBridge;
  let publisher: http.Server;

  beforeAll(async () => {
    const jwk = { ...(await exportJWK(new X509Certificate(rsa.certPem).publicKey)), kid: 'one' };
    publisher = http.createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })));
    publisher.listen(0, '127.0.0.1');
    await once(publisher, 'listening');
    const { port } = publisher.address() as AddressInfo;
    bridge = await startTestBridge();
    const put = (name: string, settings: object) =>
      putCaller(bridge.url, name, { permissions: ['read'], jwt: { audience: AUDIENCE, ...settings } });
    await put('org', { issuer: ISSUER, certificate: ec.certPem });
    await put('published', { issuer: 'https://published', jwksUrl: `http://127.0.0.1:${port}/keys` });
    await put('forbidden', { issuer: 'https://forbidden', jwksUrl: 'https://forbidden.example/keys' });
  });

  afterAll(async () => {
    await bridge.stop();
    publisher.close();
  });

  const ask = (token: string) => request(bridge.url).get('/v1/connections').auth(token, { type: 'bearer' });

  test('a JWT of the certificate and one of the key set are let in', async () => {
    expect((await ask(await jwt())).status).toBe(200);
    const published = await jwt({ by: rsa, header: { kid: 'one' }, claims: { iss: 'https://published' } });
    expect((await ask(published)).status).toBe(200);
  });

  test('what it takes to read the keys is part of what the caller waits', async () => {
    const keys = { keys: [{ ...(await exportJWK(new X509Certificate(rsa.certPem).publicKey)), kid: 'one' }] };
    const token = { access_token: 'token-of-the-connection', token_type: 'bearer', expires_in: 3600 };
    const other = http.createServer((incoming, response) => {
      if (incoming.url === '/token') response.end(JSON.stringify(token));
      if (incoming.url === '/keys') setTimeout(() => response.end(JSON.stringify(keys)), 400);
    });
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    await putConnection(bridge.url, 'silent', {
      provider: 'other',
      url: `${url}/token`,
      apiUrl: url,
      ...CREDENTIALS,
    });
    const settings = { audience: AUDIENCE, issuer: 'https://slow', jwksUrl: `${url}/keys` };
    await putCaller(bridge.url, 'slow', { permissions: ['proxy:silent'], jwt: settings });
    const signed = await jwt({ by: rsa, header: { kid: 'one' }, claims: { iss: 'https://slow' } });
    const { status, body } = await request(bridge.url)
      .get('/proxy/silent/x')
      .auth(signed, { type: 'bearer' })
      .set('X-Bridge-Timeout-Seconds', '2');
    const [, seconds] = /within ([\d.]+) s/.exec(body.detail) ?? [];
    expect([status, Number(seconds) >= 1, Number(seconds) <= 1.6]).toEqual([504, true, true]);
    other.closeAllConnections();
    other.close();
  });

  test('a JWT that is played back is 401', async () => {
    const token = await jwt({ claims: { jti: 'once' } });
    expect([(await ask(token)).status, (await ask(token)).status]).toEqual([200, 401]);
  });

  test('a key set that the bridge may not call is never asked', async () => {
    const { status, body, headers } = await ask(await jwt({ claims: { iss: 'https://forbidden' } }));
    expect(status).toBe(503);
    expect(body).toMatchObject({
      code: 'unavailable',
      remedy: expect.stringContaining('BRIDGE_EGRESS_ALLOW'),
    });
    expect(headers['retry-after']).toBe('10');
  });

  test('a JWT is no password: as Basic it is refused', async () => {
    expect(
      (
        await request(bridge.url)
          .get('/v1/connections')
          .auth('org', await jwt())
      ).status,
    ).toBe(401);
  });
});
