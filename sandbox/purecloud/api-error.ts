/** Error answers of PureCloud's API: its `ErrorBody`, with the texts that the API sends. */
import { randomUUID } from 'node:crypto';
import type { Response } from 'express';

export interface ApiErrorOptions {
  message?: string;
  messageParams?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
}

const MESSAGES: Readonly<Record<string, string>> = {
  'authentication.required': 'No authentication bearer token specified in authorization header.',
  'bad.credentials': 'Invalid login credentials.',
  'missing.any.permissions':
    'Unable to perform the requested action. You must have at least one of the following permissions assigned.',
  'not.found': 'The requested resource was not found.',
  'bad.request': 'The request could not be understood by the server due to malformed syntax.',
};

/** Clients match on `code`; the texts of the real API differ between its services. */
export function sendApiError(
  res: Response,
  status: number,
  code: string,
  options: ApiErrorOptions = {},
): void {
  res
    .status(status)
    .set(options.headers ?? {})
    .json({
      message: options.message ?? MESSAGES[code] ?? code,
      code,
      status,
      ...(options.messageParams && { messageParams: options.messageParams }),
      contextId: randomUUID(),
      details: [],
      errors: [],
    });
}
