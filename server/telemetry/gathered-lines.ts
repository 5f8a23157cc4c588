/** A destination for the log that takes many lines in one go: under load, writing each for itself costs more than all the rest of it. */
import type pino from 'pino';

export interface GatheredLines extends pino.DestinationStream {
  /** Written at once, behind what was gathered before it. */
  write(line: string): void;
  /** Written at the end of this turn of the event loop, with all others of the turn. */
  gather(line: string): void;
  flushSync(): void;
}

/** A process that ends in the middle of a turn still writes what it has. */
const unwritten = new Set<GatheredLines>();
process.on('exit', () => unwritten.forEach((lines) => lines.flushSync()));

export function gatherLines(destination: pino.DestinationStream): GatheredLines {
  let pending = '';
  const lines: GatheredLines = {
    write(line) {
      lines.flushSync();
      destination.write(line);
    },
    gather(line) {
      if (pending === '') {
        unwritten.add(lines);
        setImmediate(lines.flushSync);
      }
      pending += line;
    },
    flushSync() {
      if (pending === '') return;
      const text = pending;
      pending = '';
      unwritten.delete(lines);
      destination.write(text);
    },
  };
  return lines;
}
