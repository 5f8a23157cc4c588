/** pcbridge audit export and verify: who changed what, and that nobody has changed that. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { z } from 'zod';
import { loadConfig } from '../../config.ts';
import {
  createAuditVerifier,
  type AuditEntry,
  type AuditHead,
  type AuditVerdict,
} from '../../telemetry/audit-chain.ts';
import { createLog } from '../../telemetry/log.ts';
import { assertStore } from '../assert-store.ts';
import { CommandError } from '../command-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import type { CommandContext } from '../main.ts';
import type { Terminal } from '../terminal.ts';

const EXAMPLES = `
Examples:
  $ pcbridge audit export > audit.jsonl
  $ pcbridge audit verify audit.jsonl
  $ pcbridge audit verify --head 42:9f86d081884c7d65…

Each entry holds the hash of the one before. Write down the head that "verify" prints, somewhere else: given back with --head,
it also finds an end that was cut off and a chain that was made anew. A PostgreSQL server is read while bridges run on it; the
embedded database belongs to the bridge that runs, so stop that first, and give the command as the user of the bridge.`;

const WHOLE_EXPORT = 'a file that "pcbridge audit export" wrote, whole';

const entrySchema = z.object({
  seq: z.number(),
  at: z.string(),
  caller: z.string().nullable(),
  action: z.string(),
  connection: z.string().nullable(),
  summary: z.string().nullable(),
  correlationId: z.string().nullable(),
  hash: z.string(),
});

function usage(what: string, remedy: string): CommandError {
  return new CommandError(what, { exitCode: EXIT_CODE.usage, lines: [], remedy });
}

function readHead(text: string | undefined): AuditHead | undefined {
  if (text === undefined) return undefined;
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text.trim()) ?? [];
  if (seq === undefined || hash === undefined)
    throw usage(
      '--head is not what "pcbridge audit verify" prints',
      '--head NUMBER:HASH, with 64 hexadecimal digits',
    );
  return { seq: Number(seq), hash };
}

async function* storedEntries({ env }: Terminal): AsyncGenerator<AuditEntry> {
  const config = loadConfig(env);
  await assertStore(config);
  const { databaseUrl, dataDir } = config;
  const { openDatabase } = await import('../../database/open-database.ts');
  const { readAudit } = await import('../../telemetry/audit.ts');
  const database = await openDatabase({
    dataDir,
    log: createLog({ level: 'silent' }),
    mustBeUsed: true,
    ...(databaseUrl === undefined ? {} : { databaseUrl: databaseUrl.reveal() }),
  });
  try {
    yield* readAudit(database);
  } finally {
    await database.close();
  }
}

function parseEntry(line: string, number: number): AuditEntry {
  try {
    return entrySchema.parse(JSON.parse(line));
  } catch {
    throw usage(`Line ${number} is no entry of an audit`, WHOLE_EXPORT);
  }
}

async function* fileEntries(file: string, { stdin }: Terminal): AsyncGenerator<AuditEntry> {
  const input = file === '-' ? stdin : createReadStream(file, 'utf8');
  let [number, entries] = [0, 0];
  try {
    for await (const line of createInterface({ input })) {
      number += 1;
      if (line.trim() === '') continue;
      entries += 1;
      yield parseEntry(line, number);
    }
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw usage(
      `${file} cannot be read`,
      'a file that "pcbridge audit export" wrote, or - for standard input',
    );
  }
  // An export that failed leaves an empty file behind (`pcbridge audit export > FILE`).
  if (entries === 0) throw usage(`${file} holds no entry of an audit`, WHOLE_EXPORT);
}

async function verify(
  entries: AsyncIterable<AuditEntry>,
  head: AuditHead | undefined,
): Promise<AuditVerdict> {
  const verifier = createAuditVerifier(head);
  for await (const entry of entries) if (verifier.next(entry) !== undefined) break;
  return verifier.end();
}

export function registerAudit(program: Command, { terminal, finish }: CommandContext): void {
  const audit = program
    .command('audit')
    .description('who changed what: export it, and verify that nobody changed that')
    .addHelpText('after', EXAMPLES);

  audit
    .command('export')
    .description('print every entry, one JSON object a line')
    .action(async () => {
      for await (const entry of storedEntries(terminal)) terminal.data(JSON.stringify(entry));
      finish(EXIT_CODE.clean);
    });

  audit
    .command('verify')
    .description('find an entry that was changed, removed or reordered')
    .argument('[file]', 'an export, or - for standard input; default: the store of this machine')
    .option('--head <number:hash>', 'a head that was noted earlier')
    .option('--json', 'print JSON')
    .action(async (file: string | undefined, options: { head?: string; json?: boolean }) => {
      const entries = file === undefined ? storedEntries(terminal) : fileEntries(file, terminal);
      const verdict = await verify(entries, readHead(options.head));
      if (options.json === true) terminal.data(JSON.stringify(verdict));
      else if (verdict.outcome === 'whole')
        terminal.data(`whole: ${verdict.head.seq} entries; head ${verdict.head.seq}:${verdict.head.hash}`);
      else terminal.data(`broken: ${verdict.reason}`);
      finish(verdict.outcome === 'whole' ? EXIT_CODE.clean : EXIT_CODE.unexpected);
    });
}
