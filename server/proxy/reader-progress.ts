/** Cuts off a caller that takes nothing of its answer: it would hold a connection to the upstream that others wait for. */
import type { ServerResponse } from 'node:http';
import type { BrokerClock } from '../tokens/broker-clock.ts';

/** What was sent is looked at as often as this: whoever takes nothing is cut after one to two of them. */
const READER_STALL_MS = 15_000;

/** Bytes that still wait here, and bytes that have gone to the operating system: where both stand still, nobody reads. */
function progressOf(response: ServerResponse): string {
  const { socket } = response;
  const waiting = response.writableLength + (socket?.writableLength ?? 0);
  return `${waiting} ${(socket?.bytesWritten ?? 0) - (socket?.writableLength ?? 0)}`;
}

/** One behind another on its connection has no socket yet, and nobody can take of it: whoever stalls is seen at the first one. */
function isWaitedFor({ socket, writableLength }: ServerResponse): boolean {
  return socket !== null && writableLength + socket.writableLength > 0;
}

/**
 * Watches until the returned function is called. A reader that is slow and goes on is left alone, and so is one that waits for a
 * slow upstream: then nothing is there to be taken.
 */
export function watchReader(
  response: ServerResponse,
  clock: BrokerClock,
  onStall: () => void,
  stallMs: number = READER_STALL_MS,
): () => void {
  let before = '';
  let timer = clock.setTimer(stallMs, look);

  function look(): void {
    const present = isWaitedFor(response) ? progressOf(response) : '';
    if (present !== '' && present === before) {
      onStall();
      return;
    }
    before = present;
    timer = clock.setTimer(stallMs, look);
  }

  return () => {
    timer.cancel();
  };
}
