/** Starts database-process.ts and reads its lines. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from './child-environment.ts';

const SCRIPT = fileURLToPath(new URL('database-process.ts', import.meta.url));

export interface SpawnedDatabase {
  pid: number;
  lines: string[];
  /** Resolves with the first line that fits. */
  line(fits: (line: string) => boolean): Promise<string>;
  /** SIGKILL. @returns when it is gone and all it printed was read. */
  kill(): Promise<void>;
  exited: Promise<number | null>;
}

export function spawnDatabase(
  mode: 'open' | 'hold' | 'write',
  dataDir: string,
  databaseUrl?: string,
): SpawnedDatabase {
  const child = spawn(
    process.execPath,
    [SCRIPT, mode, dataDir, ...(databaseUrl === undefined ? [] : [databaseUrl])],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: childEnvironment(),
    },
  );
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  const read = once(reader, 'close');
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  return {
    pid: child.pid!,
    lines,
    exited,
    async line(fits) {
      for (;;) {
        const found = lines.find(fits);
        if (found !== undefined) return found;
        const ended = await Promise.race([once(reader, 'line').then(() => false), read.then(() => true)]);
        if (ended && !lines.some(fits)) throw new Error(`the process ended and said: ${lines.join(' / ')}`);
      }
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
      await read;
    },
  };
}
