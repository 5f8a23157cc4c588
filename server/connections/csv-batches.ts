/** A stream of CSV -> its records, some hundred at a time: one promise a record would cost more than reading it. */
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { BridgeError } from '../errors.ts';
import { TransportError } from '../transport/transport-error.ts';
import { lostCall } from './lost-call.ts';

const BATCH_RECORDS = 500;

/** Reads no more of the stream than is asked for, and lets go of it when its reader stops. @throws the stream's error; CsvError. */
async function* csvBatches(body: Readable): AsyncGenerator<string[][]> {
  const parser = parse({ bom: true });
  body.once('error', (error) => parser.destroy(error));
  // A body that is destroyed without a reason ends, too, and must not look whole.
  body.once('close', () => {
    if (!body.readableEnded) parser.destroy(new Error('The stream of CSV was cut off'));
  });
  let failure: Error | undefined;
  parser.on('error', (error) => (failure = error));
  body.pipe(parser);
  try {
    while (!parser.readableEnded) {
      const batch: string[][] = [];
      for (let record = readRecord(); record !== null && batch.push(record) < BATCH_RECORDS;)
        record = readRecord();
      if (batch.length > 0) yield batch;
      else if (failure === undefined && !parser.readableEnded) await moved();
      if (failure !== undefined) throw failure;
    }
  } finally {
    body.destroy();
    parser.destroy();
  }

  function readRecord(): string[] | null {
    return parser.read() as string[] | null;
  }

  async function moved(): Promise<void> {
    const done = new AbortController();
    const { signal } = done;
    const events = ['readable', 'end', 'close'].map((event) => once(parser, event, { signal }));
    await Promise.race(events).catch(() => undefined);
    done.abort();
    await Promise.allSettled(events);
  }
}

const BREAKS_MAX = 3;

/**
 * As `csvBatches`, of a file that is the same whenever it is opened: where it breaks off it is opened again, and what was read is skipped.
 * @throws what `open` throws; BridgeError where it broke off too often.
 */
export async function* resumedCsvBatches(open: () => Promise<Readable>): AsyncGenerator<string[][]> {
  let given = 0;
  for (let breaks = 0; ; breaks += 1) {
    const body = await open();
    let read = 0;
    try {
      for await (const batch of csvBatches(body)) {
        const fresh = batch.slice(Math.max(0, given - read));
        read += batch.length;
        given = Math.max(given, read);
        if (fresh.length > 0) yield fresh;
      }
      return;
    } catch (error) {
      if (breaks === BREAKS_MAX) throw brokenFile(error);
    }
  }
}

function brokenFile(error: unknown): BridgeError {
  if (error instanceof TransportError) return lostCall(error, 0);
  return new BridgeError('upstream_failure', {
    detail: 'A file of the upstream could not be read as CSV, or broke off, several times.',
    cause: error,
  });
}
