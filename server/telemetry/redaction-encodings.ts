/** The encodings in which a secret comes back from an upstream, undone one at a time over bytes. Pure. */

/** Bytes decoded from a source, as text, each knowing which bytes of the source it came from. */
export interface Stage {
  text: string;
  /** Absent: they are where they were. */
  origins?: Origins;
}

interface Origins {
  /** Offset in the source of the first byte that made byte i. */
  starts: Uint32Array;
  /** Offset in the source after the last byte that made byte i. */
  ends: Uint32Array;
}

export function startOf({ origins }: Stage, at: number): number {
  return origins === undefined ? at : origins.starts[at]!;
}

export function endOf({ origins }: Stage, at: number): number {
  return origins === undefined ? at + 1 : origins.ends[at]!;
}

/** A stage that is made byte by byte from another one. */
class NextStage {
  readonly #from: Stage;
  readonly #bytes: Buffer;
  readonly #origins: Origins;
  #length = 0;

  constructor(from: Stage) {
    const { length } = from.text;
    this.#from = from;
    this.#bytes = Buffer.alloc(length);
    this.#origins = { starts: new Uint32Array(length), ends: new Uint32Array(length) };
  }

  /** A byte that was made from those at `first` to `last`. */
  push(byte: number, first: number, last = first): void {
    this.#bytes[this.#length] = byte;
    this.#origins.starts[this.#length] = startOf(this.#from, first);
    this.#origins.ends[this.#length++] = endOf(this.#from, last);
  }

  toStage(): Stage {
    return { text: this.#bytes.toString('latin1', 0, this.#length), origins: this.#origins };
  }
}

/** Reads the escape that begins at `i`, appends what it stands for to `out`, and returns how many bytes it takes; 0: it is none. */
type ReadEscape = (bytes: Buffer, i: number, out: number[]) => number;

interface Encoding {
  introducer: string;
  readEscape: ReadEscape;
}

const BACKSLASH = 0x5c;

/** Percent-encoding of URLs and forms; `+` for a space is met by {@link fold}. JSON and JavaScript strings. HTML and XML. */
export const ENCODINGS: readonly Encoding[] = [
  { introducer: '%', readEscape: readPercent },
  { introducer: '\\', readEscape: readBackslash },
  { introducer: '&', readEscape: readEntity },
];

/** Returns the stage with one encoding undone, or undefined where there is nothing to undo. */
export function undo(stage: Stage, encoding: Encoding): Stage | undefined {
  if (!stage.text.includes(encoding.introducer)) return undefined;
  const bytes = Buffer.from(stage.text, 'latin1');
  const introducer = encoding.introducer.charCodeAt(0);
  const decoded = new NextStage(stage);
  const out: number[] = [];
  let escapes = 0;
  for (let i = 0; i < bytes.length;) {
    const taken = bytes[i] === introducer ? encoding.readEscape(bytes, i, out) : 0;
    if (taken === 0) out.push(bytes[i]!);
    else escapes++;
    const next = taken === 0 ? i + 1 : i + taken;
    for (const byte of out) decoded.push(byte, i, next - 1);
    out.length = 0;
    i = next;
  }
  return escapes === 0 ? undefined : decoded.toStage();
}

/**
 * Takes away what encoders and mailers change without changing the meaning: line breaks and tabs go (wrapped Base64, PEM), space, `+` and `-`
 * become one, and so do `/` and `_` (form encoding, Base64url). Done to secret and text alike; that two texts which differ in nothing else count
 * as the same costs a mask too many, never one too few.
 */
export function fold(stage: Stage): Stage {
  const text = unified(stage.text);
  if (!DROPPED.test(text)) return { ...stage, text };
  const folded = new NextStage(stage);
  for (let at = 0; at < text.length; at++) {
    const byte = text.charCodeAt(at);
    if (byte !== TAB && byte !== LINE_FEED && byte !== CARRIAGE_RETURN) folded.push(byte, at);
  }
  return folded.toStage();
}

const [TAB, LINE_FEED, CARRIAGE_RETURN] = [0x09, 0x0a, 0x0d];
const DROPPED = /[\t\n\r]/;

function unified(text: string): string {
  return text.replaceAll(' ', '+').replaceAll('-', '+').replaceAll('_', '/');
}

/** The same of a secret. */
export function foldText(text: string): string {
  return unified(text).replaceAll(/[\t\n\r]/g, '');
}

const NOT_HEX = -1;

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return NOT_HEX;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : NOT_HEX;
}

/** Value of `digits` hexadecimal digits at `i`, or NOT_HEX. */
function hexValue(bytes: Buffer, i: number, digits: number): number {
  let value = 0;
  for (let d = 0; d < digits; d++) {
    const digit = hexDigit(bytes[i + d]);
    if (digit === NOT_HEX) return NOT_HEX;
    value = value * 16 + digit;
  }
  return value;
}

function pushCodePoint(codePoint: number, out: number[]): void {
  out.push(...Buffer.from(String.fromCodePoint(codePoint)));
}

function readPercent(bytes: Buffer, i: number, out: number[]): number {
  const value = hexValue(bytes, i + 1, 2);
  if (value === NOT_HEX) return 0;
  out.push(value);
  return 3;
}

const SHORT_ESCAPES: Readonly<Record<string, number>> = {
  '"': 0x22,
  "'": 0x27,
  '\\': 0x5c,
  '/': 0x2f,
  b: 8,
  t: 9,
  n: 10,
  f: 12,
  r: 13,
};

function readBackslash(bytes: Buffer, i: number, out: number[]): number {
  const kind = String.fromCharCode(bytes[i + 1] ?? 0);
  const short = SHORT_ESCAPES[kind];
  if (short !== undefined) {
    out.push(short);
    return 2;
  }
  const digits = kind === 'u' ? 4 : kind === 'x' ? 2 : 0;
  const value = digits === 0 ? NOT_HEX : hexValue(bytes, i + 2, digits);
  if (value === NOT_HEX) return 0;
  const low = isHighSurrogate(value) ? lowSurrogateAt(bytes, i + 6) : undefined;
  pushCodePoint(low === undefined ? value : 0x10000 + (value - 0xd800) * 0x400 + (low - 0xdc00), out);
  return low === undefined ? 2 + digits : 12;
}

function isHighSurrogate(value: number): boolean {
  return value >= 0xd800 && value <= 0xdbff;
}

function lowSurrogateAt(bytes: Buffer, i: number): number | undefined {
  if (bytes[i] !== BACKSLASH || bytes[i + 1] !== 0x75) return undefined;
  const value = hexValue(bytes, i + 2, 4);
  return value >= 0xdc00 && value <= 0xdfff ? value : undefined;
}

/** `&#x0000027;` is as long as anyone writes it. */
const ENTITY_BYTES_MAX = 12;
const ENTITY = /^&(?:(amp|lt|gt|quot|apos);|#(\d{1,8});?|#[xX]([0-9a-fA-F]{1,7});?)/;
const NAMED_ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function readEntity(bytes: Buffer, i: number, out: number[]): number {
  const match = ENTITY.exec(bytes.toString('latin1', i, i + ENTITY_BYTES_MAX));
  if (match === null) return 0;
  const [whole, name, decimal, hexadecimal] = match;
  if (name !== undefined) out.push(NAMED_ENTITIES[name]!.charCodeAt(0));
  else {
    const value = decimal === undefined ? Number.parseInt(hexadecimal!, 16) : Number(decimal);
    if (value > 0x10ffff) return 0;
    pushCodePoint(value, out);
  }
  return whole.length;
}
