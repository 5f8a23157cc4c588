/** The bridge's own API keys: how they are made, recognised and compared. */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Secret } from '../secret.ts';

const PREFIX = 'pcb_';
const KEY_BYTES = 32;
const FORM = /^pcb_([A-Za-z0-9_-]{43})([A-Za-z0-9_-]{6})$/;

/** Four bytes of CRC-32 as six characters: tells a mistyped or cut-off key from a wrong one, and lets scanners find leaked ones. */
function checksumOf(body: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(PREFIX + body));
  return bytes.toString('base64url');
}

/** `pcb_`, 32 random bytes and a checksum; 53 characters without a space or a sign that a shell or a URL would take. */
export function generateApiKey(random: (size: number) => Buffer = randomBytes): Secret {
  const body = random(KEY_BYTES).toString('base64url');
  return new Secret(PREFIX + body + checksumOf(body));
}

export type ApiKeyForm = 'whole' | 'damaged' | 'foreign';

/** `damaged`: begins like a key of the bridge, but has lost or changed a character. `foreign`: a key that someone chose. */
export function apiKeyForm(key: Secret): ApiKeyForm {
  const text = key.reveal();
  if (!text.startsWith(PREFIX)) return 'foreign';
  const [, body, checksum] = FORM.exec(text) ?? [];
  return body !== undefined && checksum === checksumOf(body) ? 'whole' : 'damaged';
}

/** SHA-256, hexadecimal. A key has 256 random bits, so that a slow hash would add nothing but time. */
export function hashApiKey(key: Secret): string {
  return hash('sha256', key.reveal(), 'hex');
}

/** Takes the same time whatever the two have in common. Both are SHA-256 in hexadecimal. */
export function isSameHash(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left, 'hex'), Buffer.from(right, 'hex')];
  return a.length === b.length && timingSafeEqual(a, b);
}
