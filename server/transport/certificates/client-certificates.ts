/** The client certificates of a directory, by file name. What is replaced on disk is taken up with the next request. */
import type { Stats } from 'node:fs';
import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '../../secret.ts';
import { TransportError } from '../transport-error.ts';
import { certificateFileNames, readInside, writeAtomically } from './certificate-directory.ts';
import { checkClientCertificate } from './check-client-certificate.ts';
import type { ClientCertificateCheck, ClientCertificateFinding } from './check-client-certificate.ts';

/** What a TLS session shows of itself. */
export interface ClientCertificate {
  name: string;
  /** The certificate, then its issuers. */
  certPem: string;
  keyPem: Secret;
  fingerprint256: string;
}

export interface ListedClientCertificate {
  /** File name. */
  name: string;
  check: ClientCertificateCheck;
}

export interface AddedClientCertificate {
  name: string;
  replaced: boolean;
  findings: readonly ClientCertificateFinding[];
}

export interface ClientCertificates {
  /** @throws TransportError `client_certificate_unusable` in plain words; nothing has been sent then. */
  load(name: string): Promise<ClientCertificate>;
  /** By name; unusable files too, with what is wrong. A directory that is not there holds none. */
  list(): Promise<ListedClientCertificate[]>;
  /**
   * Checks and stores; a file of that name is replaced in one step.
   * @param options.force Stores what servers will refuse (expired, wrong purpose, wrong order); never what cannot be used at all.
   * @throws TransportError `client_certificate_unusable` whose message names every fault.
   */
  add(name: string, pem: Secret, options?: { force?: boolean }): Promise<AddedClientCertificate>;
  /** False where there was none. */
  remove(name: string): Promise<boolean>;
}

interface Remembered {
  version: string;
  certificate: ClientCertificate;
}

export function createClientCertificates(
  directory: string,
  now: () => Date = () => new Date(),
): ClientCertificates {
  const remembered = new Map<string, Remembered>();

  async function find(name: string): Promise<{ file: string; version: string } | undefined> {
    for (const file of certificateFileNames(checkedName(name))) {
      const stats = await stat(join(directory, file)).catch((error: unknown) => absentOrThrow(error, name));
      if (stats) return { file, version: versionOf(file, stats) };
    }
    return undefined;
  }

  function absent(name: string): TransportError {
    return unusable(
      `There is no client certificate "${name}" in ${directory}. Add it with: pcbridge certificate add FILE --name ${name}`,
      'ENOENT',
    );
  }

  async function load(name: string): Promise<ClientCertificate> {
    const found = await find(name);
    if (!found) throw absent(name);
    const { file, version } = found;
    const known = remembered.get(name);
    if (known?.version === version) return known.certificate;
    const certificate = toClientCertificate(name, checkClientCertificate(await read(file), now()));
    remembered.set(name, { version, certificate });
    return certificate;
  }

  async function read(file: string): Promise<Secret> {
    try {
      return await readInside(directory, file);
    } catch (error) {
      throw unreadable(file, error);
    }
  }

  async function list(): Promise<ListedClientCertificate[]> {
    const entries = await readdir(directory).catch((error: unknown) => absentOrThrow(error, directory));
    const names = (entries ?? []).filter((name) => !name.startsWith('.')).sort();
    return Promise.all(names.map(async (name) => ({ name, check: await checkFile(name) })));
  }

  async function checkFile(file: string): Promise<ClientCertificateCheck> {
    try {
      return checkClientCertificate(await read(file), now());
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      return { findings: [{ question: 'certificate', outcome: 'unusable', text: error.message }] };
    }
  }

  async function add(name: string, pem: Secret, { force = false } = {}): Promise<AddedClientCertificate> {
    const file = (await find(name))?.file ?? certificateFileNames(name).at(-1)!;
    const { findings, usable } = checkClientCertificate(pem, now());
    const faults = findings.filter(
      ({ outcome }) => outcome === 'unusable' || (outcome === 'fault' && !force),
    );
    if (faults.length > 0 || !usable)
      throw unusable(
        `The client certificate "${name}" was not added. ${faults.map(({ text }) => text).join(' ')}`,
      );
    const stored = new Secret(`${usable.certPem}${usable.keyPem.reveal()}`);
    return { name: file, replaced: await writeAtomically(directory, file, stored), findings };
  }

  async function remove(name: string): Promise<boolean> {
    remembered.delete(name);
    const found = await find(name);
    if (!found) return false;
    await unlink(join(directory, found.file)).catch((error: unknown) => absentOrThrow(error, name));
    return true;
  }

  return { load, list, add, remove };
}

function toClientCertificate(name: string, { findings, usable }: ClientCertificateCheck): ClientCertificate {
  if (!usable) {
    const reasons = findings.filter(({ outcome }) => outcome === 'unusable').map(({ text }) => text);
    throw unusable(`The client certificate "${name}" cannot be used. ${reasons.join(' ')}`);
  }
  return {
    name,
    certPem: usable.certPem,
    keyPem: usable.keyPem,
    fingerprint256: usable.certificate.fingerprint256,
  };
}

/** Changes with every way to replace a file: in place, by rename, by a link that points elsewhere. */
function versionOf(file: string, { mtimeMs, ctimeMs, ino, size }: Stats): string {
  return [file, mtimeMs, ctimeMs, ino, size].join('/');
}

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const NOT_IN_FILE_NAMES = /[/\\\u0000-\u001f\u007f]/;
const NAME_BYTES_MAX = 200;

/** A name is one file of the directory: what could lead out of it, hide in it, or confuse a terminal is refused. */
function checkedName(name: string): string {
  const fits = name !== '' && Buffer.byteLength(name) <= NAME_BYTES_MAX;
  if (fits && !NOT_IN_FILE_NAMES.test(name) && !name.startsWith('.')) return name;
  throw unusable(
    'The name of a client certificate must be a plain file name: no path separators, no leading dot, at most 200 bytes. Give the name that pcbridge certificate list shows.',
  );
}

function absentOrThrow(error: unknown, name: string): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw unreadable(name, error);
}

function unreadable(name: string, error: unknown): TransportError {
  const { code = 'unknown error', message } = error as NodeJS.ErrnoException;
  const reason = code === 'ERR_OUTSIDE' ? message : `Check that the bridge may read it (${code}).`;
  return unusable(`The client certificate "${name}" cannot be read. ${reason}`, code, error);
}

function unusable(message: string, systemCode?: string, cause?: unknown): TransportError {
  const details = { phase: 'prepare' as const, ...(systemCode === undefined ? {} : { systemCode }) };
  return new TransportError('client_certificate_unusable', message, details, cause);
}
