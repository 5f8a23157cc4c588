/** Secrets at rest: AES-256-GCM, bound to the place they belong to. Pure but for the random nonce. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { BridgeError } from '../errors.ts';
import { Secret } from '../secret.ts';

const FORMAT = 'v1';
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
// NIST SP 800-38D §8.2.2: a random nonce of 96 bits is good for 2^32 sealings under one key.
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_LENGTH = 16;
const KEY_TEXT = /^[A-Za-z0-9+/_-]{43}=?$/;

export interface SecretKey {
  /** Names the key in an envelope without telling anything of it. */
  readonly id: string;
  readonly key: Secret;
}

/** One key seals; every key opens, so that old and new envelopes are read while a rotation goes on. */
export interface KeyRing {
  readonly current: SecretKey;
  readonly previous: readonly SecretKey[];
}

/**
 * 32 bytes as Base64 (or base64url) -> key.
 * @throws BridgeError `invalid_request` without a word of the text.
 */
export function parseSecretKey(text: string): SecretKey {
  const trimmed = text.trim();
  const bytes = Buffer.from(trimmed, 'base64');
  if (!KEY_TEXT.test(trimmed) || bytes.length !== KEY_BYTES) {
    throw new BridgeError('invalid_request', {
      detail: 'BRIDGE_SECRET_KEY is not 32 bytes in Base64.',
      remedy: 'Make one with "openssl rand -base64 32" and set it as it is printed.',
      errors: [{ field: 'BRIDGE_SECRET_KEY', detail: 'must be 32 bytes in Base64' }],
    });
  }
  const id = createHash('sha256').update('purecloud-bridge key id\0').update(bytes).digest('hex');
  return { id: id.slice(0, KEY_ID_LENGTH), key: new Secret(bytes.toString('base64')) };
}

export function generateSecretKey(): SecretKey {
  return parseSecretKey(randomBytes(KEY_BYTES).toString('base64'));
}

function keyBytes({ key }: SecretKey): Buffer {
  return Buffer.from(key.reveal(), 'base64');
}

/** Format and key id are bound in too: no part of an envelope can be changed or moved. */
function boundData(keyId: string, identity: string): Buffer {
  return Buffer.from(`${FORMAT}|${keyId}|${identity}`, 'utf8');
}

function unreadable(identity: string, detail: string, cause?: unknown): BridgeError {
  return new BridgeError('internal_error', {
    detail: `The stored secret ${identity} cannot be read: ${detail}.`,
    remedy:
      'Start the bridge with the BRIDGE_SECRET_KEY that the secret was sealed with, or enter the secret again.',
    details: { reason: 'secret_unreadable', identity },
    cause,
  });
}

/**
 * Seals a secret for one place.
 * @param identity The place, unique over the whole database: `connection|crm|clientSecret`. The envelope opens there and nowhere else.
 * @returns `v1.KEYID.NONCE.CIPHERTEXT.TAG`, the last three base64url.
 */
export function sealSecret(ring: KeyRing, identity: string, secret: Secret): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, keyBytes(ring.current), nonce);
  cipher.setAAD(boundData(ring.current.id, identity));
  const ciphertext = Buffer.concat([cipher.update(secret.reveal(), 'utf8'), cipher.final()]);
  const parts = [nonce, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64url'));
  return [FORMAT, ring.current.id, ...parts].join('.');
}

/** Only the one spelling that encoding gives: base64url lets the last bits of a text vary, and then a changed envelope would open. */
function decode(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : undefined;
}

/**
 * Opens an envelope.
 * @throws BridgeError `internal_error`, `details.reason` `secret_unreadable`: another key, a changed bit, another place. Never an empty secret.
 */
export function openSecret(ring: KeyRing, identity: string, envelope: string): Secret {
  const [format, keyId = '', ...encoded] = envelope.split('.');
  const [nonce, ciphertext, tag, ...rest] = encoded.map(decode);
  const isWhole =
    format === FORMAT &&
    nonce?.length === NONCE_BYTES &&
    tag?.length === TAG_BYTES &&
    ciphertext !== undefined &&
    rest.length === 0;
  if (!isWhole) throw unreadable(identity, 'it is damaged');
  const key = [ring.current, ...ring.previous].find(({ id }) => id === keyId);
  if (key === undefined) throw unreadable(identity, 'it was sealed with a key that the bridge does not hold');
  try {
    const decipher = createDecipheriv(CIPHER, keyBytes(key), nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(boundData(keyId, identity)).setAuthTag(tag);
    return new Secret(Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8'));
  } catch (error) {
    throw unreadable(identity, 'it is damaged, or belongs to another place', error);
  }
}

export function isSealedWith(key: SecretKey, envelope: string): boolean {
  return envelope.startsWith(`${FORMAT}.${key.id}.`);
}
