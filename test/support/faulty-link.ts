/** A line to a server that can be made slow, cut, or made to lie about lengths, and healed, while it is in use. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from './free-port.ts';

export interface FaultyLink {
  port: number;
  /** Each piece of data comes so much later, in either direction. */
  delay(milliseconds: number): void;
  /** Nobody listens any more, and who is connected is cut off. */
  cut(): Promise<void>;
  /** Takes every connection and every byte, and says nothing. */
  stall(): void;
  /** The server loses everybody who is connected, and nobody is told; who comes from now on is served. */
  strand(): void;
  /** Added to each Content-Length that the server sends. */
  lieOfLength(bytes: number): void;
  heal(): Promise<void>;
  close(): Promise<void>;
}

interface State {
  delayMs: number;
  lieBytes: number;
  isStalled: boolean;
}

const HEALED: Readonly<State> = { delayMs: 0, lieBytes: 0, isStalled: false };

function lied(chunk: Buffer, bytes: number): Buffer {
  const text = chunk
    .toString('latin1')
    .replace(/(\r\ncontent-length: *)(\d+)/gi, (_all, name: string, length: string) => {
      return `${name}${Math.max(0, Number(length) + bytes)}`;
    });
  return Buffer.from(text, 'latin1');
}

/** In the order in which it came, each piece not before its time. */
function carry(
  from: Socket,
  to: Socket,
  state: State,
  stranded: ReadonlySet<Socket>,
  isAnswer: boolean,
): void {
  let last = Promise.resolve();
  from.on('data', (chunk: Buffer) => {
    if (state.isStalled || stranded.has(from)) return;
    const bytes = isAnswer && state.lieBytes !== 0 ? lied(chunk, state.lieBytes) : chunk;
    const wait = state.delayMs === 0 ? undefined : new Promise((done) => setTimeout(done, state.delayMs));
    last = last.then(async () => {
      await wait;
      if (!to.destroyed) to.write(bytes);
    });
  });
  from.on('close', () => {
    if (!stranded.has(to)) void last.then(() => to.destroySoon());
  });
  from.on('error', () => undefined);
}

export async function startFaultyLink(targetPort: number): Promise<FaultyLink> {
  const state: State = { ...HEALED };
  const sockets = new Set<Socket>();
  const pairs = new Map<Socket, Socket>();
  const stranded = new Set<Socket>();
  const port = await freePort();
  let server: Server | undefined;

  function join(near: Socket): void {
    const far = connect(targetPort, '127.0.0.1');
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
    pairs.set(near, far);
    near.once('close', () => pairs.delete(near));
    carry(near, far, state, stranded, false);
    carry(far, near, state, stranded, true);
  }

  async function open(): Promise<void> {
    server = createServer(join).listen(port, '127.0.0.1');
    await once(server, 'listening');
  }

  function dropAll(): void {
    for (const socket of sockets) socket.destroy();
  }

  async function shut(): Promise<void> {
    const closed = server === undefined ? undefined : once(server, 'close');
    server?.close();
    server = undefined;
    dropAll();
    await closed;
  }

  await open();
  return {
    port,
    delay: (milliseconds) => void (state.delayMs = milliseconds),
    cut: shut,
    stall: () => void (state.isStalled = true),
    strand() {
      for (const [near, far] of pairs) {
        stranded.add(near);
        far.destroy();
      }
    },
    lieOfLength: (bytes) => void (state.lieBytes = bytes),
    async heal() {
      // What was swallowed is gone, and whoever waits for it has to begin anew.
      if (state.isStalled) dropAll();
      Object.assign(state, HEALED);
      if (server === undefined) await open();
    },
    close: shut,
  };
}
