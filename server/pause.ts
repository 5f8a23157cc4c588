/** A wait that whoever is told to stop does not wait out. */
import { setTimeout as wait } from 'node:timers/promises';

/** Resolves after that long, or at once when the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
