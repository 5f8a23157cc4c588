/** Errors as the bridge answers them: RFC 9457's members and those that PureCloud's clients read, in one flat object. */
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { z } from 'zod';
import { passingFault } from '../database/passing-fault.ts';
import { BridgeError, ERROR_CATALOGUE, type ErrorCode, type FieldError } from '../errors.ts';
import type { Log } from '../telemetry/log.ts';
import { sendJson, setOwnHeaders, type BridgeResponse } from './bridge-response.ts';

export const problemSchema = z.object({
  type: z.string().describe('URN of the code.'),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(Object.keys(ERROR_CATALOGUE) as [ErrorCode, ...ErrorCode[]]),
  message: z.string().describe('The same as detail, under the name that PureCloud clients read.'),
  remedy: z.string().describe('What to do, in plain words.'),
  retryable: z.boolean(),
  retryAfterSeconds: z.int().optional(),
  correlationId: z.string(),
  contextId: z.string().describe('The same as correlationId, under the name that PureCloud clients read.'),
  exitPath: z.string().optional(),
  errors: z.array(z.object({ field: z.string(), detail: z.string() })).optional(),
});

export type Problem = z.infer<typeof problemSchema>;

/** A request with very many faults, or with faults as long as itself, is not answered with all of them. */
const FIELD_ERRORS_MAX = 50;
const FIELD_CHARS_MAX = 200;
const DETAIL_CHARS_MAX = 1000;

function shortened(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${text.slice(0, charsMax).toWellFormed()}…`;
}

function shortenedErrors(errors: readonly FieldError[]): FieldError[] {
  return errors.slice(0, FIELD_ERRORS_MAX).map(({ field, detail }) => ({
    field: shortened(field, FIELD_CHARS_MAX),
    detail: shortened(detail, DETAIL_CHARS_MAX),
  }));
}

export function toProblem(error: BridgeError, correlationId: string): Problem {
  const { entry, options } = error;
  const detail = shortened(error.message, DETAIL_CHARS_MAX);
  return {
    type: `urn:purecloud-bridge:error:${error.code}`,
    title: entry.title,
    status: entry.status,
    detail,
    code: error.code,
    message: detail,
    remedy: options.remedy ?? entry.remedy,
    retryable: options.retryable ?? entry.retryable,
    ...(options.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: options.retryAfterSeconds }),
    correlationId,
    contextId: correlationId,
    ...(options.exitPath === undefined ? {} : { exitPath: options.exitPath }),
    ...(options.errors === undefined ? {} : { errors: shortenedErrors(options.errors) }),
  };
}

/** JSON whatever `Accept` says: Apex asks for HTML by default and can read none of it. */
function sendProblem(response: BridgeResponse, error: BridgeError): void {
  setOwnHeaders(response);
  const { dialect, correlationId = '' } = response.locals;
  const { retryAfterSeconds } = error.options;
  if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(retryAfterSeconds));
  if (dialect !== undefined) {
    for (const [name, value] of Object.entries(dialect.headers)) response.setHeader(name, value);
  } else if (error.code === 'caller_unauthenticated')
    response.setHeader('WWW-Authenticate', 'Bearer realm="PureCloud Bridge"');
  response.setHeader('Cache-Control', 'no-store');
  response.statusMessage = ''; // a head that could not be written leaves its own behind
  const problem = { ...toProblem(error, correlationId), ...dialect?.members };
  sendJson(response, error.entry.status, JSON.stringify(problem));
}

interface HttpErrorLike {
  status?: unknown;
  type?: unknown;
  /** Bytes. */
  limit?: unknown;
}

function sizeText(bytes: unknown): string {
  const kibibytes = Number(bytes) / 1024;
  return kibibytes >= 1024 ? `${kibibytes / 1024} MiB` : `${kibibytes} KiB`;
}

/** Errors of Express and its body readers carry a status and a type, those of the database a code; all else is a mistake of ours. */
export function toBridgeError(error: unknown): BridgeError {
  if (error instanceof BridgeError) return error;
  const { status, type, limit } = (typeof error === 'object' && error !== null ? error : {}) as HttpErrorLike;
  if (type === 'entity.too.large') {
    return new BridgeError('body_too_large', {
      detail: `The request body is larger than ${sizeText(limit)}`,
      cause: error,
    });
  }
  if (status === 415) return new BridgeError('unsupported_media_type', { cause: error });
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new BridgeError('invalid_request', { detail: 'The request could not be read', cause: error });
  }
  return passingFault(error) ?? new BridgeError('internal_error', { cause: error });
}

export const notFound: RequestHandler = (request) => {
  throw new BridgeError('not_found', {
    detail: `There is nothing at ${request.method} ${request.path.slice(0, 200)}`,
  });
};

/** By its name: that of Node's timers is no DOMException. */
function isAbort(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'AbortError';
}

/** Whatever was thrown becomes a problem, and what nobody foresaw goes to the log. */
export function answerError(error: unknown, response: BridgeResponse, log: Log): void {
  if (response.closed && isAbort(error)) return; // there is nobody to answer, and nothing went wrong
  const bridgeError = toBridgeError(error);
  response.locals.failure = bridgeError;
  if (bridgeError.code === 'internal_error') {
    const { correlationId } = response.locals;
    log.error({ err: bridgeError, correlationId: String(correlationId) }, 'unforeseen error');
  }
  if (response.headersSent) {
    // Half an answer must not look whole; and Express would print the error as it is.
    response.destroy();
    return;
  }
  try {
    sendProblem(response, bridgeError);
  } catch (fault) {
    // Beyond here there is nobody to catch it, and the process would end with all other requests.
    log.error({ err: fault }, 'an error could not be answered');
    response.destroy();
  }
}

/** The last handler of Express. */
export function problemHandler(log: Log): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => answerError(error, response, log);
}
