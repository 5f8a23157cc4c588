/** The one way from a command to a running bridge: HTTP with a key, and every failure an error that says what to do. */
import { request } from 'undici';
import { z } from 'zod';
import { linesOf } from '../database/backup/lines-of.ts';
import { BridgeError, ERROR_CATALOGUE, type ErrorCode } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { CommandError } from './command-error.ts';
import { EXIT_CODE } from './exit-code.ts';
import { printable } from './table.ts';
import { remedyAtTerminal } from './terminal-remedy.ts';

// The longest that the bridge itself takes for an answer is 120 s.
const ANSWER_TIMEOUT_MS = 130_000;
/** TLS is spoken to what speaks none. */
const PLAIN_CODES = /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$/;
/** Something listens and ends the line, as TLS does with what is none. */
const CLOSED_CODES: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'HPE_INVALID_CONSTANT']);
const CA_CODES = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ALTNAME/;

export interface BridgeApiOptions {
  /** Base address: `http://127.0.0.1:8080`. */
  url: string;
  key?: Secret;
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface BridgeApi {
  readonly url: string;
  /**
   * @param schema What the answer must be; an answer without content is `undefined`.
   * @throws BridgeError as the bridge answered it; CommandError where there is no bridge.
   */
  ask<Answer>(method: Method, path: string, schema: z.ZodType<Answer>, body?: unknown): Promise<Answer>;
  /** An answer that is CSV, line by line as it comes, whatever its size. A line keeps its carriage return. */
  lines(path: string, each: (line: string) => void): Promise<void>;
}

export const noContent = z.undefined();

/** `name` in a path; what it may hold is for the bridge to say. */
export function pathTo(...segments: readonly string[]): string {
  return `/v1/${segments.map(encodeURIComponent).join('/')}`;
}

/** It quotes what others wrote. */
const words = z.string().transform(printable);

const problemSchema = z.object({
  title: words,
  detail: words,
  code: z.string(),
  remedy: words,
  retryAfterSeconds: z.number().optional(),
  correlationId: words.optional(),
  errors: z.array(z.object({ field: words, detail: words })).optional(),
});

function remedyOfLine(url: string, code: string): string {
  if (CA_CODES.test(code)) return 'name the certificate authority of the bridge in NODE_EXTRA_CA_CERTS=FILE';
  if (url.startsWith('https:') && PLAIN_CODES.test(code))
    return 'write http:// in the address: what answers there speaks no TLS';
  if (url.startsWith('http:') && CLOSED_CODES.has(code))
    return 'write https:// in the address, if the bridge has BRIDGE_TLS_CERT; else look into the log of what listens there';
  return 'start it with "pcbridge serve", or say where it is with --url or PCBRIDGE_URL';
}

function unreachable(url: string, cause: unknown): CommandError {
  const code = String((cause as NodeJS.ErrnoException).code ?? 'no answer');
  return new CommandError(`No bridge answers at ${url} (${code})`, {
    exitCode: EXIT_CODE.upstreamUnreachable,
    remedy: remedyOfLine(url, code),
    cause,
  });
}

function noBridge(url: string, status: number): CommandError {
  return new CommandError(`${url} answers with HTTP ${status}, and not as this version of the bridge does`, {
    exitCode: EXIT_CODE.upstreamUnreachable,
    remedy: 'check --url or PCBRIDGE_URL, and that pcbridge and the bridge are of the same version',
  });
}

function isErrorCode(code: string): code is ErrorCode {
  return code in ERROR_CATALOGUE;
}

const KIND_OF_PATH: Readonly<Record<string, string>> = {
  connections: 'connection',
  callers: 'caller',
  syncs: 'sync',
  runs: 'run',
};

/** A name that is not there, with the command that lists those that are. Undefined: the path names nothing of the kind. */
function missingName(path: string): { detail: string; remedy: string } | undefined {
  const [, section = '', name] = /^\/v1\/(\w+)\/([^/?]+)/.exec(path) ?? [];
  const kind = KIND_OF_PATH[section];
  if (kind === undefined || name === undefined) return undefined;
  const detail = `There is no ${kind} "${printable(decodeURIComponent(name))}"`;
  return { detail, remedy: `pcbridge ${kind} list` };
}

/** The problem of the bridge as the error it was there, so that exit codes and words are the same on both sides. */
function errorOf(url: string, path: string, status: number, answer: unknown): Error {
  const parsed = problemSchema.safeParse(answer);
  if (!parsed.success) return noBridge(url, status);
  const { code, title, detail, remedy, errors, retryAfterSeconds, correlationId } = parsed.data;
  if (!isErrorCode(code) || code === 'internal_error') {
    // With a remedy of its own it is no mistake of the bridge: a stored secret that no key of it opens.
    const isForeseen = isErrorCode(code) && remedy !== ERROR_CATALOGUE.internal_error.remedy;
    return new CommandError(isForeseen ? detail : `${title}: ${detail}`, {
      exitCode: isForeseen ? EXIT_CODE.usage : EXIT_CODE.unexpected,
      lines: correlationId === undefined ? [] : [`  Correlation id ${correlationId}`],
      remedy,
    });
  }
  const missing = code === 'not_found' ? missingName(path) : undefined;
  return new BridgeError(code, {
    detail: missing !== undefined && detail === title ? missing.detail : detail,
    remedy: missing?.remedy ?? remedyAtTerminal(code, remedy, retryAfterSeconds),
    ...(errors === undefined ? {} : { errors }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function createBridgeApi({ url, key }: BridgeApiOptions): BridgeApi {
  const base = url.replace(/\/+$/, '');

  const call = (method: Method, path: string, body?: unknown) =>
    request(`${base}${path}`, {
      method,
      headersTimeout: ANSWER_TIMEOUT_MS,
      bodyTimeout: ANSWER_TIMEOUT_MS,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key.reveal()}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  async function send(
    method: Method,
    path: string,
    body: unknown,
  ): Promise<{ status: number; text: string }> {
    try {
      const answer = await call(method, path, body);
      return { status: answer.statusCode, text: await answer.body.text() };
    } catch (error) {
      throw unreachable(base, error);
    }
  }

  return {
    url: base,
    async ask(method, path, schema, body) {
      const { status, text } = await send(method, path, body);
      const answer = parseJson(text);
      if (status < 200 || status > 299) throw errorOf(base, path, status, answer);
      const parsed = schema.safeParse(answer);
      if (!parsed.success) throw noBridge(base, status);
      return parsed.data;
    },
    async lines(path, each) {
      const answer = await call('GET', path).catch((error: unknown) => {
        throw unreachable(base, error);
      });
      if (answer.statusCode !== 200)
        throw errorOf(base, path, answer.statusCode, parseJson(await answer.body.text()));
      if (!/^text\/csv\b/i.test(String(answer.headers['content-type']))) {
        await answer.body.dump();
        throw noBridge(base, answer.statusCode);
      }
      try {
        for await (const line of linesOf(answer.body.setEncoding('utf8') as AsyncIterable<string>))
          each(line);
      } catch (error) {
        throw unreachable(base, error);
      }
    },
  };
}
