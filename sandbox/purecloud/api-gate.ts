/** What stands before every PureCloud API resource: token, rate limit, permission. */
import type { RequestHandler, Response } from 'express';
import { sendApiError } from './api-error.ts';
import type { PureCloudState, PureCloudToken } from './purecloud-state.ts';

const RATE_WINDOW_MS = 60_000;

export type RequirePermission = (permission: string) => RequestHandler;

/** Lets a request with a usable token pass and remembers the token for `tokenOf`. */
export function requireToken(state: PureCloudState): RequestHandler {
  return (req, res, next) => {
    const value = /^bearer +(\S+)$/i.exec(req.headers.authorization ?? '')?.[1];
    const token = value === undefined ? undefined : state.findToken(value);
    if (value === undefined) sendApiError(res, 401, 'authentication.required');
    else if (!token) sendApiError(res, 401, 'bad.credentials');
    else {
      res.locals.token = token;
      next();
    }
  };
}

export function tokenOf(res: Response): PureCloudToken {
  return res.locals.token as PureCloudToken;
}

/** A client without any role gets a token and then this, on every resource. */
export const requireAnyPermission: RequestHandler = (_req, res, next) => {
  if (tokenOf(res).client.permissions.length > 0) next();
  else sendApiError(res, 403, 'missing.any.permissions');
};

export const requirePermission: RequirePermission = (permission) => (_req, res, next) => {
  const { permissions } = tokenOf(res).client;
  if (permissions.includes('*') || permissions.includes(permission)) {
    next();
    return;
  }
  sendApiError(res, 403, 'missing.permissions', {
    message: `Unable to perform the requested action. You are missing the following permission(s): ${permission}`,
    messageParams: { permissions: permission },
  });
};

/** Requests per minute and token, counted in fixed windows as the `inin-ratelimit-*` headers tell it. */
export function limitRate(requestsPerMinute: number, now: () => number): RequestHandler {
  const windows = new WeakMap<PureCloudToken, { startedAtMs: number; count: number }>();
  return (_req, res, next) => {
    const token = tokenOf(res);
    let window = windows.get(token);
    if (!window || now() - window.startedAtMs >= RATE_WINDOW_MS) window = { startedAtMs: now(), count: 0 };
    windows.set(token, window);
    window.count += 1;
    const resetSeconds = Math.max(1, Math.ceil((window.startedAtMs + RATE_WINDOW_MS - now()) / 1000));
    res.set({
      'inin-ratelimit-count': String(window.count),
      'inin-ratelimit-allowed': String(requestsPerMinute),
      'inin-ratelimit-reset': String(resetSeconds),
    });
    if (window.count <= requestsPerMinute) next();
    else sendRateLimited(res, resetSeconds);
  };
}

function sendRateLimited(res: Response, resetSeconds: number): void {
  sendApiError(res, 429, 'too.many.requests', {
    message: `Rate limit exceeded the maximum. Retry the request in [${resetSeconds}] seconds`,
    headers: { 'Retry-After': String(resetSeconds) },
  });
}
