/** The runs that this process walks: so many at once, and all of them left where they are when it stops. */
import type { RunRecord } from '../run-record.ts';

export interface RunPoolOptions {
  /** Walks a run that this process may take up. `onClaimed` is called once it has it. */
  execute: (
    id: string,
    walk: { leave: AbortSignal; onClaimed: (run: RunRecord) => void },
  ) => Promise<RunRecord | undefined>;
  runsMax: number;
  onBegun: (run: RunRecord) => void;
  /** It ended, was paused, or waits for its next try. */
  onEnded: (run: RunRecord) => void;
  /** It is another's, or was to pause and was told to go on before it did: whoever is free takes it up. */
  onGivenBack: (id: string) => void;
  /** The database was away when the run was to end: its lease runs out, and it goes on. */
  onLost: (id: string, error: unknown) => void;
}

export interface RunPool {
  /** Resolves as soon as the run is begun here, or is not to be. Waits for a free place. */
  begin(id: string): Promise<void>;
  /** From now on nothing begins. @returns the runs that go on elsewhere; those that did not let go in time are not among them. */
  leave(waitMs: number): Promise<readonly string[]>;
}

export function createRunPool(options: RunPoolOptions): RunPool {
  const { execute, runsMax, onBegun, onEnded, onGivenBack, onLost } = options;
  const leaving = new AbortController();
  const walks = new Map<string, Promise<void>>();
  const left: string[] = [];
  let waiting: (() => void)[] = [];

  function freePlace(id: string): Promise<void> | undefined {
    if (walks.size < runsMax || walks.has(id) || leaving.signal.aborted) return undefined;
    return new Promise((resolve) => waiting.push(resolve));
  }

  function wakeNext(): void {
    waiting.shift()?.();
  }

  async function walk(id: string, begun: () => void): Promise<void> {
    let isClaimed = false;
    try {
      const run = await execute(id, {
        leave: leaving.signal,
        onClaimed(claimed) {
          isClaimed = true;
          onBegun(claimed);
          begun();
        },
      });
      if (run !== undefined) onEnded(run);
      else if (isClaimed && leaving.signal.aborted) left.push(id);
      else if (isClaimed) onGivenBack(id);
    } catch (error) {
      onLost(id, error);
    } finally {
      walks.delete(id);
      begun();
      wakeNext();
    }
  }

  return {
    async begin(id) {
      // Whoever comes between a place that is free and the one that was woken for it has taken it.
      for (let free = freePlace(id); free !== undefined; free = freePlace(id)) await free;
      if (leaving.signal.aborted) return;
      if (walks.has(id)) return wakeNext();
      await new Promise<void>((resolve) => {
        walks.set(id, walk(id, resolve));
      });
    },
    async leave(waitMs) {
      leaving.abort();
      const everyone = waiting;
      waiting = [];
      for (const resolve of everyone) resolve();
      const { promise: late, resolve: giveUp } = Promise.withResolvers<void>();
      const timer = setTimeout(giveUp, waitMs);
      await Promise.race([Promise.all(walks.values()), late]);
      clearTimeout(timer);
      return left;
    },
  };
}
