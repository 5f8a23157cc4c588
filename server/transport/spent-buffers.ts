/**
 * Gives back the memory of bytes that were passed on. Each read of a socket is a buffer outside of V8's heap; V8 looks for dead
 * ones by going through the whole heap after every 64 MB of them, which costs more than the passing on. While they are young, a
 * collection of the young generation finds them as well, and costs a hundredth.
 * @see https://v8.dev/blog/trash-talk
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type CollectGarbage = (options: { type: 'minor' }) => void;

/** Smaller pieces leave so much else behind that V8 collects often enough by itself; more often would make what is in use grow old. */
const LARGE_BYTES = 8 * 1024;
/** Well below what makes V8 look by itself, and far above what one answer keeps. */
const COLLECT_EVERY_BYTES = 8 * 1024 * 1024;

function exposedCollector(): CollectGarbage {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as CollectGarbage;
  setFlagsFromString('--no-expose-gc');
  return collect;
}

let collectGarbage: CollectGarbage | undefined;
let spentBytes = 0;

/** Counts bytes that came from a socket and went on to another. */
export function spent(bytes: number): void {
  if (bytes < LARGE_BYTES) return;
  spentBytes += bytes;
  if (spentBytes < COLLECT_EVERY_BYTES) return;
  spentBytes = 0;
  collectGarbage ??= exposedCollector();
  collectGarbage({ type: 'minor' });
}
