/** The bridge as a process of its own, started by the command that an operator uses. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { childEnvironment } from './child-environment.ts';

export const LAUNCHER = join(import.meta.dirname, '../../server/cli/pcbridge.js');
const KEPT_CHARACTERS = 64 * 1024;

export interface SpawnedBridge {
  url: string;
  process: ChildProcess;
  /** What it printed so far, both streams. */
  output(): string;
  /** Resolves with the exit code; null after a signal. */
  ended: Promise<number | null>;
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

/**
 * @param env The whole environment but for PATH and HOME.
 * @param look Sees each piece of output as it comes; only the last of it is kept then.
 */
export async function spawnBridge(
  env: NodeJS.ProcessEnv,
  look?: (output: Buffer) => void,
): Promise<SpawnedBridge> {
  const child = spawn(process.execPath, [LAUNCHER, 'serve'], {
    env: childEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      look?.(chunk);
      if (look !== undefined) output = output.slice(-KEPT_CHARACTERS);
      const [, listening] = /listens at (\S+)/.exec(output) ?? [];
      if (listening !== undefined) resolve(listening);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void ended.then((code) =>
      reject(new Error(`The bridge ended with ${code} before it listened:\n${output}`)),
    );
  });
  return {
    url,
    process: child,
    output: () => output,
    ended,
    kill(signal) {
      child.kill(signal);
      return ended;
    },
  };
}
