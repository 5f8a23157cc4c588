/** Certificate and key of the bridge's own listener: read, checked, and taken up anew when the files on disk are replaced. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import tls from 'node:tls';
import { BridgeError } from './errors.ts';
import type { Log } from './telemetry/log.ts';

export interface TlsFiles {
  certFile: string;
  keyFile: string;
}

export interface TlsPair {
  cert: Buffer;
  key: Buffer;
}

/** Often enough for a certificate that is renewed days before its end, and cheap: two calls of `stat`. */
const TLS_FILES_CHECK_MS = 5_000;

const REMEDY =
  'BRIDGE_TLS_CERT must be a PEM file with the certificate of the bridge first and then those that link it to its authority; BRIDGE_TLS_KEY must be the PEM file of its private key, without a passphrase.';

function systemReason(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT'
    ? 'there is no such file'
    : `the file cannot be read (${code ?? 'unknown reason'})`;
}

async function readOne(variable: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const detail = `${variable} is ${path}, and ${systemReason(cause)}.`;
    throw new BridgeError('unavailable', { detail, remedy: REMEDY, cause });
  }
}

/** @throws BridgeError `unavailable` where a file cannot be read, or the two are no pair. */
export async function readTlsFiles({ certFile, keyFile }: TlsFiles): Promise<TlsPair> {
  const [cert, key] = [await readOne('BRIDGE_TLS_CERT', certFile), await readOne('BRIDGE_TLS_KEY', keyFile)];
  try {
    tls.createSecureContext({ cert, key });
    if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))
      throw new Error('the key is another one');
    return { cert, key };
  } catch (cause) {
    const detail = `${certFile} and ${keyFile} are not a certificate and its key.`;
    throw new BridgeError('unavailable', { detail, remedy: REMEDY, cause });
  }
}

/** Changes whenever one of the files is written or replaced, by a link too. */
async function stampOf({ certFile, keyFile }: TlsFiles): Promise<string> {
  const stamps = [];
  for (const path of [certFile, keyFile]) {
    const found = await stat(path).catch(() => undefined);
    stamps.push(found === undefined ? 'none' : `${found.ino}:${found.size}:${found.mtimeMs}`);
  }
  return stamps.join('|');
}

export interface TlsFileWatch {
  /** Looks now. @returns whether another pair was taken up. */
  check(): Promise<boolean>;
  stop(): void;
}

export interface TlsFileWatchOptions {
  files: TlsFiles;
  /** The pair in use at the start. */
  pair: TlsPair;
  apply(pair: TlsPair): void;
  log: Pick<Log, 'info' | 'warn'>;
  checkMs?: number;
}

/**
 * Looks at the files again and again: a notice of the file system is lost where they are links into a mounted volume, as Kubernetes
 * has them. While what is there is no pair, as in the moment between the two being written, the pair in use stays.
 */
export function watchTlsFiles(options: TlsFileWatchOptions): TlsFileWatch {
  const { files, apply, log, checkMs = TLS_FILES_CHECK_MS } = options;
  let inUse = options.pair;
  let takenStamp: string | undefined;
  let complainedStamp: string | undefined;

  async function takeUp(stamp: string): Promise<boolean> {
    const pair = await readTlsFiles(files);
    takenStamp = stamp;
    if (pair.cert.equals(inUse.cert) && pair.key.equals(inUse.key)) return false;
    apply(pair);
    inUse = pair;
    log.info({ certFile: files.certFile }, 'the TLS certificate was replaced and is in use');
    return true;
  }

  async function check(): Promise<boolean> {
    const stamp = await stampOf(files);
    if (stamp === takenStamp) return false;
    try {
      return await takeUp(stamp);
    } catch (error) {
      if (stamp !== complainedStamp) {
        log.warn(
          { err: error },
          'the new TLS certificate or key is not fit for use; the one before stays in use',
        );
      }
      complainedStamp = stamp;
      return false;
    }
  }

  let checking: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    checking ??= check().finally(() => (checking = undefined));
  }, checkMs);
  timer.unref();
  return { check, stop: () => clearInterval(timer) };
}
