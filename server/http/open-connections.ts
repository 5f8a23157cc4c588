/** The connections of a server and the requests in flight on them: what a stop has to wait for, and what it need not. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';

/**
 * Connections that are kept open get this long for one more request, which is told to go elsewhere: cut without a word they would
 * look like a failure to whoever is just sending on them.
 */
const LINGER_MS = 500;

export interface OpenConnections {
  /** Whether a request is in flight on it. */
  isBusy(socket: Duplex): boolean;
  /** Lets what is in flight end, for at most `graceMs`; resolves when every connection is closed. The application must refuse new requests by then. */
  stop(graceMs: number): Promise<void>;
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

export function trackConnections(server: Server, lingerMs = LINGER_MS): OpenConnections {
  // Lists and no sets: a set that is filled and emptied without end leaves a chain of old tables, which keeps dead requests in memory.
  const inFlight = new Map<Duplex, ServerResponse[]>();
  let isClosing = false;

  // Those that have not said yet who they are (TLS handshake) are none that a stop has to wait for.
  const shakingHands = new Map<string, Socket>();
  if (server instanceof https.Server) {
    server.on('connection', (socket: Socket) => {
      const peer = peerOf(socket);
      shakingHands.set(peer, socket);
      socket.once('close', () => shakingHands.delete(peer));
    });
    server.on('secureConnection', (socket: Socket) => shakingHands.delete(peerOf(socket)));
  }

  server.on(server instanceof https.Server ? 'secureConnection' : 'connection', (socket: Socket) => {
    inFlight.set(socket, []);
    socket.once('close', () => {
      inFlight.delete(socket);
      lingered();
    });
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const responses = inFlight.get(socket);
    responses?.push(response);
    // `close` comes once, and `once` would cost as much as what it does.
    response.on('close', () => {
      responses?.splice(responses.indexOf(response), 1);
      // Its last bytes go out first.
      if (isClosing && responses?.length === 0) socket.destroySoon();
    });
  });

  let wake: () => void = () => undefined;
  const lingered = () => {
    if (inFlight.size === 0) wake();
  };

  /** Until nobody is connected, or for as long as anyone gets. */
  function linger(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, lingerMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      lingered();
    });
  }

  function closeAll(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const force = setTimeout(() => {
        for (const socket of inFlight.keys()) socket.destroy();
      }, graceMs);
      server.close(() => {
        clearTimeout(force);
        resolve();
      });
      for (const socket of shakingHands.values()) socket.destroy();
      // One on which nothing was ever sent, as load balancers and browsers keep ready, is none of those that Node calls idle.
      for (const [socket, responses] of inFlight) if (responses.length === 0) socket.destroy();
    });
  }

  return {
    isBusy: (socket) => (inFlight.get(socket)?.length ?? 0) > 0,
    async stop(graceMs) {
      for (const response of [...inFlight.values()].flat()) {
        if (!response.headersSent) response.setHeader('Connection', 'close');
      }
      await linger();
      isClosing = true;
      await closeAll(graceMs);
    },
  };
}
