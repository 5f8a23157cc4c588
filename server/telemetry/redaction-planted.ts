/** Finds known secrets in a text, in whatever encoding they came back. Pure; the work grows with the text, not with its content. */
import { Secret } from '../secret.ts';
import { findBytes } from './byte-search.ts';
import {
  ENCODINGS,
  fold,
  foldBytes,
  lowerCase,
  sourceStage,
  undo,
  type Stage,
} from './redaction-encodings.ts';

/** Half-open, in bytes of the source. */
export interface ByteRange {
  start: number;
  end: number;
}

export interface PlantedFindings {
  /** Sorted, not touching. */
  ranges: readonly ByteRange[];
  /** Bytes of all the decodings that were searched: at most STAGES_MAX times the source. */
  bytesSearched: number;
}

export interface PlantedSecrets {
  find(source: Buffer): PlantedFindings;
  /** No encoding that is found is longer than this. */
  encodedBytesMax: number;
}

/** A shorter one is in every text by chance: masking it would spell it out by its gaps, and make the rest unreadable. */
const SECRET_BYTES_MIN = 4;

/** Encodings within encodings: percent-encoded JSON, JSON in JSON, and so on. */
const DEPTH_MAX = 2;
/** The source, three encodings of it, and three of each. */
export const STAGES_MAX = 1 + 3 + 9;
/** A byte as `&#x000061;`, each of its ten characters as `\u0026`: the longest that one byte becomes in two encodings, and some room. */
const EXPANSION_MAX = 96;

interface Needle {
  folded: Buffer;
  /** Base64 only: the characters beside it also carry bits of the secret. */
  spillsLeft: boolean;
  spillsRight: boolean;
}

interface Needles {
  exact: readonly Buffer[];
  folded: readonly Needle[];
  /** Folded, in lower case; made where a text is long enough to hold one. */
  hex: () => readonly Buffer[];
  hexBytesMin: number;
}

export function plantSecrets(secrets: Iterable<string | Secret>): PlantedSecrets {
  const kept = new Map<string, string | Secret>();
  for (const secret of secrets) {
    const text = textOf(secret);
    if (Buffer.byteLength(text) >= SECRET_BYTES_MIN) kept.set(text, secret);
  }
  const texts = [...kept.keys()];
  const encodedBytesMax = EXPANSION_MAX * Math.max(0, ...texts.map((text) => Buffer.byteLength(text)));
  const needleBytesMin = Math.min(...texts.map(needleBytesMinOf));
  let needles: Needles | undefined;
  return {
    encodedBytesMax,
    // Most texts are shorter than any secret: then none needs to be made ready.
    find: (source) =>
      source.length < needleBytesMin
        ? NOTHING_FOUND
        : search(source, (needles ??= gathered([...kept.values()].map(needlesFor)))),
  };
}

const NOTHING_FOUND: PlantedFindings = { ranges: [], bytesSearched: 0 };

function textOf(secret: string | Secret): string {
  return secret instanceof Secret ? secret.reveal() : secret;
}

/** Every encoding makes a secret longer; as Latin-1 it has a byte for each character, and to fold it takes away line breaks and tabs. */
function needleBytesMinOf(secret: string): number {
  return Math.max(SECRET_BYTES_MIN, secret.replace(/[\t\n\r]/g, '').length);
}

/** For as long as somebody holds the secret, which then is in memory anyway: the same few are looked for again and again. */
const known = new WeakMap<Secret, Needles>();

function needlesFor(secret: string | Secret): Needles {
  if (typeof secret === 'string') return needlesOf(secret);
  let needles = known.get(secret);
  if (needles === undefined) known.set(secret, (needles = needlesOf(secret.reveal())));
  return needles;
}

function gathered(all: readonly Needles[]): Needles {
  return {
    exact: all.flatMap(({ exact }) => exact),
    folded: all.flatMap(({ folded }) => folded),
    hex: () => all.flatMap(({ hex }) => hex()),
    hexBytesMin: Math.min(...all.map(({ hexBytesMin }) => hexBytesMin)),
  };
}

function needlesOf(secret: string): Needles {
  const exact = rawForms(secret);
  const wrapped = distinct(wrappedForms(secret));
  const folded = exact.map((bytes) => ({ folded: foldBytes(bytes), spillsLeft: false, spillsRight: false }));
  const base64 = wrapped.flatMap((bytes) => [0, 1, 2].map((offset) => base64Needle(bytes, offset)));
  let hex: readonly Buffer[] | undefined;
  return {
    exact,
    folded: [...folded, ...base64].filter((needle) => needle.folded.length >= SECRET_BYTES_MIN),
    hex: () => (hex ??= wrapped.map((bytes) => Buffer.from(bytes.toString('hex')))),
    hexBytesMin: 2 * Math.min(...wrapped.map(({ length }) => length)),
  };
}

