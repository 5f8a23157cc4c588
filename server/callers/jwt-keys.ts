/** Keys that verify a caller's JWT: of its certificate, or of the key set that its issuer publishes. Never one that the JWT brings along. */
import { X509Certificate, type KeyObject } from 'node:crypto';
import { createRemoteJWKSet, customFetch, type FetchImplementation, type JWTVerifyGetKey } from 'jose';
import { createBoundedMap } from './bounded-map.ts';
import type { CallerJwt } from './caller.ts';

/** A key set that was read is good for this long; an unknown key id has it read again before, but not more often than the cooldown. */
const KEY_SET_AGE_MS_MAX = 10 * 60_000;
const KEY_SET_COOLDOWN_MS = 30_000;
/** After a failure the publisher is left alone for this long, whatever strangers send meanwhile. */
const FAILURE_COOLDOWN_MS = 10_000;
const KEY_SETS_MAX = 100;
const CERTIFICATES_MAX = 1_000;

export interface FetchedText {
  status: number;
  body: string;
}

/** GET over the bridge's own transport, so that its egress policy holds here too. */
export type FetchText = (url: URL, signal: AbortSignal | undefined) => Promise<FetchedText>;

/** The key set could not be read: no fault of the caller. */
export class KeySetUnavailable extends Error {
  constructor(cause: unknown) {
    super('The key set of the issuer cannot be read', { cause });
    this.name = 'KeySetUnavailable';
  }
}

export interface JwtKeys {
  keyFor(jwt: CallerJwt): KeyObject | JWTVerifyGetKey;
  /** Whether the caller's own certificate is within its dates; true where it has none. */
  isInDate(jwt: CallerJwt, nowMs: number): boolean;
}

export interface JwtKeysOptions {
  fetchText: FetchText;
  monotonicMs: () => number;
  cooldownMs?: number;
}

/** Turns every failure into one type, and fails at once for a while after one. */
function guardedFetch({ fetchText, monotonicMs }: JwtKeysOptions): FetchImplementation {
  let failedAtMs = -Infinity;
  let reason: unknown;
  return async (url, { signal }) => {
    if (monotonicMs() - failedAtMs < FAILURE_COOLDOWN_MS) throw new KeySetUnavailable(reason);
    try {
      const { status, body } = await fetchText(new URL(url), signal);
      if (status !== 200) throw new Error(`The key set was answered with status ${status}`);
      const parsed: unknown = JSON.parse(body);
      if (!Array.isArray((parsed as { keys?: unknown } | null)?.keys))
        throw new Error('The answer holds no "keys"');
      return new Response(body, { status: 200 });
    } catch (error) {
      failedAtMs = monotonicMs();
      reason = error;
      throw new KeySetUnavailable(error);
    }
  };
}

export function createJwtKeys(options: JwtKeysOptions): JwtKeys {
  const keySets = createBoundedMap<string, JWTVerifyGetKey>(KEY_SETS_MAX);
  const certificates = createBoundedMap<string, X509Certificate>(CERTIFICATES_MAX);

  function keySetAt(url: string): JWTVerifyGetKey {
    const known = keySets.get(url);
    if (known !== undefined) return known;
    const made = createRemoteJWKSet(new URL(url), {
      cacheMaxAge: KEY_SET_AGE_MS_MAX,
      cooldownDuration: options.cooldownMs ?? KEY_SET_COOLDOWN_MS,
      [customFetch]: guardedFetch(options),
    });
    keySets.set(url, made);
    return made;
  }

  function certificateOf(pem: string): X509Certificate {
    const known = certificates.get(pem);
    if (known !== undefined) return known;
    const made = new X509Certificate(pem);
    certificates.set(pem, made);
    return made;
  }

  return {
    keyFor: ({ certificate, jwksUrl }) =>
      certificate === undefined ? keySetAt(jwksUrl!) : certificateOf(certificate).publicKey,
    isInDate({ certificate }, nowMs) {
      if (certificate === undefined) return true;
      const { validFromDate, validToDate } = certificateOf(certificate);
      return validFromDate.getTime() <= nowMs && nowMs <= validToDate.getTime();
    },
  };
}
