/** Finds known secrets in a text, in whatever encoding they came back. Pure; the work grows with the text, not with its content. */
import { Secret } from '../secret.ts';
import { findBytes } from './byte-search.ts';
import { isAscii, isLatin1, toByteText } from './byte-text.ts';
import { endOf, ENCODINGS, fold, foldText, startOf, undo, type Stage } from './redaction-encodings.ts';

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
  /** False: the text is shorter than any of them in any encoding. */
  mayStandIn(text: string): boolean;
  /** @param source Bytes as text. */
  find(source: string): PlantedFindings;
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

interface Base64Needle {
  text: string;
  /** The characters beside it also carry bits of the secret. */
  spillsLeft: boolean;
  spillsRight: boolean;
}

/** What to look for: bytes as text. */
interface Needles {
  /** Those of which folding leaves too little; what is found of any other is found folded. */
  exact: readonly string[];
  folded: readonly string[];
  /** Folded; made where a text has as many such characters in a row. */
  base64: () => readonly Base64Needle[];
  base64CharsMin: number;
  /** In lower case; made where a text has as many such characters in a row. */
  hex: () => readonly string[];
  hexCharsMin: number;
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
  let needles: readonly Needles[] | undefined;
  return {
    encodedBytesMax,
    mayStandIn: (text) => Buffer.byteLength(text) >= needleBytesMin,
    // Most texts are shorter than any secret: then none needs to be made ready.
    find: (source) =>
      source.length < needleBytesMin
        ? NOTHING_FOUND
        : search(source, (needles ??= [...kept.values()].map(needlesFor))),
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

function needlesFor(secret: string | Secret): Needles {
  return secret instanceof Secret ? secret.searchable(needlesOf) : needlesOf(secret);
}

function isLongEnough(text: string): boolean {
  return text.length >= SECRET_BYTES_MIN;
}

function needlesOf(secret: string): Needles {
  const raw = rawForms(secret);
  const folded = raw.map(foldText);
  const bytesMin = Math.min(...raw.map(({ length }) => length));
  let base64: readonly Base64Needle[] | undefined;
  let hex: readonly string[] | undefined;
  return {
    exact: raw.filter((_, index) => !isLongEnough(folded[index]!)),
    folded: folded.filter(isLongEnough),
    base64: () => (base64 ??= wrappedForms(secret).flatMap(base64Needles)),
    base64CharsMin: base64CharsMin(bytesMin),
    hex: () => (hex ??= wrappedForms(secret).map((text) => Buffer.from(text, 'latin1').toString('hex'))),
    hexCharsMin: 2 * bytesMin,
  };
}

/** UTF-8, and Latin-1 where it can be written so: some servers still percent-encode in it. */
function rawForms(secret: string): string[] {
  if (isAscii(secret)) return [secret];
  return isLatin1(secret) ? [toByteText(secret), secret] : [toByteText(secret)];
}

/** Looks the same in each of the encodings below. */
const UNTOUCHED = /^[\w.-]*$/;
/** As does this, but for percent-encoding, which is one and the same in all of its kinds. */
const BASE64 = /^[\w.+/=-]*$/;

function bothCases(percentEncoded: string): [string, string] {
  return [percentEncoded, percentEncoded.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase())];
}

/** What is put into Base64 or hexadecimal, none shorter than the secret: itself, or its text after an encoding (Basic of RFC 6749 §2.3.1, a JSON document). */
function wrappedForms(secret: string): string[] {
  if (UNTOUCHED.test(secret)) return rawForms(secret);
  if (BASE64.test(secret)) return [secret, ...bothCases(encodeURIComponent(secret))];
  const component = encodeURIComponent(secret.toWellFormed());
  const strict = component.replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const form = new URLSearchParams({ '': secret }).toString().slice(1);
  const percent = [component, strict, form].flatMap(bothCases);
  // Most secrets look the same in most of them.
  const encoded = [...percent, JSON.stringify(secret).slice(1, -1)].map(toByteText);
  return [...new Set([...rawForms(secret), ...encoded])];
}

/** Bytes before the secret, modulo 3, in what is encoded. */
const BASE64_OFFSETS = [0, 1, 2] as const;

/** First and last character of the Base64 text that the secret alone decides. */
function base64Span(bytes: number, offset: number): readonly [from: number, to: number] {
  return [Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes) * 8) / 6)];
}

function base64CharsMin(bytes: number): number {
  const lengths = BASE64_OFFSETS.map((offset) => base64Span(bytes, offset)).map(([from, to]) => to - from);
  return Math.max(SECRET_BYTES_MIN, Math.min(...lengths));
}

/**
 * The part of the Base64 text that the secret alone decides when it begins `offset` bytes into what is encoded. To fold it would change
 * nothing. The character before and after may hold bits of the secret and of its neighbours: they are masked with it.
 * @see RFC 4648 §4
 */
