/**
 * Finds credentials by the look of them, for those that nobody named. Pure, and linear by construction: the anchor and what follows it
 * are matched by patterns whose every repetition is bounded, and what is unbounded is walked over once by hand.
 */
import { MASK } from '../secret.ts';

export interface CredentialRange {
  start: number;
  end: number;
  replacement: string;
}

export interface CredentialFindings {
  /** Sorted, not overlapping; in UTF-16 units of the text. */
  ranges: readonly CredentialRange[];
  /** Characters walked over beyond the anchors: at most a small multiple of the text. */
  steps: number;
}

/** Names whose value is a credential, as ends of names: `bearerAccessToken` and `new_password` count. */
const KEYS =
  'access_?token|refresh_?token|id_?token|security_?token|client_?secret|assertion|session_?id|api_?key|private_?key|passphrase|password|signature';
/** Headers: their value goes on to the end of the line. */
const HEADER_KEYS = 'authorization|set-cookie|cookie';

/** All patterns are exported for the test that no repetition in them is unbounded. */
export const PATTERNS = {
  anchor: new RegExp(`(${HEADER_KEYS})|(${KEYS})|(bearer|basic)|eyJ|00D|-----BEGIN|://`, 'gi'),
  quote: /\\{0,15}["']|&quot;|&#0{0,3}3[49];|&apos;|%2[27]|\\u002[27]/iy,
  separator: /\s{0,8}(?:=>|[:=]|%3[AD]|\\u003[AD])\s{0,8}/iy,
  comma: /\s{0,8},\s{0,8}/y,
  tagEnd: /(?:\s[^<>]{0,200})?>/y,
  literal: /(?:null|true|false)(?![\w.-])|\{/y,
  scheme: /(?:bearer|basic|digest|oauth|negotiate|ntlm)(?:\s|%20|\+){1,4}/iy,
  schemeGap: /(?:\s|%20|\+|\\u0020){1,4}/iy,
  sessionStart: /[A-Za-z0-9]{1,15}(?:!|%21|\\u0021|&#33;)/iy,
  privateKey: /(?:\s|\+|%20)(?:[A-Z0-9]{1,12}(?:\s|\+|%20)){0,3}PRIVATE(?:\s|\+|%20)KEY-----/y,
  word: /^(?:[A-Za-z]?[a-z]{0,19}|[A-Z]{1,20})[.]?$/,
} as const;

/** Shorter than this after "Bearer" is a word of a sentence or nothing that opens a door. */
const TOKEN_CHARS_MIN = 4;
/** A parameter of a challenge, `Bearer authorization_uri="…"`, is no longer than this. */
const CHALLENGE_PARAMETER_CHARS_MAX = 32;

const STOPS = {
  form: ' \t\r\n"\\<>&',
  json: ' \t\r\n"\'\\<>&,}]',
  text: ' \t\r\n"\'\\<>&',
  header: '\r\n"\'\\',
  headerLine: '\r\n',
  xml: '<&',
  userInfo: ' \t\r\n/?#"\'<>\\',
} as const;

/** In a percent-encoded form a value ends at an encoded `&` or `"`. */
const ENCODED_STOPS: readonly string[] = ['%26', '%22'];

/** `headerLine`: the name begins a line, so that quotes in the value are the value's own. */
type MemberKind = 'member' | 'header' | 'headerLine';

export function findCredentials(text: string): CredentialFindings {
  const walk = new Walk(text);
  const { anchor } = PATTERNS;
  anchor.lastIndex = 0;
  for (let match = anchor.exec(text); match !== null; match = anchor.exec(text)) {
    const after = match.index + match[0].length;
    anchor.lastIndex = Math.max(after, walk.visit(match, after));
  }
  return { ranges: walk.ranges, steps: walk.steps };
}

/** One pass over one text. Every method returns where to go on; what it walked over in vain is short or is not walked over again. */
class Walk {
  readonly ranges: CredentialRange[] = [];
  steps = 0;
  readonly #text: string;
  #jwtCheckedUntil = 0;

  constructor(text: string) {
    this.#text = text;
  }

  visit(match: RegExpExecArray, after: number): number {
    const [whole, header, key, scheme] = match;
    if (header !== undefined || key !== undefined)
      return this.#member(match.index, after, header !== undefined);
    if (scheme !== undefined) return this.#token(after);
    if (whole === 'eyJ') return this.#jwt(match.index);
    if (whole === '00D') return this.#session(match.index, after);
    if (whole === '://') return this.#userInfo(after);
    return this.#privateKey(after);
  }

  #skip(pattern: RegExp, at: number): number | undefined {
    pattern.lastIndex = at;
    return pattern.test(this.#text) ? pattern.lastIndex : undefined;
  }

  /** First position from `from` on at which one of `stops` stands, or the end. */
  #until(stops: string, from: number, isEncoded = false): number {
    let at = from;
    while (at < this.#text.length && !stops.includes(this.#text[at]!)) {
      if (isEncoded && ENCODED_STOPS.includes(this.#text.slice(at, at + 3))) break;
      at++;
    }
    this.steps += at - from;
    return at;
  }

  #mask(start: number, end: number, replacement: string = MASK): number {
    if (end > start) this.ranges.push({ start, end, replacement });
    return end;
  }

  /** `name=value`, `"name": "value"`, `<name>value</name>`, and each of them inside another string. */
  #member(start: number, after: number, isHeader: boolean): number {
    const tagEnd = '<:'.includes(this.#text[start - 1] ?? ' ')
      ? this.#skip(PATTERNS.tagEnd, after)
      : undefined;
    if (tagEnd !== undefined) return this.#element(tagEnd);
    const quoted = this.#skip(PATTERNS.quote, after);
    const quote = this.#text.slice(after, quoted ?? after);
    const separated =
      this.#skip(PATTERNS.separator, quoted ?? after) ??
      (isHeader && quoted !== undefined ? this.#skip(PATTERNS.comma, quoted) : undefined);
    if (separated === undefined) return after;
    const separator = this.#text.slice(quoted ?? after, separated);
    const startsLine = '\r\n'.includes(this.#text[start - 1] ?? '\n');
    return this.#value(
      separated,
      quote,
      separator,
      !isHeader ? 'member' : startsLine ? 'headerLine' : 'header',
    );
  }

  #element(from: number): number {
    const end = this.#until(STOPS.xml, from);
    return this.#text.slice(from, end).trim() === '' ? end : this.#mask(from, end);
  }

  #value(at: number, quote: string, separator: string, kind: MemberKind): number {
    const isHeader = kind !== 'member';
    const listEnd = this.#text[at] === '[' ? this.#list(at + 1) : undefined;
    if (listEnd !== undefined) return listEnd;
    if (this.#skip(PATTERNS.quote, at) !== undefined) return this.#string(at, isHeader);
    if (quote !== '' && this.#skip(PATTERNS.literal, at) !== undefined) return at;
    const from = isHeader ? (this.#skip(PATTERNS.scheme, at) ?? at) : at;
    const end = this.#until(stopsOf(quote, separator, kind), from, separator.includes('%'));
    return this.#mask(from, end, quote === '' || isHeader ? MASK : `${quote}${MASK}${quote}`);
  }

  /** Strings in brackets; undefined where there are none: then it is a value that begins with a bracket. */
  #list(at: number): number | undefined {
    let next: number | undefined = at + /^\s{0,8}/.exec(this.#text.slice(at, at + 8))![0].length;
    let end: number | undefined;
    while (next !== undefined && this.#skip(PATTERNS.quote, next) !== undefined) {
      const valueEnd = this.#string(next, false);
      end = this.#skip(PATTERNS.quote, valueEnd) ?? valueEnd;
      next = this.#skip(PATTERNS.comma, end);
    }
    return end;
  }

  /** From an opening quote to its closing twin, or to the end of the text. Returns the position of the closing quote. */
  #string(at: number, isHeader: boolean): number {
    const opened = this.#skip(PATTERNS.quote, at)!;
    const quote = this.#text.slice(at, opened);
    const from = isHeader ? (this.#skip(PATTERNS.scheme, opened) ?? opened) : opened;
    const end = /["']$/.test(quote) ? this.#closingQuote(from, quote) : this.#text.indexOf(quote, from);
    const closed = end === -1 ? this.#text.length : end;
    this.steps += closed - from;
    return this.#mask(from, closed);
  }

  /**
   * A string nested n strings deep is quoted with b = 2^n - 1 backslashes, and a run of k backslashes before a quote closes it
   * when k mod 2(b + 1) is b; fewer close a string further out.
   */
  #closingQuote(from: number, quote: string): number {
    const depth = quote.length - 1;
    const mark = quote[depth];
    let backslashes = 0;
    for (let at = from; at < this.#text.length; at++) {
      if (this.#text[at] === '\\') backslashes++;
      else {
        const closes = backslashes < depth || backslashes % (2 * (depth + 1)) === depth;
        if (this.#text[at] === mark && closes) return at - Math.min(backslashes, depth);
        backslashes = 0;
      }
    }
    return -1;
  }

  /** `Bearer …` and `Basic …` anywhere. Words of a sentence and parameters of a challenge stay. */
  #token(after: number): number {
    const from = this.#skip(PATTERNS.schemeGap, after);
    if (from === undefined) return after;
    const end = this.#while(/[\w.~+/=!%-]/, from);
    const value = this.#text.slice(from, end);
    const isChallenge =
      value.length <= CHALLENGE_PARAMETER_CHARS_MAX &&
      value.endsWith('=') &&
      this.#skip(PATTERNS.quote, end) !== undefined;
    if (value.length < TOKEN_CHARS_MIN || isChallenge || PATTERNS.word.test(value)) return from;
    return this.#mask(from, end);
  }

  #while(allowed: RegExp, from: number): number {
    let at = from;
    while (at < this.#text.length && allowed.test(this.#text[at]!)) at++;
    this.steps += at - from;
    return at;
  }

  /** Header and payload are enough: what follows may have been cut off. */
  #jwt(start: number): number {
    if (start < this.#jwtCheckedUntil) return start;
    const end = this.#while(/[\w.-]/, start);
    this.#jwtCheckedUntil = end;
    const dot = this.#text.slice(start, end - 1).indexOf('.');
    return dot === -1 ? start : this.#mask(start, end);
  }

  /** Salesforce: org id, `!`, the secret part. */
  #session(start: number, after: number): number {
    const from = this.#skip(PATTERNS.sessionStart, after);
    return from === undefined ? after : this.#mask(start, this.#while(/[\w.%-]/, from));
  }

  /** The password of `scheme://user:password@host`. */
  #userInfo(after: number): number {
    const end = this.#until(STOPS.userInfo, after);
    const authority = this.#text.slice(after, end);
    const colon = authority.indexOf(':');
    const at = authority.lastIndexOf('@');
    return colon === -1 || at < colon ? after : this.#mask(after + colon + 1, after + at);
  }

  #privateKey(after: number): number {
    const from = this.#skip(PATTERNS.privateKey, after);
    if (from === undefined) return after;
    const found = this.#text.indexOf('-----END', from);
    const end = found === -1 ? this.#text.length : found;
    this.steps += end - from;
    return this.#mask(from, end);
  }
}

function stopsOf(quote: string, separator: string, kind: MemberKind): string {
  if (kind !== 'member') return STOPS[kind];
  if (quote !== '') return STOPS.json;
  return separator.includes('=') ? STOPS.form : STOPS.text;
}
