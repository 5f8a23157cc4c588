/** TLS contexts, one per client certificate, kept: loading the roots takes OpenSSL some 13 ms. */
import type { SecureContext } from 'node:tls';
import type { ClientCertificate } from './certificates/client-certificates.ts';
import type { TrustStore } from './certificates/trust-store.ts';

/** More client certificates than this are not in use at once; the one that was made first goes. */
const CONTEXTS_MAX = 64;

export function createSecureContexts(
  trust: TrustStore,
): (clientCertificate?: ClientCertificate) => SecureContext {
  const contexts = new Map<string, SecureContext>();
  return (clientCertificate) => {
    if (clientCertificate === undefined) return trust.secureContext();
    // The certificate with its issuers: a file may be corrected by an issuer that was missing.
    const known = contexts.get(clientCertificate.certPem);
    if (known !== undefined) return known;
    const made = trust.secureContext(clientCertificate);
    contexts.set(clientCertificate.certPem, made);
    const [first] = contexts.keys();
    if (contexts.size > CONTEXTS_MAX && first !== undefined) contexts.delete(first);
    return made;
  };
}