function base64Needle(secret: string, offset: number): Base64Needle {
  const encoded = Buffer.from('\0'.repeat(offset) + secret, 'latin1').toString('base64');
  return {
    text: encoded.slice(...base64Span(secret.length, offset)),
    spillsLeft: offset !== 0,
    spillsRight: (offset + secret.length) % 3 !== 0,
  };
}

function base64Needles(secret: string): Base64Needle[] {
  return BASE64_OFFSETS.map((offset) => base64Needle(secret, offset)).filter(({ text }) =>
    isLongEnough(text),
  );
}

function search(source: string, needles: readonly Needles[]): PlantedFindings {
  const found: ByteRange[] = [];
  let bytesSearched = 0;
  const visit = (stage: Stage, depth: number): void => {
    bytesSearched += stage.text.length;
    findIn(stage, needles, found);
    if (depth === DEPTH_MAX) return;
    for (const encoding of ENCODINGS) {
      const decoded = undo(stage, encoding);
      if (decoded !== undefined) visit(decoded, depth + 1);
    }
  };
  // What is shorter than any secret holds none, whatever it decodes to.
  if (source.length >= SECRET_BYTES_MIN) visit({ text: source }, 0);
  return { ranges: merged(found), bytesSearched };
}

function findIn(stage: Stage, needles: readonly Needles[], found: ByteRange[]): void {
  const keep = (from: Stage, ranges: readonly ByteRange[]) => {
    for (const { start, end } of ranges)
      found.push({ start: startOf(from, start), end: endOf(from, end - 1) });
  };
  for (const { exact } of needles) for (const needle of exact) keep(stage, matchesOf(needle, stage));
  const folded = fold(stage);
  const plain = needles.flatMap((secret) => secret.folded.flatMap((needle) => matchesOf(needle, folded)));
  keep(folded, plain);
  const masked = merged(plain);
  const base64Run = longestRun(folded.text, IS_BASE64, masked);
  for (const secret of needles.filter(({ base64CharsMin: min }) => min <= base64Run))
    for (const needle of secret.base64()) keep(folded, base64MatchesOf(needle, folded));
  const hexRun = longestRun(folded.text, IS_HEX, masked);
  const inHex = needles.filter(({ hexCharsMin: min }) => min <= hexRun);
  if (inHex.length === 0) return;
  // Beyond ASCII this takes one byte for another, none of which is hexadecimal.
  const lower = { ...folded, text: folded.text.toLowerCase() };
  for (const secret of inHex) for (const needle of secret.hex()) keep(lower, matchesOf(needle, lower));
}

function alphabet(characters: string): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) =>
    Number(characters.includes(String.fromCharCode(byte))),
  );
}

const BASE64_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const IS_BASE64 = alphabet(BASE64_ALPHABET);
const IS_HEX = alphabet('0123456789abcdefABCDEF');

/**
 * Characters of the longest row, but for what is masked as a whole. Most texts have none that could hold a secret, a token aside: to count
 * is cheaper than to make the secrets ready.
 * @param masked Sorted, not touching.
 */
function longestRun(text: string, isOf: Uint8Array, masked: readonly ByteRange[]): number {
  let [longest, start, next] = [0, 0, 0];
  for (let at = 0; at <= text.length; at++) {
    if (at < text.length && isOf[text.charCodeAt(at)] === 1) continue;
    while (next < masked.length && masked[next]!.end < at) next++;
    const isMasked = next < masked.length && masked[next]!.start <= start;
    if (at - start > longest && !isMasked) longest = at - start;
    start = at + 1;
  }
  return longest;
}

/** In order. A text that is nothing but the secret is one range and not a million. */
function matchesOf(needle: string, stage: Stage): ByteRange[] {
  const ranges: ByteRange[] = [];
  let latest: ByteRange | undefined;
  findBytes(stage.text, needle, (start) => {
    const end = start + needle.length;
    if (latest !== undefined && startOf(stage, start) <= endOf(stage, latest.end - 1)) latest.end = end;
    else ranges.push((latest = { start, end }));
  });
  return ranges;
}

function base64MatchesOf({ text, spillsLeft, spillsRight }: Base64Needle, stage: Stage): ByteRange[] {
  return matchesOf(text, stage).map(({ start, end }) => ({
    start: spillsLeft && isBase64(stage.text[start - 1]) ? start - 1 : start,
    end: spillsRight && isBase64(stage.text[end]) ? end + 1 : end,
  }));
}

const BASE64_CHARACTERS: ReadonlySet<string> = new Set(`${BASE64_ALPHABET}=`);

function isBase64(character: string | undefined): boolean {
  return character !== undefined && BASE64_CHARACTERS.has(character);
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
