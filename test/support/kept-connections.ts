/** Connections that clients keep open to a server of this process. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const REQUEST_STARTS = 'http.server.request.start';

/**
 * A bridge that stops gives kept connections half a second for one more request. In most tests nobody sends it, and each would wait for
 * nothing; that half second has a test of its own (test/journeys/graceful-stop.test.ts).
 * @returns closes those that are idle; to be called once.
 */
export function watchKeptConnections(url: string): () => void {
  const port = Number(new URL(url).port);
  let found: Server | undefined;
  const look = (message: unknown) => {
    if (found !== undefined) return;
    const { server } = message as { server: Server };
    if ((server.address() as AddressInfo | null)?.port === port) found = server;
  };
  subscribe(REQUEST_STARTS, look);
  return () => {
    unsubscribe(REQUEST_STARTS, look);
    found?.closeIdleConnections();
  };
}
