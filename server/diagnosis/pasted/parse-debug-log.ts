/** Reads an Apex debug log: the callout, its answer, what was printed and the exception. Pure, line by line. */

export interface PastedDebugLog {
  method?: string;
  url?: string;
  status?: number;
  /** What System.debug printed, without the columns before it. */
  printed: string[];
  /** Lines that are no event of a log. */
  rest: string[];
}

const EVENT =
  /^(?:\d{1,2}:\d{2}:\d{2}[.\d]{0,10}(?:\s?\(\d{1,20}\))?\s?\|)?(USER_DEBUG|CALLOUT_REQUEST|CALLOUT_RESPONSE|EXCEPTION_THROWN|FATAL_ERROR|NAMED_CREDENTIAL_[A-Z_]{1,40})\|(.*)$/;
const NOISE = /^\d{1,2}:\d{2}:\d{2}[.\d]{0,10}\s?\(\d{1,20}\)\|[A-Z_]{3,60}(?:\||$)/;
const HTTP_REQUEST = /System\.HttpRequest\[Endpoint=([^\],]{0,4000}), Method=([A-Za-z]{0,10})\]/;
const HTTP_RESPONSE = /System\.HttpResponse\[Status=([^\],]{0,200}), StatusCode=(\d{3})\]/;

function messageOf(columns: string): string {
  return columns.replace(/^\[[\w ]{1,20}\]\|/, '').replace(/^[A-Z]{4,10}\|/, '');
}

function takeCallout(log: PastedDebugLog, line: string): boolean {
  const request = HTTP_REQUEST.exec(line);
  const response = HTTP_RESPONSE.exec(line);
  if (request !== null) {
    if (request[1]!.trim() !== '') log.url = request[1]!;
    log.method = request[2]!;
  }
  if (response !== null) log.status = Number(response[2]);
  return request !== null || response !== null;
}

export function parseDebugLog(lines: readonly string[]): PastedDebugLog {
  const log: PastedDebugLog = { printed: [], rest: [] };
  for (const line of lines) {
    const event = EVENT.exec(line.slice(0, 20_000));
    if (takeCallout(log, line.slice(0, 20_000))) continue;
    if (event !== null) log.printed.push(messageOf(event[2]!));
    else if (!NOISE.test(line)) log.rest.push(line);
  }
  return log;
}
