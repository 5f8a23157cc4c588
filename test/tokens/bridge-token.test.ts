/** Tokens of the bridge: good for one proxy, and gone with the caller, the credential or the permission behind them. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import type { Caller } from '../../server/callers/caller.ts';
import { generateSecretKey, type KeyRing } from '../../server/database/sealed-secret.ts';
import { BRIDGE_TOKEN_SECONDS_MAX, createBridgeTokens } from '../../server/tokens/bridge-token.ts';

const KEY_HASH = 'a'.repeat(64);
const CREDENTIAL = { kind: 'key', sha256: KEY_HASH } as const;
const JWT = { issuer: 'i', audience: 'a', jwksUrl: 'https://a.example/keys' };
const CERTIFICATE_SHA256 = 'c'.repeat(64);

function callerWith(settings: Partial<Caller> = {}): Caller {
  const now = new Date(0);
  return { name: 'job', permissions: ['proxy:crm'], version: 1, createdAt: now, updatedAt: now, ...settings };
}

/** A bridge whose callers, keys and clock the test can change. */
function world(ring: KeyRing = { current: generateSecretKey(), previous: [] }) {
  const state = {
    nowMs: Date.now(),
    caller: callerWith() as Caller | undefined,
    keyHashes: [KEY_HASH] as readonly string[],
  };
  const tokens = createBridgeTokens({
    ring,
    callers: {
      find: (name) => (name === state.caller?.name ? state.caller : undefined),
      keyHashes: () => state.keyHashes,
    },
    now: () => state.nowMs,
  });
  return { state, tokens };
}

async function issued(connection = 'crm', given = world()) {
  const { token } = await given.tokens.issue(callerWith(), CREDENTIAL, connection);
  return { ...given, text: token.reveal() };
}

test('a token is good for its caller and its connection, for an hour', async () => {
  const { tokens, state, text } = await issued();
  expect(await tokens.verify(text)).toMatchObject({ caller: { name: 'job' }, connection: 'crm' });
  state.nowMs += BRIDGE_TOKEN_SECONDS_MAX * 1000 - 2_000;
  expect(await tokens.verify(text)).toBeDefined();
  state.nowMs += 2_000;
  expect(await tokens.verify(text)).toBeUndefined();
});

test('a token is known to every instance that holds the key, and to no other', async () => {
  const ring = { current: generateSecretKey(), previous: [] };
  const { text } = await issued('crm', world(ring));
  expect(await world(ring).tokens.verify(text)).toBeDefined();
  expect(await world().tokens.verify(text)).toBeUndefined();
});

test('a token outlives the change of the secret key while the old one is at hand', async () => {
  const [old, current] = [generateSecretKey(), generateSecretKey()];
  const ring = { current: old, previous: [] as (typeof old)[] };
  const given = await issued('crm', world(ring));
  Object.assign(ring, { current, previous: [old] });
  expect(await given.tokens.verify(given.text)).toBeDefined();
  expect(await world({ current, previous: [old] }).tokens.verify(given.text)).toBeDefined();
  Object.assign(ring, { previous: [] });
  expect(await given.tokens.verify(given.text)).toBeUndefined();
});

describe('a token ends at once', () => {
  test.each<[string, (state: ReturnType<typeof world>['state']) => void]>([
    ['its caller is removed', (state) => (state.caller = undefined)],
    ['the permission is withdrawn', (state) => (state.caller = callerWith({ permissions: ['proxy:other'] }))],
    ['the key is replaced', (state) => (state.keyHashes = ['b'.repeat(64)])],
    ['the key is gone', (state) => (state.keyHashes = [])],
  ])('when %s, though it was used before', async (_what, change) => {
    const { tokens, state, text } = await issued();
    expect(await tokens.verify(text)).toBeDefined();
    change(state);
    expect(await tokens.verify(text)).toBeUndefined();
  });

  test('when the certificate or the JWT that it was got with is changed', async () => {
    const { tokens, state } = world();
    const caller = (state.caller = callerWith({ certificateSha256: CERTIFICATE_SHA256, jwt: JWT }));
    const byCertificate = await tokens.issue(
      caller,
      { kind: 'certificate', sha256: CERTIFICATE_SHA256 },
      'crm',
    );
    const byJwt = await tokens.issue(caller, { kind: 'jwt', jwt: JWT }, 'crm');
    const both = async () =>
      [await tokens.verify(byCertificate.token.reveal()), await tokens.verify(byJwt.token.reveal())].map(
        (found) => found !== undefined,
      );
    expect(await both()).toEqual([true, true]);
    state.caller = callerWith({ certificateSha256: KEY_HASH, jwt: JWT });
    expect(await both()).toEqual([false, true]);
    state.caller = callerWith({ jwt: { ...JWT, jwksUrl: 'https://b.example/keys' } });
    expect(await both()).toEqual([false, false]);
  });
});

