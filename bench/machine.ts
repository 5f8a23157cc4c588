/** The machine that is measured on: which core is whose, and what a reader has to know of it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';

/** The first core is the server's; all that loads it shares the others. */
const SERVER_CORE = '0';

function has(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
}

/** With one core, or where no process can be tied to one, figures say little; the report says so. */
export const isPinned = availableParallelism() > 1 && has('taskset');

/** The command line that runs a program on the server's core, or on some more of them. */
export function pinned(command: readonly string[], cores = SERVER_CORE): readonly string[] {
  return isPinned ? ['taskset', '-c', cores, ...command] : command;
}

/** This process, and whatever it starts unless told otherwise, leaves the server's core alone. */
export function leaveServerCore(): void {
  if (!isPinned) return;
  execFileSync('taskset', ['-a', '-c', '-p', `1-${availableParallelism() - 1}`, String(process.pid)], {
    stdio: 'ignore',
  });
}

/** Where nginx is, if it is installed. */
export function findNginx(): string | undefined {
  const { BENCH_NGINX } = process.env;
  if (BENCH_NGINX !== undefined) return BENCH_NGINX;
  return ['nginx', '/usr/sbin/nginx'].find(has);
}

export function describeMachine(): string {
  // Of the machine: this process may use all but one of them.
  const all = cpus();
  const [first] = all;
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  const pinning = isPinned ? 'the server alone on one core' : 'no core of its own for the server';
  return `${first?.model.trim() ?? 'unknown processor'}, ${all.length} cores, ${gibibytes} GiB, ${process.platform}; ${pinning}`;
}

/** CPU time of a process so far, in microseconds; undefined where the system does not tell. Clock ticks are 10 ms. */
export function cpuTimeUs(pid: number): number | undefined {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)!.split(' ');
    return (Number(afterName[11]) + Number(afterName[12])) * 10_000;
  } catch {
    return undefined;
  }
}

/** Bytes in memory; 0 where the process is gone, or the system does not tell. */
export function residentBytes(pid: number): number {
  try {
    if (process.platform !== 'linux')
      return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)]).toString()) * 1024;
    const [, kibibytes = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
    return Number(kibibytes) * 1024;
  } catch {
    return 0;
  }
}
