/** A small table held in memory and kept fresh by NOTIFY, so that the hot paths need no database. */
import type { Database } from './database.ts';
import type { DatabaseLog } from './listener.ts';

// Catches a change whose message was lost, whatever the reason: a pooler without LISTEN, for one.
const REFRESH_MS = 30_000;

export interface MirrorOptions<Entry> {
  database: Database;
  /** Messages on it are names of entries. */
  channel: string;
  load: () => Promise<Map<string, Entry>>;
  loadOne: (name: string) => Promise<Entry | undefined>;
  /** Another with every change of an entry: what was read again and is the same is no change. */
  versionOf: (entry: Entry) => number;
  log: DatabaseLog;
  refreshMs?: number;
}

/** @param versionBefore Of the entry that was changed or has gone. */
export type ChangeListener = (name: string, versionBefore?: number) => void;

export interface Mirror<Entry> {
  get(name: string): Entry | undefined;
  entries(): ReadonlyMap<string, Entry>;
  /** Reads one entry now: a writer calls it before it answers, so that it reads its own writes. */
  refresh(name: string): Promise<void>;
  /** Called after an entry has changed, come or gone, here or in another instance. */
  onChange(listener: ChangeListener): () => void;
  close(): Promise<void>;
}

/** Opens filled: listens first and reads then, so that nothing falls between. */
export async function openMirror<Entry>(options: MirrorOptions<Entry>): Promise<Mirror<Entry>> {
  const { database, channel, load, loadOne, versionOf, log, refreshMs = REFRESH_MS } = options;
  const listeners = new Set<ChangeListener>();
  let entries = new Map<string, Entry>();
  // One read after the other, in the order they were asked for: the last one started has the newest state.
  let tail: Promise<void> = Promise.resolve();

  function announce(name: string, before: Entry | undefined): void {
    for (const listener of listeners) listener(name, before && versionOf(before));
  }

  function isChanged(before: Entry | undefined, after: Entry | undefined): boolean {
    if (before === undefined || after === undefined) return before !== after;
    return versionOf(before) !== versionOf(after);
  }

  function inTurn(read: () => Promise<void>): Promise<void> {
    const turn = tail.then(read);
    tail = turn.catch(() => undefined);
    return turn;
  }

  function refresh(name: string): Promise<void> {
    return inTurn(async () => {
      const after = await loadOne(name);
      const before = entries.get(name);
      if (after === undefined) entries.delete(name);
      else entries.set(name, after);
      if (isChanged(before, after)) announce(name, before);
    });
  }

  function refreshAll(): Promise<void> {
    return inTurn(async () => {
      const before = entries;
      entries = await load();
      const names = new Set([...before.keys(), ...entries.keys()]);
      for (const name of names) {
        const entry = before.get(name);
        if (isChanged(entry, entries.get(name))) announce(name, entry);
      }
    });
  }

  function inBackground(read: Promise<void>): void {
    read.catch(() => {
      log.warn({ channel }, 'A change could not be read from the database; reading again later.');
    });
  }

  const stop = await database.listen(channel, {
    onMessage: (name) => {
      inBackground(refresh(name));
    },
    onGap: () => {
      inBackground(refreshAll());
    },
  });
  await refreshAll();
  const timer = setInterval(() => {
    inBackground(refreshAll());
  }, refreshMs);
  timer.unref();

  return {
    get: (name) => entries.get(name),
    entries: () => entries,
    refresh,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      clearInterval(timer);
      listeners.clear();
      await stop();
      await tail;
    },
  };
}
