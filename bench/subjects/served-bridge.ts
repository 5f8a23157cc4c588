/** The bridge by the command that an operator uses, in as many processes as are asked for; this process only starts and ends it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ADMIN_KEY } from '../../test/support/bridge.ts';
import { embeddedDataDirectory, temporaryDirectory } from '../../test/support/databases.ts';
import { serveSubject, settings } from './serve-subject.ts';

interface ServedBridgeSettings {
  /** Absent: the embedded database, inside the bridge's process. */
  databaseUrl?: string;
  processes?: number;
  /** Flags of Node, beside what the command sets. */
  nodeOptions?: string;
}

const LAUNCHER = join(import.meta.dirname, '../../server/cli/pcbridge.js');

const { databaseUrl, processes = 1, nodeOptions } = settings<ServedBridgeSettings>();
const dataDir = databaseUrl === undefined ? await embeddedDataDirectory() : await temporaryDirectory();
const { PATH, HOME } = process.env;
const bridge = spawn(process.execPath, [LAUNCHER, 'serve'], {
  env: {
    PATH,
    HOME,
    PORT: '0',
    BRIDGE_DATA_DIR: dataDir,
    BRIDGE_ADMIN_KEY: ADMIN_KEY,
    BRIDGE_EGRESS_ALLOW: '127.0.0.1',
    BRIDGE_EGRESS_ALLOW_PRIVATE: 'true',
    WEB_CONCURRENCY: String(processes),
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    ...(nodeOptions === undefined ? {} : { NODE_OPTIONS: nodeOptions }),
  },
  // The log goes where writing costs next to nothing.
  stdio: ['ignore', 'ignore', 'pipe'],
});
const ended = once(bridge, 'exit');

/** Each process says where it listens, and all of them say the same. */
async function listening(): Promise<string> {
  let said = '';
  return await new Promise((resolve, reject) => {
    bridge.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-20_000);
      const urls = [...said.matchAll(/listens at (\S+)/g)].map(([, url]) => url!);
      if (urls.length === processes) resolve(urls[0]!);
    });
    void ended.then(() => reject(new Error(`The bridge ended: ${said}`)));
  });
}

function childrenOf(pid: number): number[] {
  try {
    const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ');
    return pids.filter((child) => child !== '').map(Number);
  } catch {
    return [];
  }
}

const url = await listening();
const main = bridge.pid!;
serveSubject(
  { port: Number(new URL(url).port), url, workers: [main, ...childrenOf(main)] },
  {
    async stop() {
      bridge.kill('SIGTERM');
      await ended;
      await rm(dataDir, { recursive: true, force: true });
    },
  },
);
