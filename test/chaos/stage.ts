/** Two bridges on one PostgreSQL, an upstream, and the lines between them, which faults are done to. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';
import { putCaller, putConnection } from '../support/bridge-admin.ts';
import { ADMIN_KEY, testEnvironment } from '../support/bridge.ts';
import { canariesIn, canaryOf, makeCanary, type Canary } from '../support/canaries.ts';
import { makeAuthority, type Authority } from '../support/certificates.ts';
import { startPostgres, temporaryDirectory, type PostgresServer } from '../support/databases.ts';
import { startFaultyLink, type FaultyLink } from '../support/faulty-link.ts';
import { spawnBridge, type SpawnedBridge } from '../support/spawned-bridge.ts';

const CLIENT_ID = '7de3af06-c0b3-4f9b-af45-72f4a1403797';
/** Short, so that tokens end and are renewed in the middle of every fault. */
const TOKEN_LIFE_SECONDS = 8;
/** Of a disk that is to run full, and only then: activity and audit keep a row of every request. */
const TINY_DISK_MIB = 96;
const MIB_PER_REQUEST = 0.001;
const SCANNED_TAIL_BYTES = 4_096;

export interface ChaosStage {
  /** The first one lives through everything but its own end; the second speaks TLS. */
  bridges: SpawnedBridge[];
  /** Starts the instance anew, as it was. */
  restart(index: number): Promise<void>;
  postgres: PostgresServer;
  /** Of the bridges. */
  databaseName: string;
  /** In another database of the same server. */
  asSuperuser(sql: string): Promise<void>;
  toDatabase: FaultyLink;
  toUpstream: FaultyLink;
  sandbox: RunningSandbox;
  authority: Authority;
  certify(endsInDays: number): Promise<void>;
  callerKey: string;
  bearer: object;
  canaries: readonly Canary[];
  wasDead(token: string, atMs: number): boolean;
  /** Where the files of the database lie, on a small disk of their own; undefined where none can be made. */
  tinyDisk?: string;
  /** Secrets that were printed. */
  printed: ReadonlySet<string>;
  close(): Promise<void>;
}

/** Only root can mount one, and only some systems let it. */
async function mountTinyDisk(sizeMib: number): Promise<string | undefined> {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return undefined;
  const directory = await mkdtemp(join(tmpdir(), 'purecloud-bridge-tiny-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMib}m`, 'tmpfs', directory], {
      stdio: 'ignore',
    });
    return directory;
  } catch {
    await rm(directory, { recursive: true, force: true });
    return undefined;
  }
}

async function unmount(directory: string): Promise<void> {
  execFileSync('umount', ['-l', directory], { stdio: 'ignore' });
  await rm(directory, { recursive: true, force: true });
}

const nameIn = (url: string) => new URL(url).pathname.slice(1);

