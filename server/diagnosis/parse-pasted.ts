/** Turns whatever people paste into facts: HTTP, curl, Apex source, debug logs, JSON, or an error message alone. Pure; survives anything. */
import type { AnswerFacts, DiagnosisFacts, RequestFacts } from './facts.ts';
import { isApexSourceLine, parseApex } from './pasted/parse-apex.ts';
import { parseCurl } from './pasted/parse-curl.ts';
import { parseDebugLog } from './pasted/parse-debug-log.ts';
import { parseHttp } from './pasted/parse-http.ts';

/** What comes after is not looked at: a debug log may have 20 MB, and its end is worth no more than this. */
const PASTED_CHARS_MAX = 262_144;

/** Headers that people print as name and value, with or without a colon between. */
const LOOSE_HEADER =
  /^\s{0,40}["']?(authorization|host|content-type|grant_type|retry-after)["']?\s{0,9}[:=]?\s{1,9}(\S.{0,4000})$/i;
const LOOSE_STATUS =
  /^\s{0,40}(?:(?:http|response|error|status)?[ _-]?(?:status|error|code)?[ _-]?(?:code)?\s{0,3}[:=]?\s{0,3})([1-5]\d\d)(?:\s{1,3}[A-Z][A-Za-z' -]{1,40}|\s{0,9}[.,:])?\s{0,9}$/i;

function isJson(text: string): boolean {
  try {
    return typeof (JSON.parse(text) as unknown) === 'object';
  } catch {
    return false;
  }
}

interface FoundJson {
  body: string;
  before: string;
  after: string;
}

/** The first JSON in the text: from a line that begins with it, or else from the first bracket to the last. */
function findJson(text: string): FoundJson | undefined {
  const opens = text.search(/[{[]\s{0,200}["{\]}]/);
  if (opens < 0) return undefined;
  const ends = [
    text.indexOf('\n\n', opens),
    text.indexOf('\n', opens),
    text.lastIndexOf('}') + 1,
    text.lastIndexOf(']') + 1,
    text.length,
  ];
  for (const end of ends.filter((candidate) => candidate > opens)) {
    const body = text.slice(opens, end).trim();
    if (isJson(body)) return { body, before: text.slice(0, opens), after: text.slice(end) };
  }
  // JSON that breaks off has to begin its line: brackets in prose are no JSON.
  const isOwnLine = /^\s{0,200}$/.test(text.slice(Math.max(0, text.lastIndexOf('\n', opens) + 1), opens));
  return isOwnLine && /^[{[]\s{0,200}["{]/.test(text.slice(opens))
    ? { body: text.slice(opens).trim(), before: text.slice(0, opens), after: '' }
    : undefined;
}

interface Loose {
  headers: Record<string, string>;
  status?: number;
  rest: string[];
}

/** What stands by itself on a line: a printed header, or a status such as "400 Bad Request". */
function readLoose(lines: readonly string[]): Loose {
  const loose: Loose = { headers: {}, rest: [] };
  for (const line of lines) {
    const header = LOOSE_HEADER.exec(line.slice(0, 5000));
    const status = LOOSE_STATUS.exec(line.slice(0, 200));
    if (header !== null && header[2] !== 'null') loose.headers[header[1]!.toLowerCase()] = header[2]!.trim();
    if (status !== null) loose.status = Number(status[1]);
    loose.rest.push(line);
  }
  return loose;
}

/** Nothing that says where a request went or what it carried is no request. */
function knownRequest(request: RequestFacts): RequestFacts | undefined {
  return request.url === undefined && Object.keys(request.headers).length === 0 && (request.body ?? '') === ''
    ? undefined
    : request;
}

function mergedRequest(...requests: (RequestFacts | undefined)[]): RequestFacts | undefined {
  const known = requests.filter((request) => request !== undefined);
  if (known.length === 0) return undefined;
  const defined = known.map((request) =>
    Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined)),
  );
  const headers = Object.assign({}, ...known.map((request) => request.headers).reverse()) as Record<
    string,
    string
  >;
  return knownRequest({ ...(Object.assign({}, ...defined.reverse()) as RequestFacts), headers });
}

/** A printed answer: its status from one place, its body from another. */
function looseAnswer(
  status: number | undefined,
  json: FoundJson | undefined,
  text: string,
): AnswerFacts | undefined {
  const html = /<(?:!doctype html|html)\b/i.exec(text);
  const body = json?.body ?? (html === null ? '' : text.slice(html.index));
  if (status === undefined && body === '') return undefined;
  return { ...(status === undefined ? {} : { status }), headers: {}, body };
}

/** The JSON at the head of a body, where what follows is what someone wrote below it. */
function withoutProse(answer: AnswerFacts): { answer: AnswerFacts; after: string } {
  const json = /^\s*[{[]/.test(answer.body) && !isJson(answer.body) ? findJson(answer.body) : undefined;
  return json === undefined || !isJson(json.body)
    ? { answer, after: '' }
    : { answer: { ...answer, body: json.body }, after: json.after };
}

function compact(facts: {
  request?: RequestFacts | undefined;
  answer?: AnswerFacts | undefined;
  text?: string | undefined;
}): DiagnosisFacts {
  return {
    ...(facts.request === undefined ? {} : { request: facts.request }),
    ...(facts.answer === undefined ? {} : { answer: facts.answer }),
    ...(facts.text === undefined || facts.text.trim() === '' ? {} : { text: facts.text.trim() }),
  };
}

/** A request that stands there as JSON: the inputs of a bearer token request. */
function isAnswerJson(body: string): boolean {
  return !/^\{[^]{0,2000}"(?:grantType|clientId)"\s{0,9}:/.test(body);
}

/**
 * Reads pasted text from the most exact form to the least: what one reader takes, the next does not see.
 * Never throws, whatever the text; takes time in proportion to its length.
 */
export function parsePasted(text: string): DiagnosisFacts {
  const source = text.slice(0, PASTED_CHARS_MAX).replaceAll('\r\n', '\n');
  const curl = parseCurl(source);
  const log = parseDebugLog(curl.rest.split('\n'));
  const apex = parseApex(log.rest.join('\n'));
  const lines = apex === undefined ? log.rest : log.rest.filter((line) => !isApexSourceLine(line));
  const http = parseHttp(lines);
  const cleaned = http.answer === undefined ? undefined : withoutProse(http.answer);
  const loose = readLoose([...log.printed, ...http.rest]);
  const remaining = [...loose.rest, cleaned?.after ?? ''].join('\n');
  const json = findJson(remaining);
  const printed: RequestFacts = {
    ...(log.method === undefined ? {} : { method: log.method }),
    ...(log.url === undefined ? {} : { url: log.url }),
    headers: loose.headers,
  };
  const answerJson = json !== undefined && isAnswerJson(json.body) ? json : undefined;
  const answer = cleaned?.answer ?? looseAnswer(log.status ?? loose.status, answerJson, remaining);
  const prose =
    answerJson === undefined || (answer !== undefined && cleaned !== undefined)
      ? remaining
      : `${answerJson.before}\n${answerJson.after}`;
  return compact({ request: mergedRequest(http.request, curl.request, apex, printed), answer, text: prose });
}

/** Several pastes about one exchange as one: the first request, the first answer, all of the text. */
export function mergedFacts(parts: readonly DiagnosisFacts[]): DiagnosisFacts {
  const texts = parts.map(({ text }) => text).filter((text) => text !== undefined);
  return compact({
    request: parts.find(({ request }) => request !== undefined)?.request,
    answer: parts.find(({ answer }) => answer !== undefined)?.answer,
    text: texts.join('\n'),
  });
}
