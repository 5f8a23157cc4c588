/** Verifies the assertion of the JWT bearer grant: RS256 alone, the app's own certificate, issuer, audience and a short life. */
import { decodeJwt, importSPKI, importX509, jwtVerify } from 'jose';
import type { CryptoKey } from 'jose';
import { REFUSALS } from './refusals.ts';
import type { Refusal } from './refusals.ts';
import type { SalesforceApp } from './salesforce-state.ts';

/** An assertion may be good for a few minutes and no longer. */
const LIFE_SECONDS_MAX = 300;

export interface AssertionCheck {
  app: SalesforceApp;
  assertion: string;
  /** What `aud` may be: the URL of the host that is asked, and the login hosts. */
  audiences: readonly string[];
  nowMs: number;
}

/** The issuer an assertion names, unverified: it says whose certificate to verify with, and only its owner passes that. */
export function issuerOf(assertion: string): string | undefined {
  try {
    return decodeJwt(assertion).iss;
  } catch {
    return undefined;
  }
}

export async function verifyAssertion(check: AssertionCheck): Promise<{ subject: string } | Refusal> {
  const { app, assertion, audiences, nowMs } = check;
  const claims = await readVerified(app, assertion, nowMs);
  if (!claims) return REFUSALS.invalidAssertion;
  const named = [claims.aud ?? []].flat();
  if (!named.some((audience) => audiences.includes(audience))) return REFUSALS.wrongAudience;
  const lifeSeconds = (claims.exp ?? Infinity) - nowMs / 1000;
  if (claims.sub === undefined || lifeSeconds > LIFE_SECONDS_MAX) return REFUSALS.invalidAssertion;
  return { subject: claims.sub };
}

async function readVerified(app: SalesforceApp, assertion: string, nowMs: number) {
  if (app.certificate === undefined) return undefined;
  try {
    const key = await importVerificationKey(app.certificate);
    const options = { algorithms: ['RS256'], currentDate: new Date(nowMs) };
    return (await jwtVerify(assertion, key, options)).payload;
  } catch {
    return undefined;
  }
}

function importVerificationKey(pem: string): Promise<CryptoKey> {
  return pem.includes('BEGIN CERTIFICATE') ? importX509(pem, 'RS256') : importSPKI(pem, 'RS256');
}