// eslint-disable-next-line no-control-regex -- all of ASCII is meant
const ASCII = /^[\x00-\x7f]*$/;

function distinct(list: readonly Buffer[]): Buffer[] {
  return [...new Map(list.map((bytes) => [bytes.toString('latin1'), bytes])).values()];
}

/** UTF-8, and Latin-1 where it can be written so: some servers still percent-encode in it. */
function rawForms(secret: string): Buffer[] {
  if (ASCII.test(secret)) return [Buffer.from(secret)];
  const latin1 = Buffer.from(secret, 'latin1');
  return latin1.toString('latin1') === secret ? [Buffer.from(secret), latin1] : [Buffer.from(secret)];
}

/** Looks the same in each of the encodings below. */
const UNTOUCHED = /^[\w.-]*$/;

/** What is put into Base64 or hexadecimal: the secret itself, or its text after an encoding (Basic of RFC 6749 §2.3.1, a JSON document). */
function wrappedForms(secret: string): Buffer[] {
  if (UNTOUCHED.test(secret)) return rawForms(secret);
  const component = encodeURIComponent(secret.toWellFormed());
  const strict = component.replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const form = new URLSearchParams({ '': secret }).toString().slice(1);
  const percent = [component, strict, form].flatMap((text) => [
    text,
    text.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
  ]);
  // Most secrets look the same in all of them.
  const texts = new Set([...percent, JSON.stringify(secret).slice(1, -1)]);
  texts.delete(secret);
  return [...rawForms(secret), ...[...texts].map((text) => Buffer.from(text))];
}

const PADDING = [0, 1, 2].map((bytes) => Buffer.alloc(bytes));

/**
 * The part of the Base64 text that the secret alone decides when it begins `offset` bytes (modulo 3) into what is encoded.
 * The character before and after may hold bits of the secret and of its neighbours: they are masked with it.
 * @see RFC 4648 §4
 */
function base64Needle(secret: Buffer, offset: number): Needle {
  const bytes = offset + secret.length;
  const text = (offset === 0 ? secret : Buffer.concat([PADDING[offset]!, secret])).toString('base64');
  const whole = text.slice(Math.ceil((offset * 8) / 6), Math.floor((bytes * 8) / 6));
  // To fold it would change nothing.
  return { folded: Buffer.from(whole, 'latin1'), spillsLeft: offset !== 0, spillsRight: bytes % 3 !== 0 };
}

function search(source: Buffer, needles: Needles): PlantedFindings {
  const found: ByteRange[] = [];
  let bytesSearched = 0;
  const visit = (stage: Stage, depth: number): void => {
    bytesSearched += stage.bytes.length;
    findIn(stage, needles, found);
    if (depth === DEPTH_MAX) return;
    for (const encoding of ENCODINGS) {
      const decoded = undo(stage, encoding);
      if (decoded !== undefined) visit(decoded, depth + 1);
    }
  };
  // What is shorter than any secret holds none, whatever it decodes to.
  if (source.length >= SECRET_BYTES_MIN) visit(sourceStage(source), 0);
  return { ranges: merged(found), bytesSearched };
}

function findIn(stage: Stage, needles: Needles, found: ByteRange[]): void {
  const folded = fold(stage);
  for (const needle of needles.exact) findNeedle(stage, stage.bytes, needle, found);
  for (const needle of needles.folded) {
    findNeedle(folded, folded.bytes, needle.folded, found, needle);
  }
  if (folded.bytes.length < needles.hexBytesMin) return;
  const lower = lowerCase(folded.bytes);
  for (const needle of needles.hex()) findNeedle(folded, lower, needle, found);
}

/** `haystack` is the stage's bytes or a copy of the same length. */
function findNeedle(
  stage: Stage,
  haystack: Buffer,
  needle: Buffer,
  found: ByteRange[],
  spills?: Needle,
): void {
  let latest: ByteRange | undefined;
  findBytes(haystack, needle, (at) => {
    let last = at + needle.length - 1;
    let first = at;
    if (spills?.spillsLeft === true && isBase64(haystack[first - 1])) first--;
    if (spills?.spillsRight === true && isBase64(haystack[last + 1])) last++;
    const start = stage.starts[first]!;
    const end = stage.ends[last]!;
    // Of one needle they come in order: a text that is nothing but the secret is one range and not a million.
    if (latest !== undefined && start <= latest.end) {
      if (end > latest.end) latest.end = end;
    } else found.push((latest = { start, end }));
  });
}

const BASE64_BYTES: ReadonlySet<number> = new Set(
  Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/='),
);

function isBase64(byte: number | undefined): boolean {
  return byte !== undefined && BASE64_BYTES.has(byte);
}

function merged(ranges: readonly ByteRange[]): ByteRange[] {
  const result: ByteRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = result.at(-1);
    if (last !== undefined && range.start <= last.end) last.end = Math.max(last.end, range.end);
    else result.push({ ...range });
  }
  return result;
}
