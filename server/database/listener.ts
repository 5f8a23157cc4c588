/** LISTEN on a PostgreSQL server over one connection of its own, made again whenever it breaks. */
import type pg from 'pg';
import type { Logger } from 'pino';
import { assertChannel, Subscriptions, type StopListening, type Subscriber } from './subscriptions.ts';

/** Keeps a firewall from dropping the connection, and lets one that was dropped be told from one where nothing happens. */
export const PING_MS = 30_000;
const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 5_000;

export type DatabaseLog = Pick<Logger, 'info' | 'warn' | 'error'>;

export interface ListenerOptions {
  /** A connected client, which is then the listener's own. */
  connect: () => Promise<pg.Client>;
  log: DatabaseLog;
}

export interface Listener {
  listen(channel: string, subscriber: Subscriber): Promise<StopListening>;
  /** Listens over another connection: the server of this one is gone. */
  renew(): void;
  close(): Promise<void>;
}

export function createListener({ connect, log }: ListenerOptions): Listener {
  const subscriptions = new Subscriptions();
  let client: Promise<pg.Client> | undefined;
  let current: pg.Client | undefined;
  let retryTimer: NodeJS.Timeout | undefined;
  let retryMs = RETRY_MIN_MS;
  let closed = false;

  async function open(): Promise<pg.Client> {
    const opened = await connect();
    const lost = () => {
      opened.removeAllListeners('notification');
      onLost(opened);
    };
    opened.on('notification', ({ channel, payload }) => {
      subscriptions.deliver(channel, payload ?? '');
    });
    opened.on('error', lost);
    opened.on('end', lost);
    try {
      for (const channel of subscriptions.channels()) await opened.query(`listen ${channel}`);
    } catch (error) {
      // A standby takes connections and no LISTEN: one left behind with each attempt, and the server has none left.
      opened.end().catch(() => undefined);
      throw error;
    }
    current = opened;
    retryMs = RETRY_MIN_MS;
    return opened;
  }

  function onLost(opened: pg.Client): void {
    if (closed || current !== opened) return;
    current = undefined;
    client = undefined;
    opened.end().catch(() => undefined);
    log.warn('The connection that listens for changes was lost; connecting again.');
    scheduleRetry();
  }

  function scheduleRetry(): void {
    if (closed || retryTimer !== undefined) return;
    retryTimer = setTimeout(() => {
      retryTimer = undefined;
      reconnect().catch(() => {
        scheduleRetry();
      });
    }, retryMs);
    retryTimer.unref();
    retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
  }

  async function reconnect(): Promise<void> {
    await connected();
    subscriptions.announceGap();
  }

  function connected(): Promise<pg.Client> {
    client ??= open().catch((error: unknown) => {
      client = undefined;
      throw error;
    });
    return client;
  }

  const ping = setInterval(() => {
    const pinged = current;
    pinged?.query('select 1').catch(() => {
      onLost(pinged);
    });
  }, PING_MS);
  ping.unref();

  return {
    async listen(channel, subscriber) {
      assertChannel(channel);
      subscriptions.add(channel, subscriber);
      // LISTEN twice is harmless, and this one also covers a client that was opened before the channel was known.
      try {
        await (await connected()).query(`listen ${channel}`);
      } catch (error) {
        subscriptions.remove(channel, subscriber);
        throw error;
      }
      return async () => {
        if (!subscriptions.remove(channel, subscriber)) return;
        await current?.query(`unlisten ${channel}`).catch(() => undefined);
      };
    },
    renew() {
      if (current !== undefined) onLost(current);
    },
    async close() {
      closed = true;
      clearInterval(ping);
      clearTimeout(retryTimer);
      await client?.then((opened) => opened.end()).catch(() => undefined);
    },
  };
}
