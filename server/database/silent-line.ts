/** The line to a database server, which ends by itself when nothing has come or gone for too long. */
import { Socket } from 'node:net';

/**
 * A firewall, a relay or a host that fails takes a line without a word. TCP alone gives a query up after a quarter of an hour, or never
 * where a relay still takes every byte, and a pool of such lines is a database that is away for as long.
 * @param silentMs Longer than the server may be silent: than its longest statement, or the time between two pings.
 * @returns for `stream` of pg.
 */
export function endingWhenSilent(silentMs: number): () => Socket {
  return () => {
    const socket = new Socket();
    socket.setTimeout(silentMs, () => socket.destroy());
    return socket;
  };
}
