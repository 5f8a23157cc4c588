/** The body of a token request, as both vendors read it. */
import express from 'express';
import type { Request } from 'express';

const BODY_LIMIT = '64kb';

/** Reads any body as text: what is not a form must reach the endpoint, which has an answer for it. */
export const readBodyAsText = express.text({ type: () => true, limit: BODY_LIMIT });

/** The fields of a form-encoded body; undefined where the request says that its body is something else. */
export function formOf(req: Request): URLSearchParams | undefined {
  if (req.is('application/x-www-form-urlencoded') === false) return undefined;
  return new URLSearchParams(typeof req.body === 'string' ? req.body : '');
}
