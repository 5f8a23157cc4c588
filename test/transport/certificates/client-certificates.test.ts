import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Secret } from '../../../server/secret.ts';
import { createClientCertificates } from '../../../server/transport/certificates/client-certificates.ts';
import type { ClientCertificates } from '../../../server/transport/certificates/client-certificates.ts';
import { CLIENT_AUTH, joinPem, makeAuthority, makeStrayKeyPem } from '../../support/certificates.ts';
import type { LeafOptions } from '../../support/certificates.ts';

let parent: string;
let directory: string;
let certificates: ClientCertificates;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'client-certificates-'));
  directory = join(parent, 'certificates', 'rest');
  certificates = createClientCertificates(directory);
});
afterEach(() => rm(parent, { recursive: true }));

async function makeClient(options: LeafOptions = {}) {
  const authority = await (await makeAuthority()).authority();
  const client = await authority.issue({
    subject: 'client',
    dnsNames: [],
    extendedKeyUsage: [CLIENT_AUTH],
    endsInDays: 90,
    ...options,
  });
  return { ...client, filePem: joinPem(client.chainPem, client.keyPem) };
}

async function put(name: string, content: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, name), content);
}

const refusal = (message: RegExp) => ({
  name: 'TransportError',
  fault: 'client_certificate_unusable',
  message: expect.stringMatching(message),
});

describe('load', () => {
  test('gives certificate, issuers and key of a file, under its name with or without the ending', async () => {
    const client = await makeClient();
    await put('org.pem', client.filePem);
    for (const name of ['org', 'org.pem']) {
      const loaded = await certificates.load(name);
      expect(loaded).toMatchObject({ name, certPem: client.chainPem });
      expect(loaded.keyPem.reveal()).toBe(client.keyPem);
    }
  });

  test('gives back the same object while the file is the same', async () => {
    await put('org.pem', (await makeClient()).filePem);
    expect(await certificates.load('org')).toBe(await certificates.load('org'));
  });

  test('takes up a file that was replaced, in place or by another', async () => {
    const [first, second, third] = [await makeClient(), await makeClient(), await makeClient()];
    await put('org.pem', first.filePem);
    expect((await certificates.load('org')).certPem).toBe(first.chainPem);
    await put('org.pem', `${second.filePem}\n`);
    expect((await certificates.load('org')).certPem).toBe(second.chainPem);
    await put('new', third.filePem);
    await rename(join(directory, 'new'), join(directory, 'org.pem'));
    expect((await certificates.load('org')).certPem).toBe(third.chainPem);
  });

  test('does not serve from memory what was taken away', async () => {
    await put('org.pem', (await makeClient()).filePem);
    await certificates.load('org');
    await rm(join(directory, 'org.pem'));
    await expect(certificates.load('org')).rejects.toMatchObject(
      refusal(/There is no client certificate "org"/),
    );
  });

  test('follows a link inside the directory and none out of it', async () => {
    const client = await makeClient();
    await put('real.pem', client.filePem);
    await symlink('real.pem', join(directory, 'inside.pem'));
    expect((await certificates.load('inside')).certPem).toBe(client.chainPem);
    await writeFile(join(parent, 'secret.pem'), client.filePem);
    await symlink(join(parent, 'secret.pem'), join(directory, 'outside.pem'));
    await expect(certificates.load('outside')).rejects.toMatchObject(refusal(/link that leads out/));
  });

  test.each([
    '',
    '.',
    '..',
    '../secret.pem',
    'a/b.pem',
    'a\\b.pem',
    '/etc/passwd',
    'a\0.pem',
    'a\nb',
    '.hidden',
    'x'.repeat(300),
  ])('refuses the name %j before it looks at any file', async (name) => {
    await mkdir(directory, { recursive: true });
    await writeFile(join(parent, 'certificates', 'secret.pem'), (await makeClient()).filePem);
    await expect(certificates.load(name)).rejects.toMatchObject(refusal(/must be a plain file name/));
  });

  test.each([
    { name: 'a certificate alone', content: (c: Client) => c.chainPem, says: /holds no private key/ },
    { name: 'a key alone', content: (c: Client) => c.keyPem, says: /holds no certificate/ },
    { name: 'nothing', content: () => '', says: /holds no certificate/ },
    {
      name: 'a key that does not fit',
      content: (c: Client) => c.chainPem + makeStrayKeyPem(),
      says: /does not belong to the certificate/,
    },
    {
      name: 'an encrypted key',
      content: (c: Client) => c.chainPem + makeStrayKeyPem('passphrase'),
      says: /protected by a passphrase/,
    },
    { name: 'two keys', content: (c: Client) => c.filePem + c.keyPem, says: /more than one private key/ },
    {
      name: 'a garbled key',
      content: (c: Client) => c.chainPem + c.keyPem.replace('M', 'A'),
      says: /private key cannot be read/,
    },
    { name: 'a file cut off', content: (c: Client) => c.filePem.slice(0, -40), says: /cut off or damaged/ },
    { name: 'the issuer first', content: reversed, says: /belongs to certificate 2 of the file/ },
  ])('says of $name what to do, and never shows the key', async ({ content, says }) => {
    const client = await makeClient();
    await put('org.pem', content(client));
    const error: unknown = await certificates.load('org').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ ...refusal(says), details: { phase: 'prepare' } });
    expect(inspect(error, { depth: 9 })).not.toContain(client.keyPem.split('\n')[1]);
  });

  test('says so of a folder, and of a directory that is not there', async () => {
    await mkdir(join(directory, 'folder.pem'), { recursive: true });
    await expect(certificates.load('folder')).rejects.toMatchObject(refusal(/not a file of PEM text/));
    const nowhere = createClientCertificates(join(parent, 'nowhere'));
    await expect(nowhere.load('org')).rejects.toMatchObject(refusal(/There is no client certificate "org"/));
  });

  test('refuses a key that TLS would refuse as too weak', async () => {
    await put('org.pem', (await makeClient({ key: 'rsa1024' })).filePem);
    await expect(certificates.load('org')).rejects.toMatchObject(
      refusal(/TLS refuses the certificate as too weak/),
    );
  });
});

