/** Where the stores of one run of the tests lie: in memory where there is room, and gone when the run is over. */
import { chmodSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How the run tells its workers. */
const VARIABLE = 'TEST_RUN_DIRECTORY';
const PREFIX = 'purecloud-bridge-run-';
/** The file system in memory of every Linux. In a container it may be as small as 64 MB. */
const IN_MEMORY = '/dev/shm';
// A store takes 40 MB and a server's log up to 1 GB; two workers have several of them at a time, and grow themselves.
const ROOM_BYTES_MIN = 2 * 1024 ** 3;
const MEMORY_BYTES_MIN = 6 * 1024 ** 3;

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(IN_MEMORY);
    return bavail * bsize >= ROOM_BYTES_MIN && process.availableMemory() >= MEMORY_BYTES_MIN;
  } catch {
    return false; // Not a Linux.
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Runs that were killed could not clean up. */
function removeDeadRuns(root: string): void {
  for (const name of readdirSync(root)) {
    const [, pid] = /^purecloud-bridge-run-(\d+)-/.exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) {
      rmSync(join(root, name), { recursive: true, force: true });
    }
  }
}

/**
 * Makes the directory of this run, for it and the processes that it starts.
 * A new store is a thousand small files: on a busy disk they cost more computing than the test that asked for them.
 */
export function makeRunDirectory(): void {
  const root = hasRoom() ? IN_MEMORY : tmpdir();
  removeDeadRuns(root);
  const directory = mkdtempSync(join(root, `${PREFIX}${process.pid}-`));
  // PostgreSQL does not run as root, and its own user must be able to come in.
  chmodSync(directory, 0o711);
  process.env[VARIABLE] = directory;
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
}

/** @returns That of the run; outside of one, that of the system. */
export function runDirectory(): string {
  return process.env[VARIABLE] ?? tmpdir();
}
