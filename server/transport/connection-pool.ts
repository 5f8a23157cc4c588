/**
 * Connections kept for reuse, by profile and origin.
 * Each holds one undici Client over one socket that was opened under the opener's own deadline, so that a connect that hangs
 * never stands in the way of the next request; a connection that was lost while idle is found before a byte is sent on it.
 */
import type { Socket } from 'node:net';
import { Client } from 'undici';
import { BridgeError } from '../errors.ts';

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
  /** Age from which a connection is not used again: name, address and certificate were judged when it was opened. */
  lifetimeMs?: number;
  monotonicMs?: () => number;
}

interface Connection {
  client: Client;
  socket: Socket;
  openedAtMs: number;
  firstError?: Error;
}

interface Waiter {
  /** A connection that has come free, or a place in which to open one, already counted as open. */
  serve(connection: Connection | undefined): void;
  turnAway(error: Error): void;
}

interface Line {
  /** Connections and those being opened. */
  open: number;
  idle: Connection[];
  /** In the order in which they came; nobody overtakes them. */
  waiters: Waiter[];
}

const HEADER_BYTES_MAX = 64 * 1024;

const DEFAULTS = {
  perKeyMax: 256,
  idleMax: 512,
  idleTimeoutMs: 4_000,
  lifetimeMs: 300_000,
  monotonicMs: () => performance.now(),
} as const satisfies Required<ConnectionPoolOptions>;

function closing(): BridgeError {
  return new BridgeError('unavailable', { detail: 'The bridge is shutting down', retryAfterSeconds: 1 });
}

export class ConnectionPool {
  readonly #lines = new Map<string, Line>();
  readonly #idleOrder = new Map<Connection, string>();
  readonly #options: Required<ConnectionPoolOptions>;
  readonly #connections = new Set<Connection>();
  #isClosed = false;

  constructor(options: ConnectionPoolOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  /**
   * @param open Opens a socket; called only where none is idle. It settles by the signal's end at the latest.
   * @throws what `open` throws; the signal's reason while waiting in line; BridgeError `unavailable` from a closed pool.
   */
  async acquire(
    key: string,
    origin: string,
    open: () => Promise<Socket>,
    signal: AbortSignal,
  ): Promise<PooledConnection> {
    if (this.#isClosed) throw closing();
    const line = this.#line(key);
    const connection = this.#takeIdle(line) ?? (await this.#placeIn(line, signal));
    if (connection !== undefined) return this.#lease(key, line, connection);
    try {
      return this.#lease(key, line, this.#connectionOver(await open(), origin, line));
    } catch (error) {
      this.#closed(key, line);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const line of this.#lines.values()) {
      for (const waiter of line.waiters.splice(0)) waiter.turnAway(closing());
    }
    await Promise.all(
      [...this.#connections].map(async (connection) => {
        await connection.client.destroy();
        connection.socket.destroy();
      }),
    );
  }

  #line(key: string): Line {
    const known = this.#lines.get(key);
    if (known !== undefined) return known;
    const line: Line = { open: 0, idle: [], waiters: [] };
    this.#lines.set(key, line);
    return line;
  }

  /** Counts one more as open where there is room; else waits for a connection, or for room. */
  #placeIn(line: Line, signal: AbortSignal): Promise<Connection | undefined> | undefined {
    if (line.open >= this.#options.perKeyMax) return this.#turn(line, signal);
    line.open += 1;
    return undefined;
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
    if (this.#isClosed) {
      socket.on('error', () => undefined).destroy();
      throw closing();
    }
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
    const connection: Connection = { client, socket, openedAtMs: this.#options.monotonicMs() };
    socket.on('error', (error: Error) => (connection.firstError ??= error));
    this.#connections.add(connection);
    socket.once('close', () => this.#forget(connection, line));
    return connection;
  }

  /** A lost connection leaves at once: nobody is given a dead one. */
  #forget(connection: Connection, line: Line): void {
    if (!this.#connections.has(connection)) return;
    this.#destroy(connection);
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
    const isYoung = this.#options.monotonicMs() - connection.openedAtMs < this.#options.lifetimeMs;
    const isWhole = !connection.socket.destroyed && !connection.client.destroyed;
    return isYoung && isWhole && this.#connections.has(connection);
  }

  /** A client that was never asked anything does not know its socket. */
  #destroy(connection: Connection): void {
    this.#connections.delete(connection);
    void connection.client.destroy();
    connection.socket.destroy();
  }

  #drop(key: string, line: Line, connection: Connection): void {
    this.#destroy(connection);
    this.#closed(key, line);
  }

  #keep(key: string, line: Line, connection: Connection): void {
    const waiter = line.waiters.shift();
    if (waiter !== undefined) {
      waiter.serve(connection);
      return;
    }
    line.idle.push(connection);
    this.#idleOrder.set(connection, key);
    if (this.#idleOrder.size > this.#options.idleMax) this.#evictOldest();
  }

  #evictOldest(): void {
    const [oldest] = this.#idleOrder;
    const line = oldest === undefined ? undefined : this.#lines.get(oldest[1]);
    if (oldest !== undefined && line !== undefined) this.#forget(oldest[0], line);
  }

  #closed(key: string, line: Line): void {
    const waiter = line.waiters.shift();
    if (waiter !== undefined) {
      waiter.serve(undefined);
      return;
    }
    line.open -= 1;
    if (line.open === 0) this.#lines.delete(key);
  }

  #turn(line: Line, signal: AbortSignal): Promise<Connection | undefined> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        signal.removeEventListener('abort', leave);
        act();
      };
      const waiter: Waiter = {
        serve: (connection) => settle(() => resolve(connection)),
        turnAway: (error) => settle(() => reject(error)),
      };
      const leave = () => {
        line.waiters = line.waiters.filter((other) => other !== waiter);
        reject(signal.reason as Error);
      };
      line.waiters.push(waiter);
      signal.addEventListener('abort', leave, { once: true });
      if (signal.aborted) leave();
    });
  }
}
