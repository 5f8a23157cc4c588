/** The log of the process: JSON, one line an event, without secrets. What a line may hold is decided here and nowhere else. */
import pino from 'pino';
import { MASK, Secret } from '../secret.ts';
import { gatherLines } from './gathered-lines.ts';
import { createRedactor, type Redactor } from './redaction.ts';
import { createRequestLog, type RequestLog } from './request-log.ts';

export type Log = pino.Logger;
export type LogLevel = pino.LevelWithSilent;

export const LOG_LEVELS = [
  'fatal',
  'error',
  'warn',
  'info',
  'debug',
  'trace',
  'silent',
] as const satisfies readonly LogLevel[];

export interface LogOptions {
  level: LogLevel;
  /** Where lines go; default: stdout, where `pcbridge` prints data, so commands pass stderr. */
  destination?: pino.DestinationStream;
  /** Knows the secrets that were planted; default: one that knows credentials by their look alone. */
  redactor?: Redactor;
}

/** Names whose value is never of use in a log, at any depth and whatever it is. */
const SECRET_NAME =
  /^(?:.*(?:secret|password|passphrase|authorization|cookie|credential|privatekey|apikey|assertion)|(?:.*(?:access|refresh|id|bearer|security|session))?token|adminkey|key)$/;
const CAUSES_MAX = 8;
const DEPTH_MAX = 5;
const MEMBERS_MAX = 100;
const STRING_BYTES_MAX = 16 * 1024;

/** What waits while nothing can be written; what comes on top of it is lost. Far above what is gathered in one turn, which is one piece. */
const UNWRITTEN_CHARS_MAX = 16 * 1024 * 1024;

/** A log that cannot be written, since its disk is full or its reader has gone, is no reason to end the service. */
function standardOutput(): pino.DestinationStream {
  const output = pino.destination({ dest: 1, sync: true, maxLength: UNWRITTEN_CHARS_MAX });
  output.on('error', () => undefined);
  return output;
}

/**
 * Makes the log. Every value is rebuilt from what is known to be harmless before it is written: of an error its name, code, message,
 * stack and causes, because errors of HTTP clients carry whole requests in their other members; of objects the plain ones; strings
 * redacted; members with the name of a secret masked. The finished line is redacted once more, for bindings and what a serializer let by.
 * Correlation: `log.child({ correlationId })`.
 */
export function createLog(options: LogOptions): Log {
  return createLogs(options).log;
}

/** The log, and the quick way into it for the line of each request. */
export function createLogs({
  level,
  destination = standardOutput(),
  redactor = createRedactor([]),
}: LogOptions): { log: Log; requestLog: RequestLog } {
  const base = { service: 'purecloud-bridge', pid: process.pid };
  const options: pino.LoggerOptions = {
    level,
    base,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ['req.headers', 'request.headers', 'res.headers', 'response.headers', 'config'],
      censor: MASK,
    },
    serializers: { err: (value: unknown) => value },
    formatters: {
      level: (label) => ({ level: label }),
      bindings: (bindings) => safeMembers(bindings, redactor, 0),
      log: (members) => safeMembers(members, redactor, 0),
    },
    hooks: {
      logMethod(args, method) {
        const safe = args.map((arg, index) => safeArgument(arg, index, redactor));
        const [only] = args as unknown[];
        if (args.length === 1 && only instanceof Error) safe.push(redactor.text(only.message));
        method.apply(this, safe as typeof args);
      },
      streamWrite: (line) => safeLine(line, redactor),
    },
  };
  const lines = gatherLines(destination);
  const log = pino(options, lines);
  return { log, requestLog: createRequestLog({ log, lines, redactor, base }) };
}

/** An object in front is left to the formatters, where an error is the member `err`, as pino has it. */
function safeArgument(arg: unknown, index: number, redactor: Redactor): unknown {
  if (index > 0 || typeof arg !== 'object' || arg === null) return safeValue(arg, redactor, 0);
  if (arg instanceof Error) return { err: arg };
  return isPlain(arg) ? arg : { value: safeValue(arg, redactor, 0) };
}

function safeMembers(members: object, redactor: Redactor, depth: number): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(members).slice(0, MEMBERS_MAX)) {
    if (value === undefined) continue;
    const masked = SECRET_NAME.test(name.toLowerCase().replace(/[-_.]/g, '')) && typeof value !== 'boolean';
    safe[name] = masked ? MASK : safeValue(value, redactor, depth + 1);
  }
  return safe;
}

function safeValue(value: unknown, redactor: Redactor, depth: number): unknown {
  if (typeof value === 'string') return redactor.truncated(value, STRING_BYTES_MAX);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'symbol' || typeof value === 'function') return `[${typeof value}]`;
  if (typeof value !== 'object' || value === null) return value;
  return safeObject(value, redactor, depth);
}

function safeObject(value: object, redactor: Redactor, depth: number): unknown {
  if (value instanceof Secret) return MASK;
  if (value instanceof Error) return safeError(value, redactor);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof URL) return redactor.text(value.origin + value.pathname);
  if (depth >= DEPTH_MAX) return '[deeper]';
  if (Array.isArray(value))
    return value.slice(0, MEMBERS_MAX).map((item) => safeValue(item, redactor, depth + 1));
  return isPlain(value) ? safeMembers(value, redactor, depth) : `[${value.constructor?.name ?? 'object'}]`;
}

/** Sockets, requests, responses, buffers and streams are not: what they hold is anyone's guess. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

export interface SafeError {
  name: string;
  code?: string;
  message: string;
  stack?: string;
  cause?: SafeError;
}

/** Name, code, message, stack and causes, each redacted; nothing else of the error, whatever it carries. */
function safeError(error: Error, redactor: Redactor, causesLeft = CAUSES_MAX): SafeError {
  const { code, fault } = error as { code?: unknown; fault?: unknown };
  const known = typeof code === 'string' || typeof code === 'number' ? code : fault;
  const { cause } = error;
  const causeError =
    cause === undefined || causesLeft === 0 ? undefined : cause instanceof Error ? cause : new Thrown(cause);
  return {
    name: redactor.text(error.name),
    ...(typeof known === 'string' || typeof known === 'number' ? { code: redactor.text(String(known)) } : {}),
    message: redactor.truncated(error.message, STRING_BYTES_MAX),
    ...(error.stack === undefined ? {} : { stack: redactor.truncated(error.stack, STRING_BYTES_MAX) }),
    ...(causeError === undefined ? {} : { cause: safeError(causeError, redactor, causesLeft - 1) }),
  };
}

/** Stands in for what was thrown though it is no error: its type is told, its content only where it is a string. */
class Thrown extends Error {
  constructor(value: unknown) {
    super(typeof value === 'string' ? value : `a value of type ${typeof value}`);
    this.name = 'Thrown';
    delete this.stack;
  }
}

/** A mask that cut into the JSON would make the line unreadable for whoever collects it; then the line is withheld, and says so. */
function safeLine(line: string, redactor: Redactor): string {
  const redacted = redactor.text(line);
  if (redacted === line) return line;
  try {
    JSON.parse(redacted);
    return redacted.endsWith('\n') ? redacted : `${redacted}\n`;
  } catch {
    const time = new Date().toISOString();
    return `${JSON.stringify({ level: 'warn', time, msg: 'a line was withheld: it held a secret across its members' })}\n`;
  }
}
