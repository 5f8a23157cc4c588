/** pcbridge backup and restore: everything that is stored, in one file, for either kind of database. */
import { rename } from 'node:fs/promises';
import type { Command } from 'commander';
import { loadConfig, type Config } from '../../config.ts';
import {
  backupLines,
  checkBackupFile,
  streamBackup,
  withBackupKept,
  writeBackupFile,
} from '../../database/backup/backup-file.ts';
import type { Database } from '../../database/database.ts';
import { heldKeyIds } from '../../database/secret-key.ts';
import { BridgeError } from '../../errors.ts';
import { createLog } from '../../telemetry/log.ts';
import { VERSION } from '../../version.ts';
import { assertStore, storeDirectory } from '../assert-store.ts';
import { CommandError } from '../command-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import type { CommandContext } from '../main.ts';
import { grouped } from '../progress-line.ts';
import type { Terminal } from '../terminal.ts';

/** As the name of a file: standard output of a backup, standard input of a restore. */
const STANDARD_STREAM = '-';

interface BackupOptions {
  force?: boolean;
  json?: boolean;
}

const BACKUP_HELP = `
Examples:
  $ pcbridge backup
  $ DATABASE_URL=postgres://… pcbridge backup nightly.gz --force
  $ kubectl exec deploy/purecloud-bridge -- pcbridge backup - > nightly.gz

The file holds connections, callers, syncs, runs and their rows, and activity; the rows hold values of people. It is readable
by its owner alone. Secrets in it are sealed as they are stored, and the key that opens them is not in it: keep
BRIDGE_SECRET_KEY, or the file secret-key of the data directory, in another place. Client certificates are files of their
own and not in it either. A PostgreSQL server is read while bridges run on it; the embedded database belongs to the bridge
that runs, so stop that first, and give the command as the user of the bridge, whose its files are: another is refused.`;

const RESTORE_HELP = `
Examples:
  $ pcbridge restore pcbridge-2026-11-21T10-00-00Z.gz
  $ DATABASE_URL=postgres://… pcbridge restore nightly.gz --force
  $ docker compose run --rm -T bridge restore - < nightly.gz

A backup of the embedded database can be restored into a PostgreSQL server, and the other way round; one of an earlier
version into this one. To go back to an earlier version, restore the backup that it made with that version. The checksum is
checked first, and everything is restored or nothing. Stop every bridge on the database before; the
embedded database is restored by the user of the bridge, whose its files are. Runs that were not finished go on from where they were when the backup was made.`;

function reasonOf(error: unknown): unknown {
  return error instanceof BridgeError ? error.options.details?.reason : undefined;
}

async function open(config: Config, { mustBeUsed = false } = {}): Promise<Database> {
  const { dataDir, databaseUrl } = config;
  const log = createLog({ level: 'silent' });
  const { openDatabase } = await import('../../database/open-database.ts');
  try {
    const url = databaseUrl === undefined ? {} : { databaseUrl: databaseUrl.reveal() };
    return await openDatabase({ dataDir, log, mustBeUsed, ...url });
  } catch (error) {
    if (reasonOf(error) !== 'locked') throw error;
    throw new CommandError('A running bridge holds the store', {
      exitCode: EXIT_CODE.usage,
      lines: [`  ${(error as Error).message}`],
      remedy: 'stop the bridge, then the same command again',
      cause: error,
    });
  }
}

/** Of an embedded store that does not open. `newer`: a later version of the bridge has been here, and one goes back. */
const MOVED_ASIDE: readonly unknown[] = ['damaged', 'otherVersion', 'newer'];

/** Tables of a later version would be in the way of an upgrade to come. */
function newerServer(cause: BridgeError): CommandError {
  return new CommandError('The database is of a later version of the bridge', {
    exitCode: EXIT_CODE.usage,
    lines: [`  ${cause.message}`],
    remedy: 'make an empty database, name that one in DATABASE_URL, and restore into it',
    cause,
  });
}

