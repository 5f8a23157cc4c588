import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Command } from 'commander';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { registerCertificateCommands } from '../../server/cli/commands/certificate.ts';
import { CLIENT_AUTH, joinPem, makeAuthority } from '../support/certificates.ts';
import type { IssuedCertificate, LeafOptions } from '../support/certificates.ts';

let directory: string;
let files: string;
beforeEach(async () => {
  files = await mkdtemp(join(tmpdir(), 'certificate-command-'));
  directory = join(files, 'kept');
});
afterEach(() => rm(files, { recursive: true }));

async function run(args: readonly string[], stdin = '', interactive = false) {
  const [data, said]: [string[], string[]] = [[], []];
  let exitCode: number | undefined;
  const program = new Command().exitOverride();
  registerCertificateCommands(program, {
    terminal: {
      data: (text) => data.push(text),
      say: (text) => said.push(text),
      stdin: Readable.from([stdin]),
      interactive,
    },
    directory: () => directory,
    finish: (code) => (exitCode = code),
  });
  await program.parseAsync(['certificate', ...args], { from: 'user' });
  return { exitCode, stdout: data.join('\n'), stderr: said.join('\n') };
}

async function makeClient(options: LeafOptions = {}): Promise<IssuedCertificate> {
  return (await makeAuthority()).issue({
    subject: 'client',
    extendedKeyUsage: [CLIENT_AUTH],
    endsInDays: 90.5,
    ...options,
  });
}

async function file(name: string, content: string): Promise<string> {
  await writeFile(join(files, name), content);
  return join(files, name);
}

describe('pcbridge certificate', () => {
  test('adds, lists and removes', async () => {
    const client = await makeClient();
    const added = await run(['add', await file('org.pem', joinPem(client.certPem, client.keyPem))]);
    expect(added).toMatchObject({ exitCode: 0, stdout: 'org.pem' });
    expect(added.stderr).toMatch(/ok +key: The private key belongs to the certificate\./);
    expect((await stat(join(directory, 'org.pem'))).mode & 0o777).toBe(0o600);

    const listed = await run(['list']);
    expect(listed.exitCode).toBe(0);
    for (const part of [
      /^org\.pem$/m,
      /subject +CN=client/,
      /issuer +CN=Test Root/,
      /90 days left/,
      /sha256 +([0-9A-F]{2}:){31}/,
    ]) {
      expect(listed.stdout).toMatch(part);
    }
    const unasked = await run(['remove', 'org']).catch((error: unknown) => error);
    expect(unasked).toMatchObject({ exitCode: 2, remedy: expect.stringContaining('--yes') });
    expect((await run(['remove', 'org'], 'n\n', true)).exitCode).toBe(0);
    expect(await readdir(directory)).toEqual(['org.pem']);
    expect((await run(['remove', 'org', '--yes'])).exitCode).toBe(0);
    expect(await readdir(directory)).toEqual([]);
    expect(await run(['list'])).toMatchObject({ exitCode: 0, stdout: '' });
  });

  test('takes the key from its own file, the certificate from standard input, and the name from the option', async () => {
    const client = await makeClient();
    const key = await file('client.key', client.keyPem);
    expect((await run(['add', '-', '--key', key, '--name', 'org'], client.certPem)).exitCode).toBe(0);
    expect(await readdir(directory)).toEqual(['org.pem']);
  });

  test('lists as JSON what is wrong too', async () => {
    const client = await makeClient({ endsInDays: 3.5 });
    await run(['add', await file('org.pem', joinPem(client.certPem, client.keyPem))]);
    await writeFile(join(directory, 'broken.pem'), 'nothing');
    const listed: unknown = JSON.parse((await run(['list', '--json'])).stdout);
    expect(listed).toMatchObject([
      { name: 'broken.pem', usable: false, findings: [{ outcome: 'unusable' }, { outcome: 'unusable' }] },
      { name: 'org.pem', usable: true, subject: 'CN=client', issuer: 'CN=Test Root', daysLeft: 3 },
    ]);
  });

  test('refuses an expired one with exit code 2 unless forced', async () => {
    const client = await makeClient({ startsInDays: -9, endsInDays: -1 });
    const path = await file('org.pem', joinPem(client.certPem, client.keyPem));
    const refused = await run(['add', path]);
    expect(refused).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(/expired at/) });
    expect((await run(['add', path, '--force'])).exitCode).toBe(0);
  });

  test.each([
    { name: 'a missing file', args: ['add', '/nowhere/org.pem'], says: /cannot be read \(ENOENT\)/ },
    { name: 'standard input without a name', args: ['add', '-'], says: /Give it one with --name/ },
    { name: 'a name that is a path', args: ['add', '-', '--name', '../org'], says: /plain file name/ },
    {
      name: 'nothing to remove',
      args: ['remove', 'org', '--yes'],
      says: /There is no client certificate "org"/,
    },
    { name: 'a path to remove', args: ['remove', '../org', '--yes'], says: /plain file name/ },
  ])('ends with exit code 2 and nothing on stdout for $name', async ({ args, says }) => {
    const { exitCode, stdout, stderr } = await run(args, 'nothing');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(says);
  });

  test('never prints the key', async () => {
    const client = await makeClient();
    const path = await file('org.pem', joinPem(client.certPem, client.keyPem));
    const printed = [await run(['add', path, '--json']), await run(['list']), await run(['list', '--json'])];
    const lines = client.keyPem.split('\n').filter((line) => line !== '' && !line.startsWith('-'));
    for (const line of lines) expect(JSON.stringify(printed)).not.toContain(line);
  });
});
