/** Connections over real sockets: bounded, given to one at a time, first come first served, and never dead when they are given out. */
import { getEventListeners, once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  ConnectionPool,
  type ConnectionPoolOptions,
  type PooledConnection,
} from '../../server/transport/connection-pool.ts';

const NEVER = new AbortController().signal;

let server: http.Server;
let origin: string;
/** Far ends, in the order in which they were opened. */
let accepted: Socket[];
/** Near ends. */
let opened: Socket[];
let pool: ConnectionPool;

beforeEach(async () => {
  accepted = [];
  opened = [];
  server = http.createServer((_request, response) => response.end('ok'));
  server.on('connection', (socket: Socket) => accepted.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await pool.close();
  server.close();
  server.closeAllConnections();
});

function start(options: ConnectionPoolOptions = {}): void {
  pool = new ConnectionPool(options);
}

async function open(): Promise<Socket> {
  const socket = net.connect(Number(new URL(origin).port), '127.0.0.1');
  opened.push(socket);
  await once(socket, 'connect');
  return socket;
}

const acquire = (key = 'a', signal = NEVER, opening = open): Promise<PooledConnection> =>
  pool.acquire(key, origin, opening, signal);

async function use(connection: PooledConnection): Promise<void> {
  const { body } = await connection.client.request({ method: 'GET', path: '/' });
  await body.dump();
}

async function askOnce(key = 'a'): Promise<void> {
  const connection = await acquire(key);
  await use(connection);
  connection.release();
}

/** As far as everything gets that needs no input or output. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
}

describe('a connection', () => {
  test('is used again by the next of the same key, and by no other key', async () => {
    start();
    await askOnce('a');
    await askOnce('a');
    expect(opened).toHaveLength(1);
    await askOnce('b');
    expect(opened).toHaveLength(2);
  });

  test('is given to one at a time', async () => {
    start({ perKeyMax: 3 });
    const inUse = new Set<unknown>();
    let most = 0;
    const one = async () => {
      const connection = await acquire();
      expect(inUse.has(connection.client)).toBe(false);
      inUse.add(connection.client);
      most = Math.max(most, inUse.size);
      await use(connection);
      inUse.delete(connection.client);
      connection.release();
      connection.release(); // once more changes nothing
    };
    await Promise.all(Array.from({ length: 60 }, one));
    expect(most).toBe(3);
    expect(opened).toHaveLength(3);
  });

  test('that the server closed while it was idle is not given out', async () => {
    start();
    await askOnce();
    accepted[0]!.destroy();
    await new Promise((resolve) => opened[0]!.once('close', resolve));
    await askOnce();
    expect(opened).toHaveLength(2);
  });

  test('that is broken when it comes back is not kept', async () => {
    start();
    const connection = await acquire();
    await connection.client.destroy();
    connection.release();
    await askOnce();
    expect(opened).toHaveLength(2);
  });

  test('that is as old as a connection may be is not kept, however busy it is', async () => {
    let nowMs = 0;
    start({ lifetimeMs: 1000, monotonicMs: () => nowMs });
    await askOnce();
    nowMs = 999;
    await askOnce();
    expect(opened).toHaveLength(1);
    nowMs = 1000;
    await askOnce();
    await askOnce();
    expect(opened).toHaveLength(2);
  });

  test('is closed after its idle time', async () => {
    start({ idleTimeoutMs: 50 });
    await askOnce();
    await once(accepted[0]!, 'close');
    await askOnce();
    expect(opened).toHaveLength(2);
  });

  test('that has been idle longest is closed where there are too many', async () => {
    start({ idleMax: 2 });
    await askOnce('a');
    await askOnce('b');
    await askOnce('a');
    await askOnce('c');
    await once(accepted[1]!, 'close');
    expect(accepted[0]!.destroyed).toBe(false);
    expect(accepted[2]!.destroyed).toBe(false);
  });

  test('tells the first error of its socket, and no error of it ends the process', async () => {
    start();
    const connection = await acquire();
    const asked = use(connection).catch((error: unknown) => error);
    await once(server, 'request');
    accepted[0]!.resetAndDestroy();
    await asked;
    connection.release();
    await settle();
    await askOnce();
    expect(opened).toHaveLength(2);
  });
});

describe('a full line', () => {
  test('serves first who came first, also where another comes at the moment of a release', async () => {
    start({ perKeyMax: 1 });
    const order: string[] = [];
    const holder = await acquire();
    const waiter = acquire().then((connection) => {
      order.push('waiter');
      connection.release();
    });
    holder.release();
    const newcomer = acquire().then((connection) => {
      order.push('newcomer');
      connection.release();
    });
    await Promise.all([waiter, newcomer]);
    expect(order).toEqual(['waiter', 'newcomer']);
    expect(opened).toHaveLength(1);
  });

  test('keeps its order where connections break', async () => {
    start({ perKeyMax: 1 });
    const order: number[] = [];
    const holder = await acquire();
    const waiting = [0, 1, 2, 3].map(async (number) => {
      const connection = await acquire();
      order.push(number);
      await connection.client.destroy();
      connection.release();
    });
    await holder.client.destroy();
    holder.release();
    await Promise.all(waiting);
    expect(order).toEqual([0, 1, 2, 3]);
    expect(opened).toHaveLength(5);
  });

  test('holds up no other key', async () => {
    start({ perKeyMax: 1 });
    await acquire('a');
    const waiting = acquire('a');
    await askOnce('b');
    void waiting.catch(() => undefined);
    expect(opened).toHaveLength(2);
  });

  test('gives the place of one that could not be opened to the next', async () => {
    start({ perKeyMax: 1 });
    let refuse = (_error: Error): void => undefined;
    const first = acquire('a', NEVER, () => new Promise((_resolve, reject) => (refuse = reject)));
    const second = acquire('a');
    await settle();
    refuse(new Error('refused'));
    await expect(first).rejects.toThrow('refused');
    await use(await second);
    expect(opened).toHaveLength(1);
  });

  test('is left by who goes away, and nothing keeps listening to them', async () => {
    start({ perKeyMax: 1 });
    const holder = await acquire();
    const [leaving, staying] = [new AbortController(), new AbortController()];
    const left = acquire('a', leaving.signal);
    const stayed = acquire('a', staying.signal);
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    holder.release();
    (await stayed).release();
    expect(getEventListeners(leaving.signal, 'abort')).toEqual([]);
    expect(getEventListeners(staying.signal, 'abort')).toEqual([]);
    expect(opened).toHaveLength(1);
  });

  test('is not entered by who is gone already', async () => {
    start({ perKeyMax: 1 });
    await acquire();
    await expect(acquire('a', AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  });

  test('lets the next in where an idle connection has died', async () => {
    start({ perKeyMax: 1 });
    await askOnce();
    opened[0]!.destroy(); // it says so a moment later: meanwhile it is dead, and still counts
    await use(await acquire());
    expect(opened).toHaveLength(2);
  });
});

describe('a closed pool', () => {
  test('closes every connection, idle and in use', async () => {
    start();
    await askOnce('a');
    await acquire('b');
    await settle();
    await pool.close();
    expect(opened.map(({ destroyed }) => destroyed)).toEqual([true, true]);
  });

  test('turns away who waits and who comes, and closes what is being opened', async () => {
    start({ perKeyMax: 1 });
    let arrive: (socket: Socket) => void = () => undefined;
    const turnedAway = (acquiring: Promise<unknown>) =>
      expect(acquiring).rejects.toMatchObject({ code: 'unavailable' });
    const opening = turnedAway(acquire('a', NEVER, () => new Promise((resolve) => (arrive = resolve))));
    const waiting = turnedAway(acquire('a'));
    await pool.close();
    const socket = await open();
    arrive(socket);
    await Promise.all([opening, waiting, turnedAway(acquire('b'))]);
    expect(socket.destroyed).toBe(true);
  });
});
