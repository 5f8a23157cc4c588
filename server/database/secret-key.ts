/** Where the key that seals stored secrets comes from: BRIDGE_SECRET_KEY, or a file in the data directory. */
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { BridgeError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { directoryFault, systemCodeOf } from './opening-faults.ts';
import { generateSecretKey, parseSecretKey, type KeyRing } from './sealed-secret.ts';

export const SECRET_KEY_FILE = 'secret-key';

export interface SecretKeyOptions {
  /** BRIDGE_SECRET_KEY: one key, or several with commas; the first seals, all open. */
  secretKey?: Secret;
  dataDir: string;
  /** NODE_ENV is `production`. */
  production: boolean;
}

/** First key seals, the others only open. */
function ringOf(text: string): KeyRing {
  const [current, ...previous] = text
    .split(/[\s,]+/)
    .filter((key) => key !== '')
    .map(parseSecretKey);
  return current === undefined ? { current: parseSecretKey(''), previous } : { current, previous };
}

async function readKeyFile(path: string): Promise<KeyRing | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return ringOf(text);
  } catch (cause) {
    throw new BridgeError('unavailable', {
      detail: `The key file ${path} does not hold a key.`,
      remedy:
        'Put the right file back. Without it stored secrets cannot be read; when it is removed, a new one is made and every secret has to be entered again.',
      details: { reason: 'keyFile' },
      cause,
    });
  }
}

/** Whole and on the disk before anything is sealed with it. */
async function placeKeyFile(
  path: string,
  ring: KeyRing,
  place: (draft: string, path: string) => Promise<void>,
): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile([ring.current, ...ring.previous].map(({ key }) => `${key.reveal()}\n`).join(''));
    await file.sync();
    await place(draft, path);
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error;
  } finally {
    await file.close();
    await rm(draft, { force: true });
  }
}

/** Puts these keys in the place of those in the file, in one step: whoever reads finds the old ones or the new ones. */
export async function replaceKeyFile(dataDir: string, ring: KeyRing): Promise<void> {
  try {
    await placeKeyFile(join(dataDir, SECRET_KEY_FILE), ring, rename);
    const directory = await open(dataDir, 'r');
    // Without this a power cut could bring the old file back after secrets were sealed with the new key.
    await directory.sync().finally(() => directory.close());
  } catch (error) {
    throw directoryFault(dataDir, error);
  }
}

/**
 * The keys for stored secrets: of the variable, of the key file, or, at first start, newly made and written to the key file with mode 0600.
 * @throws BridgeError `invalid_request` where the variable is not a key, `unavailable` where there is none in production
 * (a key beside the data it protects is for trying things out) or the file cannot be read or written.
 */
export async function loadSecretKeys(options: SecretKeyOptions): Promise<KeyRing> {
  const { secretKey, dataDir, production } = options;
  if (secretKey !== undefined) return ringOf(secretKey.reveal());
  if (production) {
    throw new BridgeError('unavailable', {
      detail: 'BRIDGE_SECRET_KEY is not set, and NODE_ENV is production.',
      remedy: 'Make a key with "openssl rand -base64 32", keep it safe, and set it as BRIDGE_SECRET_KEY.',
      details: { reason: 'secretKeyMissing' },
    });
  }
  try {
    const path = join(dataDir, SECRET_KEY_FILE);
    const present = await readKeyFile(path);
    if (present !== undefined) return present;
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    // Of two processes that start together the first wins.
    await placeKeyFile(path, { current: generateSecretKey(), previous: [] }, link);
    return (await readKeyFile(path))!;
  } catch (error) {
    if (error instanceof BridgeError || systemCodeOf(error) === '') throw error;
    throw directoryFault(dataDir, error);
  }
}

/** Ids of the keys that the bridge would start with. Makes none. @throws BridgeError as `loadSecretKeys`. */
export async function heldKeyIds({
  secretKey,
  dataDir,
}: Omit<SecretKeyOptions, 'production'>): Promise<string[]> {
  const ring =
    secretKey === undefined ? await readKeyFile(join(dataDir, SECRET_KEY_FILE)) : ringOf(secretKey.reveal());
  return ring === undefined ? [] : [ring.current, ...ring.previous].map(({ id }) => id);
}
