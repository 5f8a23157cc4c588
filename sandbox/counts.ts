/** What a sandbox saw, so that a test can say "asked once". */
import type { RequestHandler } from 'express';
import type { Request } from 'express';

export interface SandboxCounts {
  /** Requests to the token endpoint, those that met a fault included. */
  signIns: number;
  /** The most sign-ins that were under way at the same moment. */
  signInsAtOnceMax: number;
  tokensIssued: number;
  /** Every other request. */
  calls: number;
}

export function createCounts(): SandboxCounts {
  return { signIns: 0, signInsAtOnceMax: 0, tokensIssued: 0, calls: 0 };
}

/** Counts a request when it arrives, so a sign-in that is still waiting is counted too. */
export function countRequests(counts: SandboxCounts, isSignIn: (req: Request) => boolean): RequestHandler {
  let signInsNow = 0;
  return (req, res, next) => {
    if (!isSignIn(req)) {
      counts.calls += 1;
      next();
      return;
    }
    counts.signIns += 1;
    signInsNow += 1;
    counts.signInsAtOnceMax = Math.max(counts.signInsAtOnceMax, signInsNow);
    res.once('close', () => (signInsNow -= 1));
    next();
  };
}
