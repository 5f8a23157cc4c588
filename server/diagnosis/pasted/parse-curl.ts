/** Reads a curl command into the request it sends. Pure. */
import type { RequestFacts } from '../facts.ts';
import { isPartlyUnknown, UNKNOWN_PART } from '../read-request.ts';
import { splitShellWords } from './split-shell-words.ts';

export interface PastedCurl {
  request?: RequestFacts;
  /** The text without the command. */
  rest: string;
}

/** Options that take a value, by their short and long names; all others are switches here. */
const VALUE_OPTIONS: Readonly<Record<string, string>> = {
  X: 'request', H: 'header', d: 'data', u: 'user', F: 'form', A: 'user-agent', e: 'referer', b: 'cookie', c: 'cookie-jar',
  x: 'proxy', o: 'output', w: 'write-out', m: 'max-time', E: 'cert', T: 'upload-file',
}; // prettier-ignore
const LONG_VALUE_OPTIONS = new Set([
  ...Object.values(VALUE_OPTIONS), 'data-raw', 'data-binary', 'data-ascii', 'data-urlencode', 'json', 'url', 'connect-timeout',
  'cacert', 'key', 'resolve', 'proxy-user', 'oauth2-bearer', 'retry', 'form-string', 'url-query',
]); // prettier-ignore
const FORM = 'application/x-www-form-urlencoded';

type Option = readonly [name: string, value: string];

function readShort(word: string, next: string | undefined): { option?: Option; usesNext: boolean } {
  // Switches may stand before the one that takes a value: -sXPOST.
  for (let at = 1; at < word.length; at += 1) {
    const name = VALUE_OPTIONS[word[at]!];
    if (word[at] === 'G') return { option: ['get', ''], usesNext: false };
    if (name === undefined) continue;
    const glued = word.slice(at + 1);
    return glued === ''
      ? { option: [name, next ?? ''], usesNext: true }
      : { option: [name, glued], usesNext: false };
  }
  return { usesNext: false };
}

function readLong(word: string, next: string | undefined): { option?: Option; usesNext: boolean } {
  const equals = word.indexOf('=');
  const name = word.slice(2, equals < 0 ? undefined : equals);
  if (!LONG_VALUE_OPTIONS.has(name)) return { option: [name, ''], usesNext: false };
  return equals < 0
    ? { option: [name, next ?? ''], usesNext: true }
    : { option: [name, word.slice(equals + 1)], usesNext: false };
}

function readOptions(words: readonly string[]): Option[] {
  const options: Option[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]!;
    if (!word.startsWith('-') || word === '-') {
      options.push(['url', word]);
      continue;
    }
    const read = word.startsWith('--') ? readLong(word, words[at + 1]) : readShort(word, words[at + 1]);
    if (read.option !== undefined) options.push(read.option);
    if (read.usesNext) at += 1;
  }
  return options;
}

function encoded(value: string): string {
  const equals = value.indexOf('=');
  const text = isPartlyUnknown(value) ? value : undefined;
  if (text !== undefined) return text;
  return `${value.slice(0, equals + 1)}${encodeURIComponent(value.slice(equals + 1).toWellFormed())}`;
}

function dataOf(options: readonly Option[]): string | undefined {
  const parts = options.flatMap(([name, value]) => {
    if (/^data(?:-raw|-binary|-ascii)?$/.test(name))
      return [value.startsWith('@') && name !== 'data-raw' ? UNKNOWN_PART : value];
    if (name === 'data-urlencode') return [encoded(value)];
    return name === 'json' ? [value] : [];
  });
  return parts.length === 0 ? undefined : parts.join('&');
}

function headersOf(options: readonly Option[], hasData: boolean): Record<string, string> {
  const headers: Record<string, string> = {};
  if (hasData)
    headers['content-type'] = options.some(([name]) => name === 'json') ? 'application/json' : FORM;
  for (const [name, value] of options) {
    if (name === 'form') headers['content-type'] = 'multipart/form-data';
    if (name === 'user') headers.authorization = `Basic ${Buffer.from(value).toString('base64')}`;
    if (name === 'oauth2-bearer') headers.authorization = `Bearer ${value}`;
  }
  for (const [name, value] of options) {
    const colon = value.indexOf(':');
    if (name === 'header' && colon > 0)
      headers[value.slice(0, colon).trim().toLowerCase()] = value.slice(colon + 1).trim();
  }
  return headers;
}

/** curl itself adds http:// to a bare host. */
function withScheme(url: string): string {
  return /^[a-z][a-z0-9+.-]{0,20}:/i.test(url) && !/^[\w.-]+:\d/.test(url) ? url : `http://${url}`;
}

function requestOf(options: readonly Option[]): RequestFacts {
  const data = dataOf(options);
  const isGet = options.some(([name]) => name === 'get');
  const isForm = options.some(([name]) => name === 'form' || name === 'form-string');
  const method = options.findLast(([name]) => name === 'request')?.[1];
  const target = options.find(([name]) => name === 'url')?.[1];
  const url = target === undefined || target === '' ? undefined : withScheme(target);
  const query =
    isGet && data !== undefined && url !== undefined ? `${url}${url.includes('?') ? '&' : '?'}${data}` : url;
  const body = isForm ? UNKNOWN_PART : isGet ? '' : (data ?? '');
  return {
    method: method ?? (!isGet && (data !== undefined || isForm) ? 'POST' : 'GET'),
    ...(query === undefined ? {} : { url: query }),
    headers: headersOf(options, data !== undefined && !isGet),
    body,
  };
}

/** Reads the first curl command in the text. */
export function parseCurl(text: string): PastedCurl {
  const command = /(?:^|[\n;|&`(])[ \t]{0,40}(?:[$>#%] )?curl(?:\.exe)?[ \t]+/.exec(text);
  if (command === null) return { rest: text };
  const start = command.index + command[0].length;
  const { words, endsAt } = splitShellWords(text, start);
  if (words.length === 0) return { rest: text };
  return {
    request: requestOf(readOptions(words)),
    rest: `${text.slice(0, command.index)}\n${text.slice(endsAt)}`,
  };
}
