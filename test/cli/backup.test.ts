/** Backup, loss and restore, on either kind of database: what a bridge could do before, it can do again. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { copyFile, lstat, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { request } from 'undici';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';
import { NO_MAPPING } from '../../server/campaigns/run/checkpoint.ts';
import { loadConfig } from '../../server/config.ts';
import { BRIDGE_SEQUENCES, BRIDGE_TABLES } from '../../server/database/backup/bridge-tables.ts';
import { MIGRATIONS } from '../../server/database/migrations/list.ts';
import { openDatabase } from '../../server/database/open-database.ts';
import { startBridge, type RunningBridge } from '../../server/main.ts';
import { ADMIN_KEY, testEnvironment } from '../support/bridge.ts';
import { childEnvironment } from '../support/child-environment.ts';
import { runCli } from '../support/cli.ts';
import {
  embeddedDataDirectory,
  quietLog,
  startPostgres,
  temporaryDirectory,
  type PostgresServer,
} from '../support/databases.ts';

const SECRET_KEY = createHash('sha256').update('one').digest('base64');
const OTHER_KEY = createHash('sha256').update('other').digest('base64');

let sandbox: RunningSandbox;
let server: PostgresServer;
let directory: string;
let bridges: RunningBridge[] = [];

beforeAll(async () => {
  [sandbox, server, directory] = await Promise.all([startSandbox(), startPostgres(), temporaryDirectory()]);
}, 60_000);
afterEach(async () => {
  await Promise.all(bridges.map((bridge) => bridge.stop()));
  bridges = [];
});
afterAll(async () => {
  await sandbox.close();
  await server.stop();
  await rm(directory, { recursive: true });
});

/** A place for a bridge: a data directory, and a database of its own where the kind is a server. */
async function place(kind: 'embedded' | 'server', secretKey = SECRET_KEY): Promise<NodeJS.ProcessEnv> {
  const dataDir = kind === 'embedded' ? await embeddedDataDirectory() : await temporaryDirectory();
  const database = kind === 'embedded' ? {} : { DATABASE_URL: await server.createDatabase() };
  return testEnvironment(dataDir, { BRIDGE_SECRET_KEY: secretKey, ...database });
}

