/** How much garbage V8 lets lie while the bridge runs. */
import { setFlagsFromString } from 'node:v8';

/**
 * V8 lets the heap grow to a multiple of what is alive before it looks for garbage. A run of a million members, whose pages live just long
 * enough to grow old, would take 360 MB more than it needs; `npm run bench:memory` measures it. With half of this a run takes a tenth
 * longer; with twice as much, tokens wait a tenth of a second when all of it is collected.
 */
export const HEAP_GROWING_FLAG = '--heap-growing-percent=60';

/**
 * The flag is read at each collection: a start, in which next to nothing is garbage, would spend a fifth of its time on looking for it, and
 * does without.
 */
export function collectEarly(): void {
  setFlagsFromString(HEAP_GROWING_FLAG);
}
