/** Replaces the key that seals stored secrets: the whole walk where the bridge keeps the key itself, one step of it where the operator does. */
import { BridgeError } from '../errors.ts';
import type { Database } from './database.ts';
import type { LiveKeyRing } from './live-key-ring.ts';
import { rotateSecrets, type SealedColumn } from './rotate-secrets.ts';
import { replaceKeyFile } from './secret-key.ts';
import { generateSecretKey, type KeyRing } from './sealed-secret.ts';

// A pass that finds nothing ends it; someone would have to write with the old key all the time to need as many.
const PASSES_MAX = 10;

export interface KeyRotationParts {
  database: Database;
  ring: LiveKeyRing;
  columns: readonly SealedColumn[];
  /** Where the key file is; undefined: the keys come from BRIDGE_SECRET_KEY, and only the operator can change them. */
  keyFileDirectory?: string;
  /** Other processes hold the key of the file too, and would not hear of another. Default false. */
  isShared?: boolean;
}

/** `addKey`: nothing was done, there is one key only. `dropOldKeys`: the operator takes them out of the variable. `none`: done. */
export type NextKeyStep = 'none' | 'addKey' | 'dropOldKeys';

export interface KeyRotation {
  source: 'file' | 'variable';
  /** Secrets that were sealed anew. */
  resealed: number;
  nextStep: NextKeyStep;
}

async function resealAll({ database, columns }: KeyRotationParts, ring: KeyRing): Promise<number> {
  let resealed = 0;
  for (let pass = 0; pass < PASSES_MAX; pass += 1) {
    const { current: to, previous: from } = ring;
    const done = await rotateSecrets(database, { from, to, columns });
    resealed += done.resealed;
    if (done.resealed === 0) break;
  }
  return resealed;
}

function sharedKeyFile(): BridgeError {
  return new BridgeError('conflict', {
    detail:
      'The key is in a file that several processes have read, and each would have to hear of the new one.',
    remedy:
      'Stop the bridge and run "pcbridge key rotate --offline", or set BRIDGE_SECRET_KEY to the key of the file and go on from there.',
  });
}

/**
 * Cut off at any moment, the keys at hand open everything that is stored, and the next rotation finishes what this one began.
 * @throws BridgeError `internal_error` where a secret opens with none of the keys; what was sealed before stays. `conflict` where a
 * key file is shared.
 */
export async function rotateKey(parts: KeyRotationParts): Promise<KeyRotation> {
  const { ring, keyFileDirectory } = parts;
  if (keyFileDirectory === undefined) {
    if (ring.previous.length === 0) return { source: 'variable', resealed: 0, nextStep: 'addKey' };
    return { source: 'variable', resealed: await resealAll(parts, ring), nextStep: 'dropOldKeys' };
  }
  if (parts.isShared === true) throw sharedKeyFile();
  const wider: KeyRing = { current: generateSecretKey(), previous: [ring.current, ...ring.previous] };
  await replaceKeyFile(keyFileDirectory, wider);
  ring.use(wider);
  const resealed = await resealAll(parts, wider);
  // In memory the old keys stay until the process ends: someone may hold a row that was read before it was sealed anew.
  await replaceKeyFile(keyFileDirectory, { current: wider.current, previous: [] });
  return { source: 'file', resealed, nextStep: 'none' };
}

/** Who asks while a rotation goes on gets its result, and not a second one. */
export function createKeyRotator(parts: KeyRotationParts): () => Promise<KeyRotation> {
  let running: Promise<KeyRotation> | undefined;
  return () =>
    (running ??= rotateKey(parts).finally(() => {
      running = undefined;
    }));
}
