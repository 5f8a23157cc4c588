/** Whether a webhook comes from who knows the secret of its sync. Pure but for the hash: constant in time over what was sent. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../secret.ts';

export const SIGNATURE_HEADER = 'x-bridge-signature';
export const TIMESTAMP_HEADER = 'x-bridge-timestamp';
export const SECRET_HEADER = 'x-bridge-webhook-secret';
/** A signature that someone has recorded is of no use after this. */
export const TIMESTAMP_WINDOW_SECONDS = 300;

export interface SentProof {
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Uint8Array;
}

/** Of equal length whatever was sent, so that neither length nor content shows in the time. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

function headerOf({ headers }: SentProof, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value.trim() : undefined;
}

/** `sha256=` and the HMAC-SHA256, in hexadecimal, over the timestamp, a dot and the body. */
export function signWebhook(secret: Secret, timestamp: string, body: Uint8Array | string): string {
  const hmac = createHmac('sha256', secret.reveal()).update(`${timestamp}.`).update(body);
  return `sha256=${hmac.digest('hex')}`;
}

function isSigned(proof: SentProof, signature: string, secret: Secret, nowMs: number): boolean {
  const timestamp = headerOf(proof, TIMESTAMP_HEADER) ?? '';
  const isRecent =
    /^\d{1,12}$/.test(timestamp) && Math.abs(nowMs / 1000 - Number(timestamp)) <= TIMESTAMP_WINDOW_SECONDS;
  const isRight = isSame(signature.toLowerCase(), signWebhook(secret, timestamp, proof.body));
  return isRight && isRecent;
}

/** As a bearer token, as the password of Basic under any name, or in a header of its own: what each sender can be told to send. */
function bareSecretOf(proof: SentProof): string {
  const own = headerOf(proof, SECRET_HEADER);
  if (own !== undefined) return own;
  const [scheme = '', value = ''] = (headerOf(proof, 'authorization') ?? '').split(/ +/, 2);
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return '';
  const decoded = Buffer.from(value, 'base64').toString('utf8');
  return decoded.slice(decoded.indexOf(':') + 1);
}

/** A signature that is there decides alone: a wrong one is not made good by a secret beside it. */
export function isProven(proof: SentProof, secret: Secret, nowMs: number): boolean {
  const signature = headerOf(proof, SIGNATURE_HEADER);
  return signature === undefined
    ? isSame(bareSecretOf(proof), secret.reveal())
    : isSigned(proof, signature, secret, nowMs);
}
