/** pcbridge certificate: the client certificates that requests name. Works on the directory itself; a running bridge takes changes up at once. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import { Secret } from '../../secret.ts';
import { daysLeft } from '../../transport/certificates/check-client-certificate.ts';
import type { ClientCertificateFinding } from '../../transport/certificates/check-client-certificate.ts';
import { createClientCertificates } from '../../transport/certificates/client-certificates.ts';
import type { ListedClientCertificate } from '../../transport/certificates/client-certificates.ts';
import { TransportError } from '../../transport/transport-error.ts';
import { agreed } from '../agreement.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { printable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

export interface CertificateCommandDeps {
  terminal: Pick<Terminal, 'data' | 'say' | 'stdin' | 'interactive'>;
  /** BRIDGE_CERTIFICATES_DIR; asked for when a command runs, since reading the configuration may fail. */
  directory(): string;
  finish(exitCode: number): void;
  now?(): Date;
}

export interface AddCertificateOptions {
  name?: string;
  key?: string;
  force?: boolean;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  $ pcbridge certificate add org.pem
  $ pcbridge certificate add client.crt --key client.key --name org
  $ pcbridge certificate list
  $ pcbridge certificate remove org`;

export function registerCertificateCommands(program: Command, deps: CertificateCommandDeps): void {
  const certificate = program
    .command('certificate')
    .description('client certificates that requests name')
    .addHelpText('after', EXAMPLES);
  certificate
    .command('list')
    .description('show every certificate, when it ends and what is wrong with it')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => deps.finish(await listCertificates(options, deps)));
  certificate
    .command('add')
    .description('check a certificate and its key, and keep them')
    .argument(
      '<file>',
      'PEM file of the certificate, its issuers and its private key, or - for standard input',
    )
    .option('--key <file>', 'PEM file of the private key, where it is not in the same file')
    .option('--name <name>', 'name that requests use; the name of the file by default')
    .option(
      '--force',
      'keep it although servers will refuse it: expired, for another purpose, in the wrong order',
    )
    .option('--json', 'print JSON')
    .action(async (file: string, options: AddCertificateOptions) =>
      deps.finish(await addCertificate(file, options, deps)),
    );
  certificate
    .command('remove')
    .description('delete a certificate and its key')
    .argument('<name>', 'as list shows it')
    .option('--yes', 'delete without asking')
    .action(async (name: string, { yes }: { yes?: boolean }) => {
      const isAgreed = await agreed(`Delete the certificate ${name} and its key?`, yes, deps.terminal);
      deps.finish(isAgreed ? await removeCertificate(name, deps) : EXIT_CODE.clean);
    });
}

async function listCertificates(
  { json = false }: { json?: boolean },
  deps: CertificateCommandDeps,
): Promise<number> {
  const directory = deps.directory();
  const now = nowOf(deps);
  const listed = await createClientCertificates(directory, () => now).list();
  if (json)
    deps.terminal.data(
      JSON.stringify(
        listed.map((item) => toJson(item, now)),
        null,
        2,
      ),
    );
  else listed.forEach((item) => deps.terminal.data(describe(item, now)));
  if (listed.length === 0)
    deps.terminal.say(
      `There are no client certificates in ${directory}. Add one with: pcbridge certificate add FILE`,
    );
  return EXIT_CODE.clean;
}

async function addCertificate(
  file: string,
  options: AddCertificateOptions,
  deps: CertificateCommandDeps,
): Promise<number> {
  const { terminal } = deps;
  const name = options.name ?? (file === '-' ? undefined : basename(file));
  if (name === undefined)
    return refuse(terminal, 'A certificate from standard input has no name. Give it one with --name.');
  const pem = await readPem(file, options.key, deps);
  if (typeof pem === 'string') return refuse(terminal, pem);
  return orRefuse(terminal, async () => {
    const force = options.force === true;
    const added = await createClientCertificates(deps.directory(), () => nowOf(deps)).add(name, pem, {
      force,
    });
    added.findings.forEach((finding) => terminal.say(findingLine(finding)));
    terminal.say(
      `${added.replaced ? 'Replaced' : 'Added'} ${added.name}. Requests name it as clientCertificate.`,
    );
    terminal.data(options.json ? JSON.stringify(added, null, 2) : added.name);
    return EXIT_CODE.clean;
  });
}

async function removeCertificate(name: string, deps: CertificateCommandDeps): Promise<number> {
  const { terminal } = deps;
  return orRefuse(terminal, async () => {
    if (!(await createClientCertificates(deps.directory()).remove(name))) {
      return refuse(terminal, `There is no client certificate "${name}". See: pcbridge certificate list`);
    }
    terminal.say(`Removed ${name}. Requests that still name it will fail.`);
    return EXIT_CODE.clean;
  });
}

async function orRefuse(
  terminal: CertificateCommandDeps['terminal'],
  act: () => Promise<number>,
): Promise<number> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof TransportError) return refuse(terminal, error.message);
    const { code, syscall, path } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    return refuse(
      terminal,
      `${path} cannot be used (${code}). Check BRIDGE_CERTIFICATES_DIR and its permissions.`,
    );
  }
}

function refuse(terminal: CertificateCommandDeps['terminal'], message: string): number {
  terminal.say(`Error: ${message}`);
  return EXIT_CODE.usage;
}

/** @returns The text of what cannot be read, as a string. */
async function readPem(
  file: string,
  keyFile: string | undefined,
  { terminal }: CertificateCommandDeps,
): Promise<Secret | string> {
  const parts: string[] = [];
  for (const path of keyFile === undefined ? [file] : [file, keyFile]) {
    try {
      parts.push(path === '-' ? await readAll(terminal.stdin) : await readFile(path, 'utf8'));
    } catch (error) {
      return `${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unreadable'}). Check the path and its permissions.`;
    }
  }
  return new Secret(parts.join('\n'));
}

function nowOf(deps: CertificateCommandDeps): Date {
  return deps.now?.() ?? new Date();
}

function toJson({ name, check }: ListedClientCertificate, now: Date): object {
  const { usable, findings } = check;
  if (!usable) return { name, usable: false, findings };
  const { certificate } = usable;
  return {
    name,
    usable: true,
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    startsAt: certificate.validFromDate.toISOString(),
    endsAt: certificate.validToDate.toISOString(),
    daysLeft: daysLeft(certificate, now),
    fingerprintSha256: certificate.fingerprint256,
    findings,
  };
}

function describe({ name, check }: ListedClientCertificate, now: Date): string {
  const { usable, findings } = check;
  const problems = findings
    .filter(({ outcome }) => outcome !== 'ok')
    .map((finding) => `  ${findingLine(finding)}`);
  if (!usable) return [printable(name), ...problems].join('\n');
  const { certificate } = usable;
  const facts = {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    ends: `${certificate.validToDate.toISOString()} (${daysLeft(certificate, now)} days left)`,
    sha256: certificate.fingerprint256,
  };
  return [
    printable(name),
    ...Object.entries(facts).map(([key, value]) => `  ${key.padEnd(8)} ${value}`),
    ...problems,
  ].join('\n');
}

function findingLine({ question, outcome, text }: ClientCertificateFinding): string {
  return `${outcome.padEnd(8)} ${question}: ${text}`;
}

function oneLine(name: string | undefined): string {
  return printable((name ?? '').replaceAll('\n', ', '));
}
