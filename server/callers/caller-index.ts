/** All callers and their keys in memory, found by key, certificate and issuer. Pure. */
import type { Secret } from '../secret.ts';
import { hashApiKey } from './api-key.ts';
import type { Caller, CallerKey } from './caller.ts';

export interface StoredCaller {
  caller: Caller;
  keys: readonly CallerKey[];
}

export interface CallerIndex {
  /** @param name Where given (Basic), the key must be of that caller. */
  byKey(key: Secret, nowMs: number, name?: string): Caller | undefined;
  /** @param sha256 Lower-case hexadecimal. */
  byCertificate(sha256: string): Caller | undefined;
  /** Several may share an issuer and differ in audience or subject. */
  byJwtIssuer(issuer: string): readonly Caller[];
}

export function isUsable({ expiresAt }: CallerKey, nowMs: number): boolean {
  return expiresAt === undefined || nowMs < expiresAt.getTime();
}

export function indexCallers(stored: Iterable<StoredCaller>): CallerIndex {
  const keys = new Map<string, { caller: Caller; key: CallerKey }>();
  const certificates = new Map<string, Caller>();
  const issuers = new Map<string, Caller[]>();
  for (const { caller, keys: ownKeys } of stored) {
    for (const key of ownKeys) keys.set(key.sha256, { caller, key });
    if (caller.certificateSha256 !== undefined) certificates.set(caller.certificateSha256, caller);
    if (caller.jwt !== undefined) {
      issuers.set(caller.jwt.issuer, [...(issuers.get(caller.jwt.issuer) ?? []), caller]);
    }
  }
  return {
    byKey(key, nowMs, name) {
      // The map is searched by the hash, of which a caller cannot choose the first bytes: its timing tells nothing of a key.
      const sha256 = hashApiKey(key);
      const found = keys.get(sha256);
      if (found === undefined || !isUsable(found.key, nowMs)) return undefined;
      return name === undefined || found.caller.name === name ? found.caller : undefined;
    },
    byCertificate: (sha256) => certificates.get(sha256),
    byJwtIssuer: (issuer) => issuers.get(issuer) ?? [],
  };
}
