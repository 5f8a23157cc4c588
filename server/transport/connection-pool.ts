/**
 * Connections kept for reuse, by profile and origin.
 * Each holds one undici Client over one socket that was opened under the opener's own deadline, so that a connect that hangs
 * never stands in the way of the next request; a connection that was lost while idle is found before a byte is sent on it.
 */
import type { Socket } from 'node:net';
import { Client } from 'undici';

export interface PooledConnection {
  readonly client: Client;
  /** What the socket said first; undici tells the last, and a TLS alert is followed by a plain `other side closed`. */
  socketError(): Error | undefined;
  /** Ends the use: a connection that is still good is kept for the next. */
  release(): void;
}

export interface ConnectionPoolOptions {
  /** Sockets open at once to one origin under one profile; further requests wait in line. */
  perKeyMax?: number;
  /** Idle connections over all keys; beyond it the one that has been idle longest is closed. */
  idleMax?: number;
  /** Idle time after which a connection is closed; below the 5 s after which many servers close. */
  idleTimeoutMs?: number;
}

interface Connection {
  client: Client;
  socket: Socket;
  firstError?: Error;
}

interface Line {
  open: number;
  idle: Connection[];
  waiters: (() => void)[];
}

const HEADER_BYTES_MAX = 64 * 1024;

export class ConnectionPool {
  readonly #lines = new Map<string, Line>();
  readonly #idleOrder = new Map<Connection, string>();
  readonly #options: Required<ConnectionPoolOptions>;
  readonly #connections = new Set<Connection>();

  constructor(options: ConnectionPoolOptions = {}) {
    this.#options = { perKeyMax: 256, idleMax: 512, idleTimeoutMs: 4_000, ...options };
  }

  /** @param open Opens a socket; called only where none is idle. It settles by the signal's end at the latest. */
  async acquire(
    key: string,
    origin: string,
    open: () => Promise<Socket>,
    signal: AbortSignal,
  ): Promise<PooledConnection> {
    const line = this.#line(key);
    const idle = this.#takeIdle(line);
    if (idle !== undefined) return this.#lease(key, line, idle);
    if (line.open >= this.#options.perKeyMax) {
      await this.#turn(line, signal);
      return this.acquire(key, origin, open, signal);
    }
    line.open += 1;
    try {
      return this.#lease(key, line, this.#connectionOver(await open(), origin, line));
    } catch (error) {
      this.#closed(key, line);
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#connections].map(({ client }) => client.destroy()));
  }

  #line(key: string): Line {
    const known = this.#lines.get(key);
    if (known !== undefined) return known;
    const line: Line = { open: 0, idle: [], waiters: [] };
    this.#lines.set(key, line);
    return line;
  }

  /** A socket is destroyed a moment before it says `close`: in between it must not be given out. */
  #takeIdle(line: Line): Connection | undefined {
    const connection = line.idle.findLast(({ socket }) => !socket.destroyed);
    if (connection === undefined) return undefined;
    line.idle = line.idle.filter((other) => other !== connection);
    this.#idleOrder.delete(connection);
    return connection;
  }

  #connectionOver(socket: Socket, origin: string, line: Line): Connection {
    let unused: Socket | undefined = socket;
    const client = new Client(origin, {
      connect: (_options, callback) => {
        const first = unused;
        unused = undefined;
        // Not before undici has returned from asking: it would wait for ever.
        queueMicrotask(() => {
          if (first === undefined) callback(new Error('This connection was closed'), null);
          else callback(null, first);
        });
      },
      pipelining: 1,
      keepAliveTimeout: this.#options.idleTimeoutMs,
      keepAliveMaxTimeout: this.#options.idleTimeoutMs,
      headersTimeout: 0, // the deadline of the exchange rules
      bodyTimeout: 0,
      maxHeaderSize: HEADER_BYTES_MAX,
    });
    const connection: Connection = { client, socket };
    socket.once('error', (error: Error) => (connection.firstError = error));
    this.#connections.add(connection);
    socket.once('close', () => this.#forget(connection, line));
    return connection;
  }

  /** A lost connection leaves at once: nobody is given a dead one. */
  #forget(connection: Connection, line: Line): void {
    if (!this.#connections.delete(connection)) return;
    void connection.client.destroy();
    const key = this.#idleOrder.get(connection);
    if (key === undefined) return; // in use: its release counts it out
    this.#idleOrder.delete(connection);
    line.idle = line.idle.filter((other) => other !== connection);
    this.#closed(key, line);
  }

  #lease(key: string, line: Line, connection: Connection): PooledConnection {
    let released = false;
    return {
      client: connection.client,
      socketError: () => connection.firstError,
      release: () => {
        if (released) return;
        released = true;
        if (this.#isGood(connection)) this.#keep(key, line, connection);
        else this.#drop(key, line, connection);
      },
    };
  }

  #isGood(connection: Connection): boolean {
    return this.#connections.has(connection) && !connection.socket.destroyed && !connection.client.destroyed;
  }

  #drop(key: string, line: Line, connection: Connection): void {
    this.#connections.delete(connection);
    void connection.client.destroy();
    this.#closed(key, line);
  }

  #keep(key: string, line: Line, connection: Connection): void {
    line.idle.push(connection);
    this.#idleOrder.set(connection, key);
    line.waiters.shift()?.();
    if (this.#idleOrder.size > this.#options.idleMax) this.#evictOldest();
  }

  #evictOldest(): void {
    const [oldest] = this.#idleOrder;
    const line = oldest === undefined ? undefined : this.#lines.get(oldest[1]);
    if (oldest !== undefined && line !== undefined) this.#forget(oldest[0], line);
  }

  #closed(key: string, line: Line): void {
    line.open -= 1;
    line.waiters.shift()?.();
    if (line.open === 0 && line.waiters.length === 0) this.#lines.delete(key);
  }

  #turn(line: Line, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        line.waiters = line.waiters.filter((waiter) => waiter !== turn);
        reject(signal.reason as Error);
      };
      line.waiters.push(turn);
      signal.addEventListener('abort', leave, { once: true });
      if (signal.aborted) leave();
    });
  }
}
