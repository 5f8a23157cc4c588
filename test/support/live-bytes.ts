/** How much is held, and not how much was: so it takes few rows to see whether they pile up. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

export function liveBytes(): number {
  collectGarbage();
  collectGarbage(); // what only the first one lets go of
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
