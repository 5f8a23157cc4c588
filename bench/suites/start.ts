/** How long the bridge takes until it listens, as it is installed: built, with a database of a server, and with its own. */
import { execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pinned, residentBytes } from '../machine.ts';
import { mebibytes, whole } from '../report.ts';
import { median } from '../rounds.ts';
import type { SuiteOptions, SuiteResult } from '../suite.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Within the project, so that what is built finds the packages. */
const BUILT = join(ROOT, 'node_modules/.cache/bench-build');
/** What the first seconds need is collected by then. */
const IDLE_MS = 10_000;

interface Start {
  listeningMs: number;
  idleBytes: number;
}

async function build(): Promise<void> {
  await rm(BUILT, { recursive: true, force: true });
  const tsc = join(ROOT, 'node_modules/.bin/tsc');
  await promisify(execFile)(tsc, ['-p', 'tsconfig.build.json', '--outDir', BUILT], { cwd: ROOT });
  for (const path of ['package.json', 'server/cli/pcbridge.js', 'server/page'])
    await cp(join(ROOT, path), join(BUILT, path), { recursive: true });
}

/** From the start of the process until it says where it listens. */
async function startOnce(dataDir: string, databaseUrl: string | undefined, idleMs: number): Promise<Start> {
  const command = [process.execPath, join(BUILT, 'server/cli/pcbridge.js'), 'serve'];
  const [program, ...args] = pinned(command);
  const { DATABASE_URL: _given, ...inherited } = process.env;
  const startedAtMs = performance.now();
  const child = spawn(program!, args, {
    cwd: dataDir,
    env: {
      ...inherited,
      PORT: '0',
      BRIDGE_DATA_DIR: dataDir,
      BRIDGE_ADMIN_KEY: 'key-of-the-administrator-for-the-benchmark',
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const listening = new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('"msg":"listening"')) resolve();
      });
    }
    void exited.then(() => reject(new Error(`The bridge ended: ${said.slice(-500)}`)));
  });
  try {
    await listening;
    const listeningMs = performance.now() - startedAtMs;
    await new Promise((resolve) => setTimeout(resolve, idleMs));
    return { listeningMs, idleBytes: residentBytes(child.pid!) };
  } finally {
    child.kill('SIGTERM');
    await exited;
  }
}

async function rowOf(name: string, { rounds, isQuick }: SuiteOptions, databaseUrl?: string) {
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-start-'));
  const idleMs = isQuick ? 0 : IDLE_MS;
  try {
    const first = await startOnce(dataDir, databaseUrl, 0);
    const later: Start[] = [];
    for (let round = 0; round < rounds; round += 1) later.push(await startOnce(dataDir, databaseUrl, idleMs));
    return [
      name,
      whole(first.listeningMs),
      whole(median(later.map(({ listeningMs }) => listeningMs))),
      mebibytes(median(later.map(({ idleBytes }) => idleBytes))),
    ];
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

export async function startSuite(options: SuiteOptions): Promise<SuiteResult> {
  await build();
  const { databaseUrl } = options;
  const rows = [
    ...(databaseUrl === undefined ? [] : [await rowOf('a PostgreSQL server', options, databaseUrl)]),
    await rowOf('embedded', options),
  ];
  return {
    errors: 0,
    requests: 0,
    tables: [
      {
        title: 'Start',
        notes: [
          'From the start of the process until it listens, on one core. The first start makes the tables, and the embedded database itself.',
        ],
        columns: ['Database', 'first start ms', 'later starts ms', 'idle MiB'],
        rows,
      },
    ],
  };
}