async function query(url: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

/** On the small disk where there is one. */
async function createDatabase(postgres: PostgresServer, tinyDisk: string | undefined): Promise<string> {
  const url = await postgres.createDatabase();
  if (tinyDisk === undefined) return url;
  const { rows } = await query(
    postgres.adminUrl,
    `select setting as directory from pg_settings where name = 'data_directory'`,
  );
  const owner = await stat((rows[0] as { directory: string }).directory);
  await chown(tinyDisk, owner.uid, owner.gid);
  await query(postgres.adminUrl, `create tablespace tiny location '${tinyDisk}'`);
  await query(postgres.adminUrl, `alter database ${nameIn(url)} set tablespace tiny`);
  return url;
}

/** Looks at what is printed as it comes, and keeps none of it. */
function lookFor(canaries: readonly Canary[], liveTokens: () => readonly string[], printed: Set<string>) {
  let tail = Buffer.alloc(0);
  return (chunk: Buffer) => {
    const bytes = Buffer.concat([tail, chunk]);
    for (const found of canariesIn(bytes, canaries)) printed.add(`log: ${found}`);
    if (liveTokens().some((token) => bytes.includes(token))) printed.add('log: upstream token');
    tail = bytes.subarray(-SCANNED_TAIL_BYTES);
  };
}

function throughLink(url: string, { port }: FaultyLink): string {
  const linked = new URL(url);
  linked.port = String(port);
  return linked.toString();
}

/** @param requests So many are to be asked, at most. */
export async function startChaosStage({ requests }: { requests: number }): Promise<ChaosStage> {
  const secret = makeCanary('client secret', ['', '']);
  const sandbox = await startSandbox({
    purecloud: { clients: [{ id: CLIENT_ID, secret: secret.value }], requestsPerMinute: Infinity },
  });
  const issued = new Map<string, number>();
  const { state, faults } = sandbox.purecloud;
  const issueToken = state.issueToken.bind(state);
  state.issueToken = (client) => {
    const token = issueToken(client);
    issued.set(token.value, performance.now());
    return token;
  };
  faults.switchOn({ kind: 'expiresIn', value: TOKEN_LIFE_SECONDS });

  const [postgres, tinyDisk, directory] = [
    await startPostgres(),
    await mountTinyDisk(Math.ceil(TINY_DISK_MIB + requests * MIB_PER_REQUEST)),
    await temporaryDirectory(),
  ];
  const databaseUrl = await createDatabase(postgres, tinyDisk);
  const toDatabase = await startFaultyLink(Number(new URL(databaseUrl).port));
  const toUpstream = await startFaultyLink(Number(new URL(sandbox.purecloud.url).port));

  const authority = await makeAuthority();
  const [certFile, keyFile] = [join(directory, 'tls.crt'), join(directory, 'tls.key')];
  async function certify(endsInDays: number): Promise<void> {
    const pair = await authority.issue({ ipAddresses: ['127.0.0.1'], startsInDays: -20, endsInDays });
    for (const [file, pem] of [
      [certFile, pair.certPem],
      [keyFile, pair.keyPem],
    ] as const) {
      await writeFile(`${file}.new`, pem);
      await rename(`${file}.new`, file);
    }
  }
  await certify(-1);

  const secretKey = randomBytes(32).toString('base64');
  const canaries = [secret, canaryOf('admin key', ADMIN_KEY), canaryOf('secret key', secretKey)];
  const environment = testEnvironment(directory, {
    LOG_LEVEL: 'debug',
    DATABASE_URL: throughLink(databaseUrl, toDatabase),
    BRIDGE_SECRET_KEY: secretKey,
  });
  const environments = [environment, { ...environment, BRIDGE_TLS_CERT: certFile, BRIDGE_TLS_KEY: keyFile }];
  const printed = new Set<string>();
  const lastTokens = () => [...issued.keys()].slice(-3);
  const start = (index: number) => spawnBridge(environments[index]!, lookFor(canaries, lastTokens, printed));
  const bridges = await Promise.all([start(0), start(1)]);

  const upstream = throughLink(sandbox.purecloud.url, toUpstream).replace(/\/$/, '');
  const client = { url: `${upstream}/oauth/token`, clientId: CLIENT_ID, clientSecret: secret.value };
  await putConnection(bridges[0].url, 'crm', {
    ...client,
    provider: 'purecloud',
    apiUrl: upstream,
    requestsPerMinute: 100_000,
  });
  const permissions = ['token:crm', 'proxy:crm', 'request'];
  const callerKey = await putCaller(bridges[0].url, 'load', { permissions });

  return {
    bridges,
    async restart(index) {
      bridges[index] = await start(index);
    },
    postgres,
    databaseName: nameIn(databaseUrl),
    asSuperuser: async (sql) => void (await query(postgres.adminUrl, sql)),
    toDatabase,
    toUpstream,
    sandbox,
    authority,
    certify,
    callerKey,
    bearer: { ...client, timeoutSeconds: 2 },
    canaries: [...canaries.slice(0, 1), ...canaries.slice(2)],
    wasDead(token, atMs) {
      const issuedAtMs = issued.get(token);
      return issuedAtMs === undefined || atMs > issuedAtMs + TOKEN_LIFE_SECONDS * 1000;
    },
    ...(tinyDisk === undefined ? {} : { tinyDisk }),
    printed,
    async close() {
      await Promise.all(bridges.map((bridge) => bridge.kill('SIGKILL')));
      await Promise.all([toDatabase.close(), toUpstream.close(), sandbox.close()]);
      await postgres.stop();
      if (tinyDisk !== undefined) await unmount(tinyDisk);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
