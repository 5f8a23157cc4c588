/** The line that every request leaves in the log: the same as `log.info` would write, put together by hand since there are so many. */
import type { GatheredLines } from './gathered-lines.ts';
import { isoTime } from './iso-time.ts';
import type { Log } from './log.ts';
import type { Redactor } from './redaction.ts';

export interface RequestLine {
  method: string;
  /** Without the query. */
  path: string;
  status: number;
  /** Whole milliseconds. */
  durationMs: number;
  correlationId: string;
  caller?: string;
  /** Of the error that it was answered with. */
  code?: string;
  /** Of the transport, where that was the cause. */
  fault?: string;
}

export type RequestLog = (line: RequestLine) => void;

const VALUE_BYTES_MAX = 16 * 1024;
const REMEMBERED_MAX = 1_000;
/** So that they take half a megabyte at most. */
const REMEMBERED_CHARS_MAX = 200;
/** No credential looks like this, so that nothing needs to be looked for: ids that the bridge makes. */
const HARMLESS = /^[0-9a-f-]{1,64}$/;

/** Text -> JSON of what may be shown of it. Paths and names come again and again. */
function createQuoting(redactor: Redactor): (text: string) => string {
  const remembered = new Map<string, string>();
  return (text) => {
    if (HARMLESS.test(text)) return `"${text}"`;
    const known = remembered.get(text);
    if (known !== undefined) return known;
    const quoted = JSON.stringify(redactor.truncated(text, VALUE_BYTES_MAX));
    if (text.length > REMEMBERED_CHARS_MAX) return quoted;
    if (remembered.size >= REMEMBERED_MAX) remembered.clear();
    remembered.set(text, quoted);
    return quoted;
  };
}

export interface RequestLogParts {
  log: Log;
  /** Where the log writes to. */
  lines: Pick<GatheredLines, 'gather'>;
  /** That of the log: every value that a caller chose passes it. */
  redactor: Redactor;
  /** Members of every line. */
  base: object;
}

export function createRequestLog({ log, lines, redactor, base }: RequestLogParts): RequestLog {
  const quoted = createQuoting(redactor);
  const rest = `,${JSON.stringify(base).slice(1, -1)}`;
  return ({ method, path, status, durationMs, correlationId, caller, code, fault }) => {
    if (!log.isLevelEnabled('info')) return;
    const who = caller === undefined ? '' : `,"caller":${quoted(caller)}`;
    // Both are the bridge's own words.
    const why =
      code === undefined ? '' : `,"code":"${code}"${fault === undefined ? '' : `,"fault":"${fault}"`}`;
    lines.gather(
      `{"level":"info","time":"${isoTime(Date.now())}"${rest},"method":"${method}","path":${quoted(path)},"status":${status},"durationMs":${durationMs},"correlationId":${quoted(correlationId)}${who}${why},"msg":"request"}\n`,
    );
  };
}
