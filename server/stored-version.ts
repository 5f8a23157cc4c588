/** The `version` of what is stored, which a change sends along: whoever sends it is told of a change in between. */
import { BridgeError } from './errors.ts';

/** Sent as `version`: there must be nothing of that name yet. */
export const NOT_YET_THERE = 0;

export type StoredThing = 'connection' | 'sync' | 'caller';

export function changedSince(what: StoredThing, name: string): BridgeError {
  return new BridgeError('conflict', { detail: `The ${what} ${name} has been changed since it was read.` });
}

/**
 * @param present absent where there is nothing of that name.
 * @param expected absent where any will do.
 * @throws BridgeError `conflict`.
 */
export function assertVersion(
  what: StoredThing,
  name: string,
  present: number | undefined,
  expected: number | undefined,
): void {
  if (expected === undefined || expected === (present ?? NOT_YET_THERE)) return;
  if (expected !== NOT_YET_THERE) throw changedSince(what, name);
  throw new BridgeError('conflict', {
    detail: `There is a ${what} ${name} already.`,
    remedy: `Choose another name, or change the ${what} that is there.`,
    errors: [{ field: 'name', detail: 'is taken already' }],
  });
}
