/** One process at a time in a data directory. PGlite itself lets two processes open one directory and ruin it. */
import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openingError, systemCodeOf } from './opening-faults.ts';

const HEARTBEAT_MS = 2_000;
// Where the holder is on another host or in another container its process cannot be asked: a lock without a heartbeat this long is dead.
const SILENCE_MAX_MS = 10_000;
// The clock of another host may be behind ours: what looks silent is listened to for two beats of a heart, and some more.
const LISTEN_MS = 5_000;
// A take-over is two file operations; one that is older was killed in between.
const CLAIM_MAX_MS = 10_000;
const ATTEMPTS_MAX = 5;

interface Holder {
  /** Unique to one holding of the lock. */
  id: string;
  pid: number;
  /** Start of the process in the units of /proc, so that a reused process id is not taken for the holder. */
  processStart: string;
  host: string;
  /** Where its process id means something: containers may share a host name and not their processes. */
  namespace: string;
  since: string;
}

export interface DirectoryLock {
  release(): Promise<void>;
}

/** Field 22 of /proc/PID/stat (proc(5)); empty where there is no /proc, and then the process id alone decides. */
function processStartOf(pid: number): string {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function processExists(pid: number): boolean {
  // 0 and below are groups of processes to kill(2).
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCodeOf(error) === 'EPERM';
  }
}

/** pid_namespaces(7); empty where there are none. */
function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function isNeighbour(holder: Holder): boolean {
  return holder.host === hostname() && holder.namespace === processNamespace();
}

/** False too where the file is gone: the holder has let go. */
async function isBeating(path: string, listenMs: number): Promise<boolean> {
  const lastBeatMs = async () => (await stat(path).catch(() => undefined))?.mtimeMs;
  const before = await lastBeatMs();
  if (before === undefined) return false;
  if (Date.now() - before < SILENCE_MAX_MS) return true;
  await sleep(listenMs);
  const after = await lastBeatMs();
  return after !== undefined && after !== before;
}

async function isAlive(holder: Holder, path: string, listenMs: number): Promise<boolean> {
  return isNeighbour(holder)
    ? processExists(holder.pid) && processStartOf(holder.pid) === holder.processStart
    : await isBeating(path, listenMs);
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    if (error instanceof SyntaxError)
      return {
        id: 'unreadable',
        pid: 0,
        processStart: '',
        host: hostname(),
        namespace: processNamespace(),
        since: '',
      };
    throw error;
  }
}

/** Creates the file with its content in one step: no one ever reads half of it. */
async function tryCreate(path: string, holder: Holder): Promise<boolean> {
  const draft = `${path}.${holder.id}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(JSON.stringify(holder));
    await file.close();
    await link(draft, path);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Only who holds the claim on this very lock may remove it, so that no one removes the lock of a successor. */
async function removeStale(path: string, stale: Holder): Promise<void> {
  const claim = `${path}.${stale.id}.claim`;
  try {
    await (await open(claim, 'wx', 0o600)).close();
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error;
    const age = await stat(claim).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > CLAIM_MAX_MS) await rm(claim, { force: true });
    return;
  }
  const present = await readHolder(path);
  if (present?.id === stale.id) await rm(path, { force: true });
  await rm(claim, { force: true });
}

function lockedBy(directory: string, holder: Holder) {
  const here = isNeighbour(holder);
  return openingError(
    'locked',
    `The data directory ${directory} is in use by process ${holder.pid} on ${here ? 'this host' : holder.host}, since ${holder.since}.`,
    here
      ? 'Stop that process first, or give this one its own BRIDGE_DATA_DIR. Several instances need DATABASE_URL.'
      : `Stop the bridge on ${holder.host} first. If it is gone already, try again in ${SILENCE_MAX_MS / 1000} seconds.`,
  );
}

/**
 * Takes the lock of a data directory, or says who has it. A lock whose process is gone, or whose process id now belongs to
 * another process, is taken over; one of another host is taken over when its heartbeat has stopped.
 * @param listenMs How long a heart that seems to have stopped is listened to. For tests.
 * @throws BridgeError `unavailable`, reason `locked`; errors of the file system as they are.
 */
export async function lockDirectory(directory: string, listenMs = LISTEN_MS): Promise<DirectoryLock> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'database.lock');
  const holder: Holder = {
    id: randomUUID(),
    pid: process.pid,
    processStart: processStartOf(process.pid),
    host: hostname(),
    namespace: processNamespace(),
    since: new Date().toISOString(),
  };
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    if (await tryCreate(path, holder)) return heldLock(path, holder.id);
    const other = await readHolder(path);
    if (other === undefined) continue;
    if (await isAlive(other, path, listenMs)) throw lockedBy(directory, other);
    await removeStale(path, other);
  }
  throw openingError(
    'locked',
    `Other processes are opening the data directory ${directory} at the same time.`,
    'Start one of them only. Several instances need DATABASE_URL.',
  );
}

function heldLock(path: string, id: string): DirectoryLock {
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return {
    async release() {
      clearInterval(heartbeat);
      const present = await readHolder(path);
      if (present?.id === id) await rm(path, { force: true });
    },
  };
}
