/**
 * The embedded PostgreSQL, opened again where it has ended itself. PostgreSQL panics where it cannot write its log, on a full disk for one.
 * A server then starts anew; PGlite answers every later query with a panic, and a BEGIN among them would end the process.
 */
import type { PGlite, Transaction } from '@electric-sql/pglite';
import type { DatabaseLog } from './listener.ts';
import { directoryFault, systemCodeOf } from './opening-faults.ts';
import { assertChannel, Subscriptions, type StopListening, type Subscriber } from './subscriptions.ts';

/** While the disk stays full it is not looked at with every query. */
const REST_MS = 2_000;
/** PGlite keeps 60 MB of each attempt to open that fails. With space enough, what failed so often needs a person. */
const ATTEMPTS_MAX = 4;
const SQLSTATE_DISK_FULL = '53100';
const SQLSTATE_CRASHED = '57P02';

export interface RevivingStore {
  /** Whichever instance is alive. */
  pglite: PGlite;
  listen(channel: string, subscriber: Subscriber): Promise<StopListening>;
  close(): Promise<void>;
}

export interface RevivingStoreOptions {
  start: () => Promise<PGlite>;
  /** Asked before it is opened again. @throws where there is too little. */
  assertSpace: () => Promise<void>;
  log: DatabaseLog;
}

function isPanic(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'severity' in error && error.severity === 'PANIC';
}

/** As PostgreSQL would say it: see passing-fault.ts. */
function stillEnded(cause: unknown): Error {
  const isFull = directoryFault('', cause).options.details?.reason === 'noSpace';
  const error = new Error('The embedded database has ended itself and does not open again', { cause });
  return Object.assign(error, { code: isFull ? SQLSTATE_DISK_FULL : SQLSTATE_CRASHED });
}

/** Kysely waits for a transaction to begin, and would wait for ever for one that cannot: its first query says so. */
function lost(error: Error): Transaction {
  const refuse = () => Promise.reject(error);
  return {
    query: refuse,
    exec: refuse,
    sql: refuse,
    rollback: () => Promise.resolve(),
  } as unknown as Transaction;
}

export async function openRevivingStore(options: RevivingStoreOptions): Promise<RevivingStore> {
  const { start, assertSpace, log } = options;
  const subscriptions = new Subscriptions();
  const stops = new Map<string, () => Promise<void>>();
  let current = await start();
  let hasEnded = false;
  let isClosed = false;
  let reviving: Promise<PGlite> | undefined;
  let restUntilMs = -Infinity;
  let attempts = 0;
  let refusal: unknown;

  async function listenOn(channel: string): Promise<void> {
    stops.set(
      channel,
      await current.listen(channel, (payload) => {
        subscriptions.deliver(channel, payload);
      }),
    );
  }

  async function revive(): Promise<PGlite> {
    if (!current.closed) await current.close().catch(() => undefined);
    try {
      await assertSpace();
      attempts += 1;
      current = await start();
    } catch (cause) {
      const isLast = attempts === ATTEMPTS_MAX;
      restUntilMs = isLast ? Infinity : performance.now() + REST_MS * 2 ** attempts;
      if (isLast)
        log.error({ err: cause }, 'The embedded database does not open again: start the bridge anew.');
      refusal = stillEnded(cause);
      throw refusal;
    }
    hasEnded = false;
    attempts = 0;
    for (const channel of subscriptions.channels()) await listenOn(channel);
    subscriptions.announceGap();
    log.warn('The embedded database had ended itself, and is open again.');
    return current;
  }

  async function living(): Promise<PGlite> {
    if (!hasEnded || isClosed) return current;
    if (performance.now() < restUntilMs) throw refusal;
    reviving ??= revive().finally(() => {
      reviving = undefined;
    });
    return await reviving;
  }

  async function ask<T>(work: (pglite: PGlite) => Promise<T>): Promise<T> {
    const pglite = await living();
    try {
      return await work(pglite);
    } catch (error) {
      if (isPanic(error) && pglite === current && !hasEnded) {
        hasEnded = true;
        log.error(
          { code: systemCodeOf(error) },
          'The embedded database has ended itself; it is opened again.',
        );
      }
      throw error;
    }
  }

  const guarded: Pick<PGlite, 'query' | 'exec' | 'transaction'> = {
    query: (...given) => ask((pglite) => pglite.query(...given)),
    exec: (...given) => ask((pglite) => pglite.exec(...given)),
    async transaction(run) {
      let hasBegun = false;
      try {
        return await ask((pglite) =>
          pglite.transaction((transaction) => {
            hasBegun = true;
            return run(transaction);
          }),
        );
      } catch (error) {
        if (hasBegun) throw error;
        return await run(lost(error as Error));
      }
    },
  };

  const pglite = new Proxy(current, {
    get(_first, property) {
      if (property in guarded) return guarded[property as keyof typeof guarded];
      const value: unknown = Reflect.get(current, property, current);
      return typeof value === 'function' ? (value.bind(current) as unknown) : value;
    },
  });

  return {
    pglite,
    async listen(channel, subscriber) {
      assertChannel(channel);
      if (subscriptions.add(channel, subscriber)) await ask(() => listenOn(channel));
      return async () => {
        if (subscriptions.remove(channel, subscriber) && !current.closed) await stops.get(channel)?.();
      };
    },
    async close() {
      isClosed = true;
      await reviving?.catch(() => undefined);
      if (!current.closed) await current.close();
    },
  };
}
