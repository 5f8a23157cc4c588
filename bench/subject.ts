/** A server under measurement: a process of its own on the server's core. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { cpuTimeUs, pinned, residentBytes } from './machine.ts';

export interface Subject {
  name: string;
  pid: number;
  /** What it said when it was ready: at least where it listens. */
  ready: SubjectReady;
  /** Microseconds of CPU that it has used so far. */
  cpuUs(): Promise<number>;
  residentBytes(): number;
  /** Has it do something and waits for what comes of it; each subject knows its own commands. */
  ask(command: object): Promise<Record<string, unknown>>;
  /** Idempotent. */
  stop(): Promise<void>;
}

export interface SubjectReady {
  port: number;
  [more: string]: unknown;
}

/** Those who do the work, where it is not the subject itself. */
function workersOf({ workers }: SubjectReady): number[] | undefined {
  return workers as number[] | undefined;
}

export interface SubjectOptions {
  /** Of bench/subjects, without `.ts`. */
  script: string;
  /** Told to the script as JSON, its only argument. */
  settings?: object;
  nodeOptions?: readonly string[];
  /** Default: the server's core alone. */
  cores?: string;
}

/** Every line that it logs is written, to where writing costs all of them the same: /dev/null. */
export async function startSubject(name: string, options: SubjectOptions): Promise<Subject> {
  const { script, settings = {}, nodeOptions = [], cores } = options;
  const path = join(import.meta.dirname, 'subjects', `${script}.ts`);
  const [command, ...args] = pinned(
    [
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      ...nodeOptions,
      path,
      JSON.stringify(settings),
    ],
    cores,
  );
  const child = spawn(command!, args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const ended = exited.then(() => Promise.reject(new Error(`${name} ended before it answered`)));
  ended.catch(() => undefined);

  async function nextMessage(): Promise<Record<string, unknown>> {
    const [message] = (await Promise.race([once(child, 'message'), ended])) as [Record<string, unknown>];
    return message;
  }

  const ready = (await nextMessage()) as SubjectReady;
  const pid = child.pid!;

  let stopping: Promise<void> | undefined;
  async function stopOnce(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.send({ kind: 'stop' });
    await exited;
  }

  async function ask(question: object): Promise<Record<string, unknown>> {
    const answered = nextMessage();
    child.send(question);
    return await answered;
  }

  return {
    name,
    pid,
    ready,
    ask,
    async cpuUs() {
      const workers = workersOf(ready);
      if (workers === undefined) return Number((await ask({ kind: 'cpu' })).cpuUs);
      return workers.reduce((sum, worker) => sum + (cpuTimeUs(worker) ?? 0), 0);
    },
    residentBytes: () => (workersOf(ready) ?? [pid]).reduce((sum, worker) => sum + residentBytes(worker), 0),
    stop: () => (stopping ??= stopOnce()),
  };
}