/** A store that does not open is moved aside and not removed: someone may still want to look into it. */
async function openTarget(config: Config, force: boolean, terminal: Terminal): Promise<Database> {
  try {
    return await open(config);
  } catch (error) {
    if (!(error instanceof BridgeError) || !MOVED_ASIDE.includes(reasonOf(error))) throw error;
    if (config.databaseUrl !== undefined) throw newerServer(error);
    if (!force)
      throw new CommandError('The store that is there does not open', {
        exitCode: EXIT_CODE.usage,
        lines: [`  ${error.message}`],
        remedy: 'the same command with --force, which moves it aside',
        cause: error,
      });
    const aside = `${storeDirectory(config)}.${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
    await rename(storeDirectory(config), aside);
    terminal.say(`The store that was there is now ${aside}.`);
    return await open(config);
  }
}

function defaultName(nowMs: number): string {
  return `pcbridge-${new Date(nowMs).toISOString().slice(0, 19).replaceAll(':', '-')}Z.gz`;
}

function sayWhichKey(keyIds: readonly string[], terminal: Terminal): void {
  if (keyIds.length === 0) return;
  terminal.say(`The secrets in it are sealed with the key ${keyIds.join(', ')}, which is not in it.`);
  terminal.say('Keep BRIDGE_SECRET_KEY, or the file secret-key of the data directory, in another place.');
}

async function backUp(path: string, options: BackupOptions, terminal: Terminal): Promise<void> {
  if (path === STANDARD_STREAM && terminal.dataIsSeen === true)
    throw new CommandError('A backup is nothing for a screen', {
      exitCode: EXIT_CODE.usage,
      remedy: 'pcbridge backup - > FILE, or the name of a file',
    });
  const { dumpDatabase } = await import('../../database/backup/dump-database.ts');
  const { SEALED_COLUMNS } = await import('../../compose/compose-stores.ts');
  const config = loadConfig(terminal.env);
  await assertStore(config);
  const database = await open(config, { mustBeUsed: true });
  try {
    const dump = { bridgeVersion: VERSION, sealedColumns: SEALED_COLUMNS, nowMs: Date.now() };
    const fill = (write: (line: string) => Promise<void>) => dumpDatabase(database, { ...dump, write });
    const { rows, keyIds } =
      path === STANDARD_STREAM
        ? await streamBackup(terminal.bytes, fill)
        : await writeBackupFile(path, fill, { replace: options.force === true });
    terminal.say(`Saved ${grouped(rows)} rows.`);
    sayWhichKey(keyIds, terminal);
    const told = options.json === true ? JSON.stringify({ file: path, rows, keyIds }, null, 2) : path;
    if (path !== STANDARD_STREAM) terminal.data(told);
    else if (options.json === true) terminal.say(told);
  } finally {
    await database.close();
  }
}

/** The same that `pcbridge serve` will look for; none is made here. */
async function missingKeys(config: Config, keyIds: readonly string[]): Promise<string[]> {
  const { dataDir, secretKey } = config;
  const held = await heldKeyIds({ dataDir, ...(secretKey === undefined ? {} : { secretKey }) });
  return keyIds.filter((id) => !held.includes(id));
}

function sayWhatIsMissing(missing: readonly string[], dataDir: string, terminal: Terminal): void {
  if (missing.length === 0) return;
  terminal.say(
    `${terminal.paint('yellow', 'Warning:')} the key ${missing.join(', ')}, with which stored secrets are sealed, is not here.`,
  );
  terminal.say(
    `Try: before you start the bridge, set BRIDGE_SECRET_KEY to it, or put the file secret-key back into ${dataDir}.`,
  );
}

async function restore(path: string, options: BackupOptions, terminal: Terminal): Promise<void> {
  const config = loadConfig(terminal.env);
  const { header } = await checkBackupFile(path);
  const force = options.force === true;
  const missing = await missingKeys(config, header.keyIds);
  const { loadDatabase } = await import('../../database/backup/load-database.ts');
  const database = await openTarget(config, force, terminal);
  try {
    const { rows } = await loadDatabase(database, backupLines(path), { force });
    const { createdAt, bridgeVersion, keyIds } = header;
    if (options.json === true) {
      terminal.data(
        JSON.stringify({ rows, createdAt, bridgeVersion, keyIds, missingKeyIds: missing }, null, 2),
      );
    } else
      terminal.data(`Restored ${grouped(rows)} rows of ${createdAt}, saved by version ${bridgeVersion}.`);
    terminal.say('Keys of callers are those of the backup, that of the caller admin too.');
    sayWhatIsMissing(missing, config.dataDir, terminal);
  } finally {
    await database.close();
  }
}

async function restoreFromInput(
  use: (path: string) => Promise<void>,
  { stdin, interactive }: Terminal,
): Promise<void> {
  if (interactive)
    throw new CommandError('No backup comes in on standard input', {
      exitCode: EXIT_CODE.usage,
      remedy: 'pcbridge restore - < FILE, or the name of a file',
    });
  await withBackupKept(stdin, use);
}

export function registerBackup(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('backup')
    .description('save everything that is stored into one file')
    .argument('[file]', 'where to, or - for standard output (default: a name with the time, here)')
    .option('--force', 'replace a file that is there')
    .option('--json', 'print JSON')
    .addHelpText('after', BACKUP_HELP)
    .action(async (file: string | undefined, options: BackupOptions) => {
      await backUp(file ?? defaultName(Date.now()), options, terminal);
      finish(EXIT_CODE.clean);
    });
  program
    .command('restore')
    .description('bring the database to what a backup holds')
    .argument('<file>', 'as "pcbridge backup" has written it, or - for standard input')
    .option('--force', 'replace what the database holds; this cannot be undone')
    .option('--json', 'print JSON')
    .addHelpText('after', RESTORE_HELP)
    .action(async (file: string, options: BackupOptions) => {
      const use = (path: string) => restore(path, options, terminal);
      await (file === STANDARD_STREAM ? restoreFromInput(use, terminal) : use(file));
      finish(EXIT_CODE.clean);
    });
}
