/** A ring whose keys can be replaced while those who hold it go on sealing and opening. */
import type { KeyRing } from './sealed-secret.ts';

export interface LiveKeyRing extends KeyRing {
  /** From now on everyone who holds this ring seals and opens with these. */
  use(ring: KeyRing): void;
}

export function createLiveKeyRing(ring: KeyRing): LiveKeyRing {
  let present = ring;
  return {
    get current() {
      return present.current;
    },
    get previous() {
      return present.previous;
    },
    use(next) {
      present = { current: next.current, previous: [...next.previous] };
    },
  };
}
