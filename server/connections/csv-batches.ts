/** A stream of CSV (RFC 4180) -> its records, some hundred at a time: one promise a record would cost more than reading it. */
import type { Readable } from 'node:stream';
import papaparse from 'papaparse';
import { BridgeError } from '../errors.ts';
import { TransportError } from '../transport/transport-error.ts';
import { lostCall } from './lost-call.ts';

const [QUOTE, LINE_FEED, CARRIAGE_RETURN] = [0x22, 0x0a, 0x0d];
/** No record of either upstream comes near; a quote too many makes one of all the rest. */
const RECORD_CHARS_MAX = 8 * 1024 * 1024;
const MIXED_LINE_ENDS = 'The lines of the CSV end neither all with a line feed nor all with both';
const BYTE_ORDER_MARK = '\uFEFF';

/** CSV in pieces of text that begin and end anywhere -> whole records. All have as many cells as the first. @throws Error where it is no CSV. */
class CsvRecords {
  /** Looked at, and no record yet. */
  #rest = '';
  #isQuoted = false;
  #newline: '\n' | '\r\n' | undefined;
  #width: number | undefined;

  /** @returns the records that end in this piece. */
  take(piece: string): string[][] {
    const text = this.#rest + piece;
    const end = this.#lastBreak(text, this.#rest.length);
    this.#rest = text.slice(end + 1);
    if (this.#rest.length > RECORD_CHARS_MAX) throw new Error('A record of the CSV does not end');
    return end < 0 ? [] : this.#parse(text.slice(0, end));
  }

  /** @returns the last record, where no line break follows it. */
  end(): string[][] {
    if (this.#rest === '') return [];
    // A file whose lines end with it alone would be one record.
    if (this.#newline === undefined && this.#rest.includes('\r')) throw new Error(MIXED_LINE_ENDS);
    return this.#parse(this.#rest);
  }

  /** Quotes come in pairs, also those that stand for one within a cell: a line break behind an odd one belongs to a cell. */
  #lastBreak(text: string, from: number): number {
    let last = -1;
    for (let at = from; at < text.length; at += 1) {
      const char = text.charCodeAt(at);
      if (char === QUOTE) {
        this.#isQuoted = !this.#isQuoted;
      } else if (char === LINE_FEED && !this.#isQuoted) {
        const newline = text.charCodeAt(at - 1) === CARRIAGE_RETURN ? '\r\n' : '\n';
        if (newline !== (this.#newline ??= newline)) throw new Error(MIXED_LINE_ENDS);
        last = at;
      }
    }
    return last;
  }

  #parse(records: string): string[][] {
    const newline = this.#newline ?? '\n';
    const whole = newline === '\r\n' && records.endsWith('\r') ? records.slice(0, -1) : records;
    // The parser takes a mark off whatever it is given: only that of the file is to go.
    const isOfCell = this.#width !== undefined && whole.startsWith(BYTE_ORDER_MARK);
    const text = isOfCell ? BYTE_ORDER_MARK + whole : whole;
    // Of nothing the parser makes no record, and of a blank line between two others one.
    if (text === '') return this.#sameWidth([['']]);
    const { data, errors } = papaparse.parse<string[]>(text, { delimiter: ',', newline });
    if (errors[0] !== undefined) throw new Error(errors[0].message);
    return this.#sameWidth(data);
  }

  #sameWidth(records: string[][]): string[][] {
    this.#width ??= records[0]?.length;
    if (records.some(({ length }) => length !== this.#width))
      throw new Error('The records of the CSV differ in how many cells they have');
    return records;
  }
}

/** Reads no more of the stream than is asked for, and lets go of it when its reader stops. @throws the stream's error; Error where it is no CSV. */
async function* csvBatches(body: Readable): AsyncGenerator<string[][]> {
  const records = new CsvRecords();
  for await (const piece of body.setEncoding('utf8') as AsyncIterable<string>) {
    const batch = records.take(piece);
    if (batch.length > 0) yield batch;
  }
  const last = records.end();
  if (last.length > 0) yield last;
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
