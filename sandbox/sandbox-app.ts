/** The frame both sandboxes share: admin API, counting and faults in front of what the vendor answers. */
import express from 'express';
import type { ErrorRequestHandler, Express, Request, RequestHandler } from 'express';
import { createAdminRouter } from './admin-router.ts';
import { countRequests } from './counts.ts';
import type { SandboxCounts } from './counts.ts';
import { createFaultMiddleware } from './fault-middleware.ts';
import type { Faults } from './faults.ts';
import { createSwitches, type SandboxSwitch } from './switches.ts';

export interface SandboxAppOptions {
  faults: Faults;
  counts: SandboxCounts;
  now: () => number;
  signInPath: string;
  /** Sets what the vendor puts on every answer, broken ones included. */
  beforeFaults: RequestHandler;
  describe: () => Readonly<Record<string, unknown>>;
  switches?: readonly SandboxSwitch[] | undefined;
  mount: (app: Express) => void;
}

export function createSandboxApp(options: SandboxAppOptions): Express {
  const { faults, counts, now, signInPath, beforeFaults, describe, mount } = options;
  const switches = createSwitches(options.switches ?? []);
  const isSignIn = (req: Request) => req.path === signInPath;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use('/_sandbox', createAdminRouter({ faults, switches, describe }));
  app.use(countRequests(counts, isSignIn));
  app.use(beforeFaults);
  app.use(createFaultMiddleware({ faults, now, targetOf: (req) => (isSignIn(req) ? 'signIn' : 'api') }));
  mount(app);
  app.use(answerJson);
  return app;
}

/** Express would answer HTML with a stack; neither vendor does. */
const answerJson: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  if (res.headersSent) {
    next(error);
    return;
  }
  const status = statusOf(error);
  res.status(status).json({ status, message: error instanceof Error ? error.message : 'unexpected error' });
};

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' ? status : 500;
}
