/** One line per request: who asked for what, how it ended, how long it took. Never a query, a header or a body: they hold secrets. */
import type { RequestHandler, Response } from 'express';
import type { Log } from '../telemetry/log.ts';
import type { AuthenticatedCaller } from './route.ts';

/** Who counts requests; gets the path without its query, and must keep to what it knows of it. */
export type RequestObserver = (path: string, status: number, durationMs: number, response: Response) => void;

export function accessLog(
  log: Log,
  monotonicMs: () => number,
  observe: RequestObserver = () => undefined,
): RequestHandler {
  return (request, response, next) => {
    const startedAtMs = monotonicMs();
    response.once('close', () => {
      const caller = response.locals.caller as AuthenticatedCaller | undefined;
      const status = response.writableFinished ? response.statusCode : 499;
      const durationMs = monotonicMs() - startedAtMs;
      observe(request.path, status, durationMs, response);
      log.info(
        {
          method: request.method,
          path: request.path,
          status,
          durationMs: Math.round(durationMs),
          correlationId: String(response.locals.correlationId),
          ...(caller === undefined || caller.name === '' ? {} : { caller: caller.name }),
        },
        'request',
      );
    });
    next();
  };
}
