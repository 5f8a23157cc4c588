/** Reads a JSON body, also where it comes labelled as a form: Apex sends that label unless it is told otherwise. */
import express, { type Request, type RequestHandler } from 'express';
import { BridgeError } from '../errors.ts';
import { invalidRequest } from '../validation.ts';

const BODY_BYTES_MAX = 1024 * 1024;
const FORM_BYTES_MAX = 16 * 1024;

const FORM = 'application/x-www-form-urlencoded';

export type ReceivedBody =
  { kind: 'none' } | { kind: 'json'; value: unknown } | { kind: 'form'; value: URLSearchParams };

/** Bytes first: what they are is decided from label and content together. */
export function readBytesUpTo(bytesMax: number): RequestHandler {
  return express.raw({ type: () => true, limit: bytesMax });
}
export const readBytes = readBytesUpTo(BODY_BYTES_MAX);
export const readFormBytes = readBytesUpTo(FORM_BYTES_MAX);

function mediaTypeOf(request: Request): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

function textOf(request: Request): string {
  const bytes: unknown = request.body;
  if (!Buffer.isBuffer(bytes)) return '';
  try {
    return UTF_8.decode(bytes);
  } catch {
    throw new BridgeError('invalid_request', { detail: 'The request body is not UTF-8 text' });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BridgeError('invalid_request', {
      detail: 'The request body is not valid JSON',
      remedy: 'Send one JSON object; check for missing quotes, commas and braces at its end.',
      cause: error,
    });
  }
}

/** JSON labelled as a form arrives as it is, or, sent by a form library, as one encoded key. */
function jsonInForm(text: string): string | undefined {
  const trimmed = text.trimStart();
  if (trimmed.startsWith('{') || trimmed.startsWith('[')) return text;
  if (!/^%7b/i.test(trimmed)) return undefined;
  const [first] = new URLSearchParams(trimmed);
  return first?.[1] === '' ? first[0] : undefined;
}

/** @throws BridgeError `invalid_request` | `unsupported_media_type`. */
function receivedBody(request: Request): ReceivedBody {
  const text = textOf(request);
  const mediaType = mediaTypeOf(request);
  if (text.trim() === '') return { kind: 'none' };
  if (mediaType === '' || mediaType === 'application/json' || mediaType.endsWith('+json')) {
    return { kind: 'json', value: parseJson(text) };
  }
  if (mediaType !== FORM) {
    throw new BridgeError('unsupported_media_type', {
      detail: `The bridge does not read "${mediaType.slice(0, 100)}"`,
    });
  }
  const json = jsonInForm(text);
  return json === undefined
    ? { kind: 'form', value: new URLSearchParams(text) }
    : { kind: 'json', value: parseJson(json) };
}

/** The JSON value of the body; undefined where there is none. */
export function jsonBody(request: Request): unknown {
  const body = receivedBody(request);
  if (body.kind !== 'form') return body.kind === 'json' ? body.value : undefined;
  throw new BridgeError('unsupported_media_type', {
    detail: 'The request body is a form, and this path reads JSON',
    remedy:
      "Send JSON with \"Content-Type: application/json\"; in Apex: request.setHeader('Content-Type', 'application/json').",
  });
}

/** In one walk: a form of strangers may have thousands of names, and is read before anybody knows who sent it. */
function givenTwice(form: URLSearchParams): string | undefined {
  const seen = new Set<string>();
  for (const name of form.keys()) {
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}

/** The parameters of a form, or the members of JSON in its place. @throws BridgeError `invalid_request` where one is given twice (RFC 6749 §3.2). */
export function formBody(request: Request): unknown {
  const body = receivedBody(request);
  if (body.kind !== 'form') return body.kind === 'json' ? body.value : {};
  const twice = givenTwice(body.value);
  if (twice === undefined) return Object.fromEntries(body.value);
  throw invalidRequest([{ field: twice.slice(0, 64), detail: 'is given more than once' }]);
}