type Client = Awaited<ReturnType<typeof makeClient>>;

function reversed({ chainPem, keyPem }: Client): string {
  return joinPem(...chainPem.split(/(?=-----BEGIN)/).reverse(), keyPem);
}

describe('add, list and remove', () => {
  test('stores for the owner alone, leaves nothing else behind, and says whether it replaced', async () => {
    const client = await makeClient();
    expect(await certificates.add('org', new Secret(client.filePem))).toMatchObject({
      name: 'org.pem',
      replaced: false,
    });
    expect((await stat(join(directory, 'org.pem'))).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect(await readFile(join(directory, 'org.pem'), 'utf8')).toBe(client.filePem);
    expect(await certificates.add('org', new Secret(client.filePem))).toMatchObject({ replaced: true });
    expect(await readdir(directory)).toEqual(['org.pem']);
  });

  test('replaces the file that the name already stands for', async () => {
    const [first, second] = [await makeClient(), await makeClient()];
    await put('org', first.filePem);
    await certificates.add('org', new Secret(second.filePem));
    expect((await certificates.load('org')).certPem).toBe(second.chainPem);
    expect(await readdir(directory)).toEqual(['org']);
  });

  test('refuses an expired one unless forced', async () => {
    const { filePem } = await makeClient({ startsInDays: -20, endsInDays: -2 });
    await expect(certificates.add('org', new Secret(filePem))).rejects.toMatchObject(
      refusal(/was not added. It expired at/),
    );
    expect(await certificates.list()).toEqual([]);
    await certificates.add('org', new Secret(filePem), { force: true });
    expect(await certificates.list()).toHaveLength(1);
  });

  test('refuses one without a key even if forced', async () => {
    const { chainPem } = await makeClient();
    await expect(certificates.add('org', new Secret(chainPem), { force: true })).rejects.toMatchObject(
      refusal(/holds no private key/),
    );
  });

  test('lists by name, unusable files and strange links with what is wrong', async () => {
    await put('b.pem', (await makeClient()).filePem);
    await put('a.txt', 'nothing');
    await symlink(parent, join(directory, 'c'));
    await put('.hidden', 'nothing');
    const listed = await certificates.list();
    expect(listed.map(({ name, check }) => [name, check.usable !== undefined])).toEqual([
      ['a.txt', false],
      ['b.pem', true],
      ['c', false],
    ]);
  });

  test('removes what was there, once, and not through a link', async () => {
    await put('org.pem', (await makeClient()).filePem);
    await symlink('org.pem', join(directory, 'link.pem'));
    expect(await certificates.remove('link')).toBe(true);
    expect(await readdir(directory)).toEqual(['org.pem']);
    expect(await certificates.remove('org')).toBe(true);
    expect(await certificates.remove('org')).toBe(false);
  });
});
