/** A map that never grows beyond its limit: what was used least recently leaves first. */

export interface BoundedMap<Key, Value> {
  /** Counts as a use. */
  get(key: Key): Value | undefined;
  set(key: Key, value: Value): void;
  delete(key: Key): void;
  readonly size: number;
}

export function createBoundedMap<Key, Value>(sizeMax: number): BoundedMap<Key, Value> {
  const entries = new Map<Key, Value>();
  let newest: Key | undefined;

  /** What is the newest already, as it mostly is on the hot paths, stays where it is: a map that is turned over without end is slow. */
  function put(key: Key, value: Value): void {
    if (key !== newest) entries.delete(key);
    entries.set(key, value);
    newest = key;
  }
  return {
    get(key) {
      const value = entries.get(key);
      if (value !== undefined) put(key, value);
      return value;
    },
    set(key, value) {
      put(key, value);
      if (entries.size <= sizeMax) return;
      const [oldest] = entries.keys();
      entries.delete(oldest as Key);
    },
    delete: (key) => void entries.delete(key),
    get size() {
      return entries.size;
    },
  };
}
