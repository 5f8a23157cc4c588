/** Ports that the system gives to nobody by itself: one that is let go for a moment is still free when it is taken again. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below what systems give for port 0 and to connections that go out: from 32,768 on Linux, from 49,152 on macOS and Windows. */
const LOWEST = 10_000;
const HIGHEST = 32_000;
const TRIES_MAX = 100;

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  const isListening = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  if (!isListening) return false;
  server.close();
  await once(server, 'close');
  return true;
}

async function areFree(first: number, count: number): Promise<boolean> {
  for (let port = first; port < first + count; port += 1) if (!(await isFree(port))) return false;
  return true;
}

/**
 * For whoever has to know its port beforehand, or comes back to it. Others listen on port 0.
 * @returns the first of so many in a row.
 */
export async function freePort(count = 1): Promise<number> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const first = randomInt(LOWEST, HIGHEST);
    if (await areFree(first, count)) return first;
  }
  throw new Error(`No ${count} ports in a row are free on 127.0.0.1 between ${LOWEST} and ${HIGHEST}`);
}
