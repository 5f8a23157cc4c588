/** One line per request: who asked for what, how it ended, how long it took. Never a query, a header or a body: they hold secrets. */
import type { RequestHandler } from 'express';
import type { Log } from '../telemetry/log.ts';
import type { AuthenticatedCaller } from './route.ts';

export function accessLog(log: Log, monotonicMs: () => number): RequestHandler {
  return (request, response, next) => {
    const startedAtMs = monotonicMs();
    response.once('close', () => {
      const caller = response.locals.caller as AuthenticatedCaller | undefined;
      log.info(
        {
          method: request.method,
          path: request.path,
          status: response.writableFinished ? response.statusCode : 499,
          durationMs: Math.round(monotonicMs() - startedAtMs),
          correlationId: String(response.locals.correlationId),
          ...(caller === undefined || caller.name === '' ? {} : { caller: caller.name }),
        },
        'request',
      );
    });
    next();
  };
}
