/** The catalogue of everything the bridge can answer with instead of a result, and the one error class that carries it. */

export interface CatalogueEntry {
  status: number;
  title: string;
  remedy: string;
  retryable: boolean;
}

/** Code -> status, title, remedy. The HTTP answer, the CLI text, the OpenAPI document and the docs all follow from this table. */
export const ERROR_CATALOGUE = {
  invalid_request: {
    status: 400,
    title: 'The request is not valid',
    remedy: 'Correct the fields listed under errors and send the request again.',
    retryable: false,
  },
  caller_unauthenticated: {
    status: 401,
    title: 'The bridge does not know this caller',
    remedy:
      'Send a valid API key of the bridge as "Authorization: Bearer KEY". In Salesforce, update the principal of the External Credential: its key may be missing, expired or rotated.',
    retryable: false,
  },
  caller_forbidden: {
    status: 403,
    title: 'This caller may not do that',
    remedy: 'Ask an administrator of the bridge to give this caller the permission named in detail.',
    retryable: false,
  },
  egress_denied: {
    status: 403,
    title: 'The bridge may not call that address',
    remedy:
      'Add the host to BRIDGE_EGRESS_ALLOW if it is right. A host on a private or loopback address also needs BRIDGE_EGRESS_ALLOW_PRIVATE=true. Nothing was sent.',
    retryable: false,
  },
  not_found: {
    status: 404,
    title: 'There is nothing here',
    remedy: 'Check the path and the name. GET /openapi.json lists every path of the bridge.',
    retryable: false,
  },
  conflict: {
    status: 409,
    title: 'That does not fit the present state',
    remedy: 'Read the resource again and decide on what it says now.',
    retryable: false,
  },
  body_too_large: {
    status: 413,
    title: 'The request body is too large',
    remedy: 'Send a smaller body; detail names the limit.',
    retryable: false,
  },
  unsupported_media_type: {
    status: 415,
    title: 'The request body is in a format the bridge does not read',
    remedy: 'Send JSON with "Content-Type: application/json".',
    retryable: false,
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    remedy: 'Wait for the number of seconds in Retry-After, then send the request again.',
    retryable: true,
  },
  internal_error: {
    status: 500,
    title: 'The bridge made a mistake',
    remedy: 'Look for the correlation id in the log of the bridge and report it with what you find there.',
    retryable: false,
  },
  unknown_host: {
    status: 502,
    title: 'The name of the upstream does not resolve',
    remedy: 'Check the host name and, for PureCloud, the region of the connection.',
    retryable: true,
  },
  connection_failure: {
    status: 502,
    title: 'No connection to the upstream',
    remedy: 'Check that the host and port can be reached from the bridge, and its certificate.',
    retryable: true,
  },
  upstream_failure: {
    status: 502,
    title: 'The upstream gave no usable answer',
    remedy: 'Read the diagnosis in detail; GET /v1/activity has the answer, redacted.',
    retryable: true,
  },
  upstream_auth_failed: {
    status: 502,
    title: 'The upstream refused the token of the connection',
    remedy: 'Test the connection: its client may have been disabled or its permissions taken away.',
    retryable: false,
  },
  credential_rejected: {
    status: 502,
    title: 'The upstream refused the credential of the connection',
    remedy:
      'Correct the credential of the connection, or reset it when the cause is gone. The bridge does not try again by itself, so that no user is locked out.',
    retryable: false,
  },
  unavailable: {
    status: 503,
    title: 'The bridge cannot answer now',
    remedy: 'Try again after the number of seconds in Retry-After.',
    retryable: true,
  },
  upstream_timeout: {
    status: 504,
    title: 'The upstream did not answer in time',
    remedy: 'Try again, or allow more time with X-Bridge-Timeout-Seconds.',
    retryable: true,
  },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

export interface FieldError {
  /** Name of the member of the request, dotted and indexed where nested: `columns[2].field`. */
  field: string;
  detail: string;
}

export interface BridgeErrorOptions {
  /** What happened in this case, in one plain sentence. Public: no upstream body, no secret. */
  detail?: string;
  /** Replaces the catalogue's remedy where this case has a better one. */
  remedy?: string;
  errors?: readonly FieldError[];
  retryAfterSeconds?: number;
  /** Where this case can be repeated unchanged and the code in general cannot, or the other way round. */
  retryable?: boolean;
  exitPath?: string;
  /** What is known beyond the code, for logs and diagnosis. Not sent. */
  details?: Readonly<Record<string, unknown>>;
  cause?: unknown;
}

/**
 * Ends the request or job it is thrown from. Status, title, remedy and retryable come from the catalogue, so they cannot drift.
 * Match on `code`, never on the message.
 */
export class BridgeError extends Error {
  readonly code: ErrorCode;
  readonly options: BridgeErrorOptions;

  constructor(code: ErrorCode, options: BridgeErrorOptions = {}) {
    super(
      options.detail ?? ERROR_CATALOGUE[code].title,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = 'BridgeError';
    this.code = code;
    this.options = options;
  }

  get entry(): CatalogueEntry {
    return ERROR_CATALOGUE[this.code];
  }
}
