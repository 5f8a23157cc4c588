/** The faults of the chaos journey: how each is brought about under load, and healed. */
import { once } from 'node:events';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import type { FaultInput } from '../../sandbox/faults.ts';
import type { ChaosStage } from './stage.ts';

const STOPPED_MS = 3_000;
const SLOW_UPSTREAM_MS = 1_500;
const SLOW_DATABASE_MS = 150;
const SOCKETS = 5_000;
/** Descriptors for everything else. */
const DESCRIPTORS_SPARE = 1_000;
const CERTIFICATE_WAIT_MS = 30_000;

export interface ChaosFault {
  name: string;
  /** The upstream gives answers of its own, or breaks them off. */
  upstreamMisbehaves?: boolean;
  /** An instance is told to stop. */
  closesConnections?: boolean;
  /** Brings it about, and resolves when it is over. @param holdMs How long it lasts, where it can last. */
  happen(stage: ChaosStage, holdMs: number): Promise<void>;
  /** In plain words; undefined: it can be done here. */
  impossible?(stage: ChaosStage): string | undefined;
}

function lying(name: string, ...inputs: FaultInput[]): ChaosFault {
  return {
    name: `upstream ${name}`,
    upstreamMisbehaves: true,
    async happen({ sandbox }, holdMs) {
      const { faults } = sandbox.purecloud;
      const on = inputs.map((input) => faults.switchOn(input)!.id);
      await sleep(holdMs);
      on.forEach((id) => faults.switchOff(id));
    },
  };
}

function liesOfLength(name: string, bytes: number): ChaosFault {
  return {
    name: `upstream ${name}`,
    upstreamMisbehaves: true,
    async happen({ toUpstream }, holdMs) {
      toUpstream.lieOfLength(bytes);
      await sleep(holdMs);
      await toUpstream.heal();
    },
  };
}

/** Some say nothing, some half a request, some a whole one and then nothing. */
const OPENINGS = ['', 'GET /livez HTTP/1.1\r\nHost: x\r\n', 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'];

function descriptorsMax(): number {
  const { userLimits } = process.report.getReport() as unknown as {
    userLimits?: { open_files?: { soft: number | string } };
  };
  const soft = Number(userLimits?.open_files?.soft);
  return Number.isFinite(soft) ? soft : Infinity;
}

export function socketsPossible(): number {
  return Math.min(SOCKETS, descriptorsMax() - DESCRIPTORS_SPARE);
}

async function dialMany(url: string, count: number): Promise<Socket[]> {
  const port = Number(new URL(url).port);
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(250, count - sockets.length) }, (_, index) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined).resume();
      socket.write(OPENINGS[index % OPENINGS.length]!);
      return socket;
    });
    await Promise.all(batch.map((socket) => once(socket, 'connect')));
    sockets.push(...batch);
  }
  return sockets;
}

/** What a client that verifies sees of the TLS instance: `ok`, or the code of what is wrong. */
async function handshake({ bridges, authority }: ChaosStage): Promise<string> {
  const socket = tls.connect({
    host: '127.0.0.1',
    port: Number(new URL(bridges[1]!.url).port),
    ca: authority.certPem,
  });
  try {
    await once(socket, 'secureConnect');
    return 'ok';
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  } finally {
    socket.destroy();
  }
}

async function untilHandshake(stage: ChaosStage, wanted: string): Promise<void> {
  const untilMs = performance.now() + CERTIFICATE_WAIT_MS;
  for (let seen = ''; seen !== wanted; seen = await handshake(stage)) {
    if (performance.now() > untilMs) throw new Error(`The certificate is ${seen}, and not ${wanted}`);
    await sleep(100);
  }
}

async function fill(directory: string): Promise<string> {
  const { bavail, bsize } = await statfs(directory);
  const ballast = join(directory, 'ballast');
  await writeFile(ballast, Buffer.alloc(bavail * bsize)).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  });
  return ballast;
}

