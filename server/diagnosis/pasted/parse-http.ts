/** Reads raw HTTP out of pasted text: request and answer, headers and body, also as curl -v and log output show them. Pure, one pass. */
import type { AnswerFacts, RequestFacts } from '../facts.ts';

export interface PastedHttp {
  request?: RequestFacts;
  answer?: AnswerFacts;
  /** Lines that belong to neither. */
  rest: string[];
}

const REQUEST_LINE = /^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (\S{1,8000})(?: HTTP\/[\d.]{1,3})?\s{0,9}$/;
const STATUS_LINE = /^HTTP\/[\d.]{1,3} (\d{3})(?: .{0,200})?$/;
const HEADER_LINE = /^([A-Za-z0-9_!#$%&'*+.^`|~-]{1,100}):[ \t]?(.*)$/;

interface Message {
  first: RegExpExecArray;
  kind: 'request' | 'answer';
  headers: Record<string, string>;
  body: string[] | undefined;
}

/** curl -v marks what was sent and received; what it says by itself stays as text. */
function withoutCurlMarks(line: string): string {
  return /^[<>](?: |$)/.test(line) ? line.slice(2) : line;
}

/** A request line without a version is only one when a URL or path stands in it: "GET well soon" is prose. */
function startOf(line: string): Pick<Message, 'first' | 'kind'> | undefined {
  const status = STATUS_LINE.exec(line);
  if (status !== null) return { first: status, kind: 'answer' };
  const request = REQUEST_LINE.exec(line);
  return request !== null && /^(?:\/|https?:|callout:)/.test(request[2]!)
    ? { first: request, kind: 'request' }
    : undefined;
}

/** The scheme is not on the wire; https is what every upstream here speaks. */
function urlOf(target: string, host: string | undefined): string | undefined {
  if (!target.startsWith('/')) return target;
  const authority = host?.trim().split(/[/\\]/, 1)[0] ?? '';
  return authority === '' ? undefined : `https://${authority}${target}`;
}

function requestOf({ first, headers, body }: Message): RequestFacts {
  const url = urlOf(first[2]!, headers.host);
  return {
    method: first[1]!,
    ...(url === undefined ? {} : { url }),
    headers,
    body: (body ?? []).join('\n').trim(),
  };
}

function answerOf({ first, headers, body }: Message): AnswerFacts {
  return { status: Number(first[1]), headers, body: (body ?? []).join('\n').trim() };
}

function takeHeader(message: Message, line: string): boolean {
  const header = HEADER_LINE.exec(line);
  if (header === null) return false;
  message.headers[header[1]!.toLowerCase()] = header[2]!;
  return true;
}

/** What stands in the lines of a message after its headers is its body, until the next message begins. */
function takeLine(message: Message, line: string): void {
  if (message.body !== undefined) message.body.push(line);
  else if (line.trim() === '') message.body = [];
  else if (!takeHeader(message, line)) message.body = [line];
}

/** Reads the first request and the last answer: a log shows the failure at its end. */
export function parseHttp(lines: readonly string[]): PastedHttp {
  const messages: Message[] = [];
  const rest: string[] = [];
  for (const raw of lines) {
    if (/^\* |^[{}] \[\d/.test(raw)) {
      rest.push(raw);
      continue;
    }
    const line = withoutCurlMarks(raw);
    const start = startOf(line.trim());
    const current = messages.at(-1);
    if (start !== undefined) messages.push({ ...start, headers: {}, body: undefined });
    else if (current === undefined) rest.push(raw);
    else takeLine(current, line);
  }
  const request = messages.find(({ kind }) => kind === 'request');
  const answer = messages.findLast(({ kind }) => kind === 'answer');
  return {
    ...(request === undefined ? {} : { request: requestOf(request) }),
    ...(answer === undefined ? {} : { answer: answerOf(answer) }),
    rest,
  };
}