async function start(env: NodeJS.ProcessEnv) {
  const bridge = await startBridge(loadConfig(env), { handleSignals: false });
  bridges.push(bridge);
  const ask = async (method: 'GET' | 'PUT', path: string, body?: object) => {
    const answer = await request(`${bridge.url}/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.statusCode, body: (await answer.body.json()) as Record<string, unknown> };
  };
  const stop = async () => {
    bridges = bridges.filter((other) => other !== bridge);
    await bridge.stop();
  };
  return { ask, stop };
}

function connection(clientSecret: string) {
  return {
    provider: 'purecloud',
    url: sandbox.purecloud.tokenUrl,
    apiUrl: sandbox.purecloud.url,
    clientId: DEMO_PURECLOUD_CLIENT.id,
    clientSecret,
  };
}

/** With a connection, a caller and a sync. @returns the generation of the token that was handed out. */
async function fill(env: NodeJS.ProcessEnv): Promise<number> {
  const { ask, stop } = await start(env);
  await ask('PUT', 'connections/genesys', connection(DEMO_PURECLOUD_CLIENT.secret));
  await ask('PUT', 'callers/job', { permissions: ['token:genesys'] });
  const { body } = await ask('GET', 'connections/genesys/token');
  await stop();
  return Number(body.generation);
}

/** Lines of a database that no bridge has open, without those that a restore changes on purpose. */
async function contents(env: NodeJS.ProcessEnv): Promise<Record<string, unknown[]>> {
  const config = loadConfig(env);
  const url = config.databaseUrl === undefined ? {} : { databaseUrl: config.databaseUrl.reveal() };
  const database = await openDatabase({ dataDir: config.dataDir, log: quietLog, ...url });
  try {
    const found: Record<string, unknown[]> = {};
    for (const { name, isPassing } of BRIDGE_TABLES) {
      if (isPassing === true || name === 'connection_tokens') continue;
      const { rows } = await sql<{ line: string }>`
        select row_to_json(t)::text as line from ${sql.ref(name)} as t order by 1`.execute(database.db);
      found[name] = rows.map(({ line }) => JSON.parse(line) as unknown);
    }
    return found;
  } finally {
    await database.close();
  }
}

/** Values of every type that the tables have, awkward ones among them. */
async function plantAwkwardRows(env: NodeJS.ProcessEnv): Promise<void> {
  const config = loadConfig(env);
  const url = config.databaseUrl === undefined ? {} : { databaseUrl: config.databaseUrl.reveal() };
  const { db, close } = await openDatabase({ dataDir: config.dataDir, log: quietLog, ...url });
  const text = JSON.stringify({ Name: 'Käthe "K" \u2028 \\ Größler\n, ${x}', Blank: null, Zero: 0 });
  await sql`insert into syncs values ('spring', '{}', '{}', 3)`.execute(db);
  await sql`insert into sync_state (sync, contact_list_id, mapping_fingerprint) values ('spring', 'L', 'known')`.execute(
    db,
  );
  await sql`insert into runs (id, sync, status, phase, dry_run, started_by, finished_at)
    values ('7c1f0d3e-0000-4000-8000-000000000001', 'spring', 'Part failed', 'done', false, 'admin', clock_timestamp())`.execute(
    db,
  );
  await sql`insert into run_rows (run, seq, member_id, outcome, reason_code, detail, original)
    select '7c1f0d3e-0000-4000-8000-000000000001', n, '00v' || n, 'failed', 'phone_invalid', '{}', ${text}::jsonb
    from generate_series(1, 1700) n`.execute(db);
  await sql`insert into login_attempts (login_key, attempted_at) values ('x', '{0.1,1e300,1700000000.123456}')`.execute(
    db,
  );
  await close();
}

describe.each([
  ['embedded', 'embedded'],
  ['server', 'server'],
  ['embedded', 'server'],
  ['server', 'embedded'],
] as const)('a backup of the %s database, restored into %s', (from, to) => {
  test('brings everything back, and the token works', async () => {
    const before = await place(from);
    const generation = await fill(before);
    await plantAwkwardRows(before);
    const stored = await contents(before);
    const file = join(directory, `${from}-${to}.gz`);
    expect(await runCli(['backup', file], { env: before })).toMatchObject({ exitCode: 0, stdout: file });
    await rm(before.BRIDGE_DATA_DIR!, { recursive: true });

    const after = await place(to);
    const restored = await runCli(['restore', file], { env: after });
    expect(restored).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^Restored [\d,]+ rows of 20/),
    });
    expect(restored.stderr).not.toContain('Warning');
    // What was sent since then is on the list: the next run of the sync compares everything.
    const [spring] = stored.sync_state as Record<string, unknown>[];
    const sync_state = [{ ...spring, mapping_fingerprint: NO_MAPPING }];
    expect(await contents(after)).toEqual({ ...stored, sync_state });
    const { ask, stop } = await start(after);
    const token = await ask('GET', 'connections/genesys/token');
    expect(token.status).toBe(200);
    expect(token.body.generation).toBeGreaterThan(generation);
    expect((await ask('GET', 'callers/job')).status).toBe(200);
    const saved = await ask('PUT', 'connections/another', connection('x'));
    expect(saved.body.version).toBeGreaterThan(1_000);
    await stop();
  }, 60_000);
});

describe('a backup file', () => {
  let env: NodeJS.ProcessEnv;
  let file: string;
  beforeAll(async () => {
    env = await place('embedded');
    await fill(env);
    file = join(directory, 'whole.gz');
    await runCli(['backup', file], { env });
  }, 60_000);

  test('is for its owner alone, holds no secret, and names the key that is needed', async () => {
    const { mode } = await stat(file);
    expect(mode & 0o777).toBe(0o600);
    const text = gunzipSync(await readFile(file)).toString();
    for (const secret of [DEMO_PURECLOUD_CLIENT.secret, ADMIN_KEY, SECRET_KEY])
      expect(text).not.toContain(secret);
    expect(JSON.parse(text.split('\n')[0]!)).toMatchObject({
      keyIds: [expect.stringMatching(/^[0-9a-f]{16}$/)],
    });
  });

  test('takes the place of no other file unless it is told to, and leaves nothing beside', async () => {
    const taken = join(directory, 'taken.gz');
    await writeFile(taken, 'precious');
    const refused = await runCli(['backup', taken], { env });
    expect(refused).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('--force') });
    expect(await readFile(taken, 'utf8')).toBe('precious');
    expect((await runCli(['backup', taken, '--force'], { env })).exitCode).toBe(0);
    expect((await runCli(['backup', join(directory, 'no', 'where.gz')], { env })).exitCode).toBe(2);
    expect((await readdir(directory)).filter((name) => name.includes('gz.'))).toEqual([]);
  });

  test('replaces what a link leads to, and the link stays', async () => {
    const [target, alias] = [join(directory, 'target.gz'), join(directory, 'alias.gz')];
    await writeFile(target, 'of yesterday');
    await symlink(target, alias);
    expect((await runCli(['backup', alias], { env })).exitCode).toBe(2);
    expect(await readFile(target, 'utf8')).toBe('of yesterday');
    expect((await runCli(['backup', alias, '--force'], { env })).exitCode).toBe(0);
    expect((await lstat(alias)).isSymbolicLink()).toBe(true);
    expect(gunzipSync(await readFile(target)).toString()).toContain('genesys');
  });

  test('replaces nothing but a regular file', async () => {
    const [pipe, lost] = [join(directory, 'pipe'), join(directory, 'lost.gz')];
    await promisify(execFile)('mkfifo', [pipe]);
    await symlink(join(directory, 'no-target'), lost);
    for (const path of [pipe, directory]) {
      const refused = await runCli(['backup', path, '--force'], { env });
      expect(refused).toMatchObject({
        exitCode: 2,
        stdout: '',
        stderr: expect.stringMatching(/no regular file[^]*Try: .*- for standard output/),
      });
    }
    expect((await lstat(pipe)).isFIFO()).toBe(true);
    expect((await runCli(['backup', lost, '--force'], { env })).exitCode).toBe(2);
    expect((await lstat(lost)).isSymbolicLink()).toBe(true);
  });

  test('goes to standard output, alone, and comes back from standard input', async () => {
    const piped = await runCli(['backup', '-', '--json'], { env });
    expect(piped).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: expect.stringMatching(/^Saved [^]*"rows"/),
    });
    expect(await readdir('.')).not.toContain('-');
    const other = await place('embedded');
    expect(await runCli(['restore', '-'], { env: other, stdin: piped.bytes })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^Restored \d+ rows/),
    });
    expect((await contents(other)).connections).toEqual((await contents(env)).connections);
  });

  test('leaves standard output open, and ends with it', async () => {
    const launcher = join(import.meta.dirname, '../../server/cli/pcbridge.js');
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [launcher, 'backup', '-'], {
      env: childEnvironment(env),
      encoding: 'buffer',
    });
    expect(gunzipSync(stdout).toString()).toMatch(/\["end".*\n$/);
    expect(stderr.toString()).toMatch(/^Saved \d+ rows/);
  });

  test('is nothing for a screen, and is not typed', async () => {
    expect(await runCli(['backup', '-'], { env, seen: true })).toMatchObject({
      exitCode: 2,
      bytes: Buffer.alloc(0),
      stderr: expect.stringMatching(/screen[^]*Try: pcbridge backup - > FILE/),
    });
    expect(await runCli(['restore', '-'], { env, interactive: true })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/Try: pcbridge restore - < FILE/),
    });
  });

  test.each<[string, (whole: Buffer) => Buffer, RegExp]>([
    ['that is cut off', (whole) => whole.subarray(0, whole.length - 40), /damaged/],
    [
      'in which a letter is another',
      (whole) => gzipSync(gunzipSync(whole).toString().replace('genesys', 'genesis')),
      /checksum/,
    ],
    [
      'of which a line is missing',
      (whole) =>
        gzipSync(
          gunzipSync(whole)
            .toString()
            .replace(/\{"name":"job".*\n/, ''),
        ),
      /checksum/,
    ],
    [
      'whose end is missing',
      (whole) =>
        gzipSync(
          gunzipSync(whole)
            .toString()
            .replace(/\["end".*\n/, ''),
        ),
      /end is missing/,
    ],
    [
      'of a later version',
      (whole) => gzipSync(gunzipSync(whole).toString().replace('"formatVersion":1', '"formatVersion":9')),
      /later version/,
    ],
    ['that is something else', () => Buffer.from('-- PostgreSQL database dump'), /no backup of the bridge/],
    ['that is empty', () => gzipSync(''), /no backup of the bridge/],
  ])('%s is refused before any database is opened', async (_what, spoil, says) => {
    const spoilt = join(directory, 'spoilt.gz');
    await writeFile(spoilt, spoil(await readFile(file)));
    const nowhere = testEnvironment(join(directory, 'nowhere'));
    const refused = await runCli(['restore', spoilt, '--force'], { env: nowhere });
    expect(refused).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(says) });
    expect(await readdir(directory)).not.toContain('nowhere');
  });

  test('replaces what a database holds only with --force', async () => {
    const other = await place('embedded');
    const { ask, stop } = await start(other);
    await ask('PUT', 'connections/own', connection('x'));
    await stop();
    const refused = await runCli(['restore', file], { env: other });
    expect(refused).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/holds 1 connections[^]*--force/),
    });
    expect((await runCli(['restore', file, '--force'], { env: other })).exitCode).toBe(0);
    expect((await contents(other)).connections).toEqual((await contents(env)).connections);
  });

  test('is not restored under a bridge that runs', async () => {
    const embedded = await place('embedded');
    const first = await start(embedded);
    const locked = await runCli(['restore', file, '--force'], { env: embedded });
    expect(locked).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/running bridge[^]*stop the bridge/),
    });
    await first.stop();
    const shared = await place('server');
    const second = await start(shared);
    const connected = await runCli(['restore', file, '--force'], { env: shared });
    expect(connected).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/A bridge is connected/) });
    await second.stop();
  }, 60_000);

  test('says so where the key of its secrets is not here', async () => {
    const restored = await runCli(['restore', file], { env: await place('embedded', OTHER_KEY) });
    expect(restored).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/Warning: the key [0-9a-f]{16}/),
    });
    const withoutKey: NodeJS.ProcessEnv = { ...(await place('embedded')), BRIDGE_SECRET_KEY: '' };
    await rm(join(withoutKey.BRIDGE_DATA_DIR!, 'secret-key'), { force: true });
    expect((await runCli(['restore', file], { env: withoutKey })).stderr).toMatch(/secret-key back into/);
    expect(await readdir(withoutKey.BRIDGE_DATA_DIR!)).not.toContain('secret-key');
  });

  test('takes the place of a store that is ruined, which is kept beside it', async () => {
    const ruined = await place('embedded');
    await copyFile(file, join(ruined.BRIDGE_DATA_DIR!, 'database', 'PG_VERSION'));
    const refused = await runCli(['restore', file], { env: ruined });
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--force') });
    expect((await runCli(['restore', file, '--force'], { env: ruined })).exitCode).toBe(0);
    const aside = (await readdir(ruined.BRIDGE_DATA_DIR!)).filter((name) => name.startsWith('database.2'));
    expect(aside).toHaveLength(1);
  }, 60_000);
});

test.each([[['backup']], [['audit', 'verify']], [['audit', 'export']], [['key', 'rotate']]])(
  '%j makes no store where none is',
  async (command) => {
    const nowhere = await temporaryDirectory();
    const result = await runCli(command, { env: testEnvironment(nowhere) });
    expect(result).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(/^Error: No bridge has a database in .*\nTry: .*BRIDGE_DATA_DIR/),
    });
    expect(await readdir(nowhere)).toEqual([]);
    await rm(nowhere, { recursive: true });
  },
);

test.each([[['backup']], [['audit', 'verify']], [['key', 'rotate', '--offline']]])(
  '%j makes no tables in a database of others',
  async (command) => {
    const databaseUrl = await server.createDatabase();
    const env = testEnvironment(await temporaryDirectory(), { DATABASE_URL: databaseUrl });
    const result = await runCli(command, { env });
    expect(result).toMatchObject({
      stdout: '',
      stderr: expect.stringMatching(/No bridge has stored anything in the database/),
    });
    expect(result.stderr).toMatch(/Try: .*DATABASE_URL/i);
    expect(result.exitCode).not.toBe(0);
    const left = await openDatabase({ dataDir: '', log: quietLog, databaseUrl, migrations: [] });
    const { rows } = await sql<{
      name: string;
    }>`select tablename as name from pg_tables where schemaname = 'public'`.execute(left.db);
    await left.close();
    expect(rows).toEqual([{ name: 'bridge_migrations' }]);
  },
);

describe('an upgrade that is taken back', () => {
  const later = [...MIGRATIONS, { name: '9999-later', up: () => Promise.resolve() }];

  async function upgrade(env: NodeJS.ProcessEnv): Promise<void> {
    const { dataDir, databaseUrl } = loadConfig(env);
    const url = databaseUrl === undefined ? {} : { databaseUrl: databaseUrl.reveal() };
    const database = await openDatabase({ dataDir, log: quietLog, migrations: later, ...url });
    await database.close();
  }

  test.each(['embedded', 'server'] as const)(
    'comes back from the backup before it: %s',
    async (kind) => {
      const env = await place(kind);
      await fill(env);
      const file = join(directory, `before-${kind}.gz`);
      await runCli(['backup', file], { env });
      const before = await contents(env);
      await upgrade(env);
      const refused = await runCli(['restore', file], { env });
      expect(refused).toMatchObject({
        exitCode: 2,
        stderr: expect.stringMatching(/newer version of the bridge/),
      });
      if (kind === 'server') expect(refused.stderr).toMatch(/Try: make an empty database/);
      else expect(refused.stderr).toMatch(/Try: .*--force/);
      const back = kind === 'server' ? { ...env, DATABASE_URL: await server.createDatabase() } : env;
      expect((await runCli(['restore', file, '--force'], { env: back })).exitCode).toBe(0);
      expect(await contents(back)).toEqual(before);
    },
    60_000,
  );
});

test('a backup knows every table and every sequence that the migrations make', async () => {
  const { db, close } = await openDatabase({ dataDir: await embeddedDataDirectory(), log: quietLog });
  const { rows: tables } = await sql<{
    name: string;
  }>`select table_name as name from information_schema.tables
    where table_schema = current_schema() and table_name <> 'bridge_migrations'`.execute(db);
  const { rows: sequences } = await sql<{ name: string }>`select s.relname as name from pg_class s
    where s.relkind = 'S' and s.relnamespace = current_schema()::regnamespace
      and not exists (select 1 from pg_depend d where d.objid = s.oid and d.deptype in ('a', 'i'))`.execute(
    db,
  );
  await close();
  const sorted = (list: readonly { name: string }[]) => list.map(({ name }) => name).sort();
  expect(sorted(tables)).toEqual(sorted(BRIDGE_TABLES));
  expect(sorted(sequences)).toEqual([...BRIDGE_SEQUENCES].sort());
});