export const CHAOS_FAULTS: readonly ChaosFault[] = [
  {
    name: 'thousands of sockets',
    impossible: () =>
      socketsPossible() < 500 ? 'this process may open too few files: raise ulimit -n' : undefined,
    async happen({ bridges }, holdMs) {
      const sockets = await dialMany(bridges[0]!.url, socketsPossible());
      await sleep(holdMs);
      sockets.forEach((socket) => socket.destroy());
    },
  },
  {
    name: 'upstream down',
    upstreamMisbehaves: true,
    async happen({ toUpstream }, holdMs) {
      await toUpstream.cut();
      await sleep(holdMs);
      await toUpstream.heal();
    },
  },
  {
    name: 'upstream takes everything and says nothing',
    upstreamMisbehaves: true,
    async happen({ toUpstream }, holdMs) {
      toUpstream.stall();
      await sleep(holdMs);
      await toUpstream.heal();
    },
  },
  lying('slow', { kind: 'slow', delayMs: SLOW_UPSTREAM_MS }),
  lying('answers HTML', { kind: 'html', status: 200 }),
  lying('answers half a JSON', { kind: 'truncatedJson' }),
  lying('answers without a token', { kind: 'noToken', target: 'signIn' }, { kind: 'empty', target: 'api' }),
  lying('breaks off', { kind: 'resetDuring' }),
  lying('answers 429', { kind: 'retryAfter', retryAfter: 1 }),
  liesOfLength('says a length that is too long', 10),
  liesOfLength('says a length that is too short', -10),
  {
    name: 'upstream revokes every token',
    upstreamMisbehaves: true,
    happen: ({ sandbox }) => {
      sandbox.purecloud.faults.switchOn({ kind: 'revokeAllTokens' });
      return Promise.resolve();
    },
  },
  {
    name: 'certificate expired on disk and replaced',
    async happen(stage) {
      await stage.certify(-1);
      await untilHandshake(stage, 'CERT_HAS_EXPIRED');
      await stage.certify(30);
      await untilHandshake(stage, 'ok');
    },
  },
  {
    name: 'database restarted',
    async happen({ postgres }, holdMs) {
      await postgres.goAway();
      await sleep(holdMs);
      await postgres.comeBack();
    },
  },
  {
    name: 'database slow',
    async happen({ toDatabase }, holdMs) {
      toDatabase.delay(SLOW_DATABASE_MS);
      await sleep(holdMs);
      await toDatabase.heal();
    },
  },
  {
    name: 'database silent',
    async happen({ toDatabase }, holdMs) {
      toDatabase.stall();
      await sleep(holdMs);
      await toDatabase.heal();
    },
  },
  {
    name: 'database takes no writes',
    async happen({ asSuperuser, databaseName }, holdMs) {
      // For sessions that begin from now on.
      const terminate = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${databaseName}'`;
      await asSuperuser(`alter database ${databaseName} set default_transaction_read_only = on`);
      await asSuperuser(terminate);
      await sleep(holdMs);
      await asSuperuser(`alter database ${databaseName} reset default_transaction_read_only`);
      await asSuperuser(terminate);
    },
  },
  {
    name: 'disk of the database full',
    impossible: ({ tinyDisk }) =>
      tinyDisk === undefined ? 'a small disk can only be mounted by root on Linux' : undefined,
    async happen({ tinyDisk }, holdMs) {
      const ballast = await fill(tinyDisk!);
      await sleep(holdMs);
      await rm(ballast);
    },
  },
  {
    name: 'event loop blocked',
    async happen({ bridges }) {
      bridges[0]!.process.kill('SIGSTOP');
      await sleep(STOPPED_MS);
      bridges[0]!.process.kill('SIGCONT');
    },
  },
  {
    name: 'SIGTERM',
    closesConnections: true,
    async happen({ bridges, restart, sandbox }, holdMs) {
      // Long enough that many a request is in flight.
      const slow = sandbox.purecloud.faults.switchOn({ kind: 'slow', target: 'api', delayMs: 300 })!;
      const code = await bridges[1]!.kill('SIGTERM');
      sandbox.purecloud.faults.switchOff(slow.id);
      if (code !== 0) throw new Error(`The instance that was told to stop ended with ${code}`);
      await sleep(holdMs / 2);
      await restart(1);
    },
  },
];
