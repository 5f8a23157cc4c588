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
  /** Where it is kept while it is idle. */
  idleAt?: { key: string; line: Line; since: number } | undefined;
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

/** One use of a connection. */
class Lease implements PooledConnection {
  readonly client: Client;
  readonly #end: (key: string, line: Line, connection: Connection) => void;
  readonly #key: string;
  readonly #line: Line;
  readonly #connection: Connection;
  #isReleased = false;

  constructor(
    end: (key: string, line: Line, connection: Connection) => void,
    key: string,
    line: Line,
    connection: Connection,
  ) {
    this.client = connection.client;
    this.#end = end;
    this.#key = key;
    this.#line = line;
    this.#connection = connection;
  }

  socketError(): Error | undefined {
    return this.#connection.firstError;
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#end(this.#key, this.#line, this.#connection);
  }
}

export class ConnectionPool {
  readonly #lines = new Map<string, Line>();
  #idleCount = 0;
  /** Counts what became idle; the least is the oldest. */
  #idleTurn = 0;
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
    const idle = this.takeIdle(key);
    if (idle !== undefined) return idle;
    const line = this.#line(key);
    const connection = await this.#placeIn(line, signal);
    if (connection !== undefined) return new Lease(this.#end, key, line, connection);
    try {
      return new Lease(this.#end, key, line, this.#connectionOver(await open(), origin));
    } catch (error) {
      this.#closed(key, line);
      throw error;
    }
  }

  /** Undefined: none is idle. @throws BridgeError `unavailable` from a closed pool. */
  takeIdle(key: string): PooledConnection | undefined {
    if (this.#isClosed) throw closing();
    const line = this.#lines.get(key);
    const connection = line === undefined ? undefined : this.#takeIdle(line);
    return connection === undefined ? undefined : new Lease(this.#end, key, line!, connection);
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
    let index = line.idle.length - 1;
    while (index >= 0 && line.idle[index]!.socket.destroyed) index -= 1;
    if (index < 0) return undefined;
    const connection = line.idle[index]!;
    this.#noLongerIdle(connection, line, index);
    return connection;
  }

  #noLongerIdle(connection: Connection, line: Line, index = line.idle.indexOf(connection)): void {
    if (index === line.idle.length - 1) line.idle.pop();
    else line.idle.splice(index, 1);
    connection.idleAt = undefined;
    this.#idleCount -= 1;
  }

  #connectionOver(socket: Socket, origin: string): Connection {
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
    socket.once('close', () => this.#forget(connection));
    return connection;
  }

  /** A lost connection leaves at once: nobody is given a dead one. */
  #forget(connection: Connection): void {
    if (!this.#connections.has(connection)) return;
    this.#destroy(connection);
    const { idleAt } = connection;
    if (idleAt === undefined) return; // in use: its release counts it out
    this.#noLongerIdle(connection, idleAt.line);
    this.#closed(idleAt.key, idleAt.line);
  }

  readonly #end = (key: string, line: Line, connection: Connection): void => {
    if (this.#isGood(connection)) this.#keep(key, line, connection);
    else this.#drop(key, line, connection);
  };

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
    connection.idleAt = { key, line, since: (this.#idleTurn += 1) };
    this.#idleCount += 1;
    if (this.#idleCount > this.#options.idleMax) this.#evictOldest();
  }

  #evictOldest(): void {
    let oldest: Connection | undefined;
    for (const { idle } of this.#lines.values()) {
      for (const connection of idle) {
        if (oldest === undefined || connection.idleAt!.since < oldest.idleAt!.since) oldest = connection;
      }
    }
    if (oldest !== undefined) this.#forget(oldest);
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
