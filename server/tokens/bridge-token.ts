/**
 * The bridge's own tokens: what a caller gets in place of an upstream token, good for the proxy of one connection and for nothing else.
 * Stateless, signed with a key that is derived from BRIDGE_SECRET_KEY, so that every instance knows them; and yet at an end at once
 * where the caller, the credential it signed in with, or its permission is gone, since those are looked at when the token is used.
 */
import { createHmac, hkdfSync } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import { createBoundedMap } from '../callers/bounded-map.ts';
import type { Caller, CallerJwt } from '../callers/caller.ts';
import { mayCaller } from '../callers/permissions.ts';
import type { KeyRing, SecretKey } from '../database/sealed-secret.ts';
import { Secret } from '../secret.ts';

export const BRIDGE_TOKEN_SECONDS_MAX = 3_600;
const ISSUER = 'purecloud-bridge';
/** Keeps a token of ours from being taken for a JWT of another purpose, and the other way round (RFC 8725 §3.11). */
const TYPE = 'pcbridge+jwt';
const FORM = /^[\w-]{1,512}\.[\w-]{1,2048}\.[\w-]{43}$/;
const CREDENTIAL_CHARS = 22;
/** Tokens whose signature was checked lately: a proxied call then costs a look-up. */
const VERIFIED_MAX = 2_000;

/** How a caller signed in: a token lives no longer than that way in. */
export type SignInCredential =
  { kind: 'key'; sha256: string } | { kind: 'certificate'; sha256: string } | { kind: 'jwt'; jwt: CallerJwt };

export interface BridgeTokenOptions {
  ring: KeyRing;
  callers: {
    find(name: string): Caller | undefined;
    /** SHA-256 of the keys that work now. */
    keyHashes(name: string): readonly string[];
  };
  /** Epoch milliseconds. */
  now: () => number;
}

export interface IssuedBridgeToken {
  token: Secret;
  expiresInSeconds: number;
}

export interface BridgeTokens {
  issue(caller: Caller, credential: SignInCredential, connection: string): Promise<IssuedBridgeToken>;
  /** Undefined: not one of ours, expired, or no longer backed by its caller. Never throws. */
  verify(token: string): Promise<VerifiedBridgeToken | undefined>;
}

export interface VerifiedBridgeToken {
  caller: Caller;
  connection: string;
}

interface SigningKey {
  id: string;
  bytes: Uint8Array;
}

interface Claims {
  caller: string;
  connection: string;
  credential: string;
  /** Epoch seconds. */
  expiresAt: number;
  keyId: string;
}

/** A key for this one use (RFC 5869): whoever learned it could sign tokens, and read no stored secret. */
function signingKey({ id, key }: SecretKey): SigningKey {
  const info = 'purecloud-bridge/bridge-token/v1';
  const derived = hkdfSync('sha256', Buffer.from(key.reveal(), 'base64'), Buffer.alloc(0), info, 32);
  return { id, bytes: new Uint8Array(derived) };
}

/** Says what it claims to be, not that it is good: for words that help who comes with one that has ended. */
export function isBridgeTokenForm(token: string): boolean {
  if (!FORM.test(token)) return false;
  try {
    return decodeProtectedHeader(token).typ === TYPE;
  } catch {
    return false;
  }
}

/** Another certificate, audience or address of keys is another way in. */
function jwtText({ issuer, audience, subject, certificate, jwksUrl }: CallerJwt): string {
  return JSON.stringify([issuer, audience, subject, certificate, jwksUrl]);
}

/** Names the credential in the token without giving anything of it away. */
function credentialId({ bytes }: SigningKey, credential: SignInCredential): string {
  const what = credential.kind === 'jwt' ? jwtText(credential.jwt) : credential.sha256;
  return createHmac('sha256', bytes)
    .update(`${credential.kind}|${what}`)
    .digest('base64url')
    .slice(0, CREDENTIAL_CHARS);
}

function credentialsOf(caller: Caller, keyHashes: readonly string[]): SignInCredential[] {
  return [
    ...keyHashes.map((sha256) => ({ kind: 'key' as const, sha256 })),
    ...(caller.certificateSha256 === undefined
      ? []
      : [{ kind: 'certificate' as const, sha256: caller.certificateSha256 }]),
    ...(caller.jwt === undefined ? [] : [{ kind: 'jwt' as const, jwt: caller.jwt }]),
  ];
}

export function createBridgeTokens({ ring, callers, now }: BridgeTokenOptions): BridgeTokens {
  const derived = new Map<string, SigningKey>();
  const verified = createBoundedMap<string, Claims>(VERIFIED_MAX);

  function derivedFrom(secretKey: SecretKey): SigningKey {
    const key = derived.get(secretKey.id) ?? signingKey(secretKey);
    derived.set(secretKey.id, key);
    return key;
  }

  /** Asked of the ring each time: its keys may be replaced while the bridge runs. */
  function keyNamed(id: string): SigningKey | undefined {
    const secretKey = [ring.current, ...ring.previous].find((key) => key.id === id);
    return secretKey === undefined ? undefined : derivedFrom(secretKey);
  }

  async function readClaims(token: string): Promise<Claims | undefined> {
    if (!FORM.test(token)) return undefined;
    const known = verified.get(token);
    if (known !== undefined) return known;
    try {
      const { payload, protectedHeader } = await jwtVerify(
        token,
        ({ kid = '' }) => {
          const key = keyNamed(kid);
          if (key === undefined) throw new Error('signed with no key of this bridge');
          return key.bytes;
        },
        {
          algorithms: ['HS256'],
          typ: TYPE,
          issuer: ISSUER,
          requiredClaims: ['exp', 'sub', 'aud'],
          currentDate: new Date(now()),
        },
      );
      const claims: Claims = {
        caller: payload.sub!,
        connection: String(payload.aud),
        credential: String(payload.crd),
        expiresAt: payload.exp!,
        keyId: protectedHeader.kid!,
      };
      verified.set(token, claims);
      return claims;
    } catch {
      return undefined;
    }
  }

  /** Looked at with every use, from memory. */
  function backedBy({ caller: name, connection, credential, keyId }: Claims): Caller | undefined {
    const caller = callers.find(name);
    if (caller === undefined || !mayCaller(caller.permissions, `proxy:${connection}`)) return undefined;
    const key = keyNamed(keyId);
    if (key === undefined) return undefined;
    const isStillHeld = credentialsOf(caller, callers.keyHashes(name)).some(
      (held) => credentialId(key, held) === credential,
    );
    return isStillHeld ? caller : undefined;
  }

  return {
    async issue(caller, credential, connection) {
      const current = derivedFrom(ring.current);
      const issuedAt = Math.floor(now() / 1000);
      const token = await new SignJWT({ crd: credentialId(current, credential) })
        .setProtectedHeader({ alg: 'HS256', typ: TYPE, kid: current.id })
        .setIssuer(ISSUER)
        .setSubject(caller.name)
        .setAudience(connection)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + BRIDGE_TOKEN_SECONDS_MAX)
        .sign(current.bytes);
      return { token: new Secret(token), expiresInSeconds: BRIDGE_TOKEN_SECONDS_MAX };
    },
    async verify(token) {
      const claims = await readClaims(token);
      if (claims === undefined || now() >= claims.expiresAt * 1000) return undefined;
      const caller = backedBy(claims);
      return caller === undefined ? undefined : { caller, connection: claims.connection };
    },
  };
}
