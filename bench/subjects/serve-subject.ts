/** What every subject tells and is told: where it listens, the CPU time it has used, and that it may end. */

/** What it was started with. */
export function settings<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T;
}

export interface SubjectHooks {
  stop(): Promise<unknown>;
  /** Answers commands of the subject's own. */
  answer?(command: Record<string, unknown>): Promise<object>;
}

/** @param ready Sent at once: the port, and what else the suite needs. */
export function serveSubject(ready: { port: number; [more: string]: unknown }, hooks: SubjectHooks): void {
  const tell = (message: object) => process.connected && process.send?.(message);
  let stopping: Promise<unknown> | undefined;
  const stop = () => (stopping ??= hooks.stop());
  process.on('message', (command: { kind: string }) => {
    if (command.kind === 'cpu') {
      const { user, system } = process.cpuUsage();
      tell({ cpuUs: user + system });
    } else if (command.kind === 'stop') {
      void stop().finally(() => process.disconnect());
    } else {
      void hooks.answer?.(command).then(tell);
    }
  });
  // Whoever measures may be killed, before this is ready too: what this process started ends with it.
  const end = () => void stop().finally(() => process.exit(0));
  process.once('disconnect', end);
  if (process.send !== undefined && !process.connected) return end();
  tell(ready);
}
