/** Ways to write an answer that a client should not have to sit through: too slowly, too much, or too much once unpacked. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';

const MEBIBYTE = 1024 * 1024;

/**
 * Writes one byte every `intervalMs`, the first at once. Stops when the reader goes away.
 * @returns A function that stops it; the stream is ended after the last byte.
 */
export function drip(to: Writable, bytes: Buffer, intervalMs: number): () => void {
  let sent = 0;
  const next = () => {
    if (sent < bytes.length) to.write(bytes.subarray(sent, ++sent));
    else stopAndEnd();
  };
  const timer = setInterval(next, intervalMs);
  const stop = () => clearInterval(timer);
  const stopAndEnd = () => {
    stop();
    to.end();
  };
  to.once('close', stop);
  to.once('error', stop);
  next();
  return stop;
}

/**
 * Writes `chunk` over and over until `totalBytes` went out or the reader is gone, never faster than it reads.
 * @param onSent Called with the size of each piece the stream accepted.
 */
export async function pour(
  to: Writable,
  chunk: Buffer,
  totalBytes: number,
  onSent: (bytes: number) => void = () => undefined,
): Promise<void> {
  const gone = new AbortController();
  to.once('close', () => gone.abort());
  to.on('error', () => gone.abort());
  let left = totalBytes;
  while (left > 0 && !to.destroyed) {
    const piece = chunk.subarray(0, Math.min(left, chunk.length));
    left -= piece.length;
    const roomLeft = to.write(piece);
    onSent(piece.length);
    if (roomLeft) await new Promise(setImmediate);
    else await once(to, 'drain', { signal: gone.signal }).catch(() => undefined);
  }
}

/**
 * A gzip body that unpacks to `unpackedBytes` and is about a thousandth of that on the wire.
 * One member is compressed and repeated: RFC 1952 §2.2 lets a file hold several.
 */
export function gzipBomb(unpackedBytes: number): Buffer {
  const member = gzipSync(Buffer.alloc(MEBIBYTE, 'a'));
  const members = Math.max(1, Math.ceil(unpackedBytes / MEBIBYTE));
  return Buffer.concat(Array.from({ length: members }, () => member));
}
