/** Certificate and key of the bridge's own listener: read, checked, and taken up anew when the files on disk are replaced. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import tls from 'node:tls';
import { ConfigError, type ConfigFault } from './config-fault.ts';
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

const CERT_REMEDY =
  'It must be a PEM file with the certificate of the bridge first and then those that link it to its authority.';
const KEY_REMEDY = 'It must be the PEM file of the private key, without a passphrase.';

function systemReason(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'which does not exist' : `which cannot be read (${code ?? 'unknown reason'})`;
}

/** Adds what is wrong with the file to the faults. */
async function readOne(
  variable: string,
  path: string,
  remedy: string,
  faults: ConfigFault[],
): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    faults.push({ variable, fault: `is ${path}, ${systemReason(error)}`, remedy });
    return Buffer.alloc(0);
  }
}

/** Whether the two are a pair. */
function isPair({ cert, key }: TlsPair): boolean {
  try {
    tls.createSecureContext({ cert, key });
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

/** @throws ConfigError where a file cannot be read, or the two are no pair. */
export async function readTlsFiles({ certFile, keyFile }: TlsFiles): Promise<TlsPair> {
  const faults: ConfigFault[] = [];
  const cert = await readOne('BRIDGE_TLS_CERT', certFile, CERT_REMEDY, faults);
  const key = await readOne('BRIDGE_TLS_KEY', keyFile, KEY_REMEDY, faults);
  if (faults.length > 0) throw new ConfigError(faults);
  if (isPair({ cert, key })) return { cert, key };
  throw new ConfigError([
    {
      variable: 'BRIDGE_TLS_CERT',
      fault: `is ${certFile}, and BRIDGE_TLS_KEY is ${keyFile}: they are not a certificate and its key`,
      remedy: `The certificate: ${CERT_REMEDY} The key: ${KEY_REMEDY}`,
    },
  ]);
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