test('a token stays while its key works on beside a new one, and while other settings change', async () => {
  const { tokens, state, text } = await issued();
  state.keyHashes = [KEY_HASH, 'b'.repeat(64)];
  state.caller = callerWith({ permissions: ['read', 'proxy:*'], version: 9 });
  expect(await tokens.verify(text)).toMatchObject({ caller: { version: 9 } });
});

test('a token tells neither the hash of the key nor anything of the secret key', async () => {
  const { text } = await issued();
  const inside = JSON.stringify([decodeJwt(text), decodeProtectedHeader(text)]);
  expect(inside).not.toContain(KEY_HASH.slice(0, 8));
  expect(Object.keys(decodeJwt(text)).sort()).toEqual(['aud', 'crd', 'exp', 'iat', 'iss', 'sub']);
});

describe('what is not a token of the bridge is none', () => {
  let good: Awaited<ReturnType<typeof issued>>;
  const segment = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const parts = () => good.text.split('.') as [string, string, string];
  const withClaims = (claims: object) => {
    const [header, , signature] = parts();
    return [header, segment({ ...decodeJwt(good.text), ...claims }), signature].join('.');
  };
  const signedWith = (bytes: Uint8Array, header: object = {}) =>
    new SignJWT(decodeJwt(good.text))
      .setProtectedHeader({ ...decodeProtectedHeader(good.text), ...header } as { alg: string })
      .sign(bytes);

  beforeAll(async () => {
    good = await issued();
    expect(await good.tokens.verify(good.text)).toBeDefined();
  });

  test.each<[string, () => string | Promise<string>]>([
    ['of another connection by its claims', () => withClaims({ aud: 'other' })],
    ['of another caller by its claims', () => withClaims({ sub: 'admin' })],
    ['that lives longer by its claims', () => withClaims({ exp: 9_999_999_999 })],
    [
      'with algorithm none',
      () => `${segment({ ...decodeProtectedHeader(good.text), alg: 'none' })}.${parts()[1]}.`,
    ],
    [
      'with algorithm none and a signature',
      () => `${segment({ ...decodeProtectedHeader(good.text), alg: 'none' })}.${parts()[1]}.${parts()[2]}`,
    ],
    ['with another key', () => signedWith(Buffer.alloc(32, 7))],
    ['with the key id of nobody', () => signedWith(Buffer.alloc(32, 7), { kid: '__proto__' })],
    [
      'of another type',
      () => `${segment({ ...decodeProtectedHeader(good.text), typ: 'JWT' })}.${parts()[1]}.${parts()[2]}`,
    ],
    ['without its signature', () => `${parts()[0]}.${parts()[1]}.`],
    ['with one sign more', () => `${good.text}A`],
    ['with a space', () => `${good.text} `],
    ['that is empty', () => ''],
    ['that is an API key', () => `pcb_${'a'.repeat(49)}`],
    ['that is endless', () => 'a'.repeat(1_000_000)],
  ])('%s', async (_what, make) => {
    expect(await good.tokens.verify(await make())).toBeUndefined();
  });

  test('with any bit of it changed', async () => {
    for (let at = 0; at < good.text.length; at += 7) {
      const sign = good.text[at] === 'A' ? 'B' : 'A';
      const changed = `${good.text.slice(0, at)}${sign}${good.text.slice(at + 1)}`;
      expect(await good.tokens.verify(changed)).toBeUndefined();
    }
  });
});
