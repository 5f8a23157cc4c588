/** The encodings in which a secret comes back from an upstream, undone one at a time over bytes. Pure. */

/** Bytes decoded from a source, each knowing which bytes of the source it came from. */
export interface Stage {
  bytes: Buffer;
  /** Offset in the source of the first byte that made byte i. */
  starts: Uint32Array;
  /** Offset in the source after the last byte that made byte i. */
  ends: Uint32Array;
}

/** 0, 1, 2 … for texts of the usual size, which all look alike here. */
const USUAL_BYTES = 64 * 1024;
const COUNTED = Uint32Array.from({ length: USUAL_BYTES + 1 }, (_, i) => i);

export function sourceStage(source: Buffer): Stage {
  const { length } = source;
  const counted = length <= USUAL_BYTES ? COUNTED : Uint32Array.from({ length: length + 1 }, (_, i) => i);
  return { bytes: source, starts: counted.subarray(0, length), ends: counted.subarray(1, length + 1) };
}

/** Reads the escape that begins at `i`, appends what it stands for to `out`, and returns how many bytes it takes; 0: it is none. */
type ReadEscape = (bytes: Buffer, i: number, out: number[]) => number;

interface Encoding {
  introducer: number;
  readEscape: ReadEscape;
}

const PERCENT = 0x25;
const BACKSLASH = 0x5c;
const AMPERSAND = 0x26;

/** Percent-encoding of URLs and forms; `+` for a space is met by {@link fold}. JSON and JavaScript strings. HTML and XML. */
export const ENCODINGS: readonly Encoding[] = [
  { introducer: PERCENT, readEscape: readPercent },
  { introducer: BACKSLASH, readEscape: readBackslash },
  { introducer: AMPERSAND, readEscape: readEntity },
];

/** Returns the stage with one encoding undone, or undefined where there is nothing to undo. */
export function undo(stage: Stage, encoding: Encoding): Stage | undefined {
  const { bytes } = stage;
  if (!bytes.includes(encoding.introducer)) return undefined;
  const decoded: Stage = {
    bytes: Buffer.alloc(bytes.length),
    starts: new Uint32Array(bytes.length),
    ends: new Uint32Array(bytes.length),
  };
  const out: number[] = [];
  let length = 0;
  let escapes = 0;
  for (let i = 0; i < bytes.length;) {
    const taken = bytes[i] === encoding.introducer ? encoding.readEscape(bytes, i, out) : 0;
    if (taken === 0) out.push(bytes[i]!);
    else escapes++;
    const next = taken === 0 ? i + 1 : i + taken;
    for (const byte of out) {
      decoded.bytes[length] = byte;
      decoded.starts[length] = stage.starts[i]!;
      decoded.ends[length++] = stage.ends[next - 1]!;
    }
    out.length = 0;
    i = next;
  }
  return escapes === 0 ? undefined : { ...decoded, bytes: decoded.bytes.subarray(0, length) };
}

/**
 * Takes away what encoders and mailers change without changing the meaning: line breaks and tabs go (wrapped Base64, PEM), space, `+` and `-`
 * become one, and so do `/` and `_` (form encoding, Base64url). Done to secret and text alike; that two texts which differ in nothing else count
 * as the same costs a mask too many, never one too few.
 */
export function fold(stage: Stage): Stage {
  const { bytes } = stage;
  if (!hasDropped(bytes)) return { ...stage, bytes: foldBytes(bytes) };
  const folded: Stage = {
    bytes: Buffer.alloc(bytes.length),
    starts: new Uint32Array(bytes.length),
    ends: new Uint32Array(bytes.length),
  };
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = FOLDED[bytes[i]!]!;
    if (byte === DROPPED) continue;
    folded.bytes[length] = byte;
    folded.starts[length] = stage.starts[i]!;
    folded.ends[length++] = stage.ends[i]!;
  }
  return { ...folded, bytes: folded.bytes.subarray(0, length) };
}

function hasDropped(bytes: Buffer): boolean {
  return bytes.includes('\n') || bytes.includes('\t') || bytes.includes('\r');
}

function foldBytes(bytes: Buffer): Buffer {
  const folded = Buffer.alloc(bytes.length);
  let length = 0;
  for (const given of bytes) {
    const byte = FOLDED[given]!;
    if (byte !== DROPPED) folded[length++] = byte;
  }
  return folded.subarray(0, length);
}

/** The same of a secret, as Latin-1 text. */
export function foldText(text: string): string {
  return foldBytes(Buffer.from(text, 'latin1')).toString('latin1');
}

const DROPPED = 256;
const FOLDED: readonly number[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if ('\t\n\r'.includes(character)) return DROPPED;
  if (' -'.includes(character)) return '+'.charCodeAt(0);
  return character === '_' ? '/'.charCodeAt(0) : byte;
});

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
