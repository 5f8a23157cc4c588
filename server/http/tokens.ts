/** GET /v1/connections/{name}/token and its rejection: the hand-out of a connection's token. */
import { z } from 'zod';
import { BridgeError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { parseInput } from '../validation.ts';
import { WAIT_MS_DEFAULT, type TokenBroker, type TokenRequest } from '../tokens/token-broker.ts';
import type { TokenHandout } from '../tokens/held-token.ts';
import type { ConnectionStore } from '../connections/connection-store.ts';
import { JsonText } from './bridge-response.ts';
import { noConnection } from './connections.ts';
import type { PlainContext, PlainRoute, Route } from './route.ts';
import { BRIDGE_TIMEOUT_HEADER, bridgeTimeoutMs, leftAfterSignIn } from '../bridge-timeout.ts';

const TAG = 'Tokens';
const MINIMUM_LIFETIME_SECONDS_MAX = 172_800;

const querySchema = z.strictObject({
  minimumLifetimeSeconds: z
    .string()
    .regex(/^\d{1,15}$/, { error: 'must be a whole number of seconds', abort: true })
    .refine((text) => Number(text) <= MINIMUM_LIFETIME_SECONDS_MAX, 'must be at most 172,800 seconds (48 h)')
    .optional()
    .describe('How long the caller will use the token, in seconds; default 0.'),
});

const tokenSchema = z.object({
  accessToken: z.string(),
  tokenType: z.string(),
  expiresAt: z.string().describe('ISO 8601, UTC.'),
  expiresInSeconds: z.int(),
  instanceUrl: z.string().optional(),
  generation: z.int().describe('Number of this token; name it when you reject it.'),
  source: z.enum(['cache', 'upstream']),
});

const rejectSchema = z.strictObject({
  generation: z
    .int('must be a whole number')
    .min(0, 'must be 0 or more')
    .describe('Generation of the token that got a 401.'),
});

const rejectAnswerSchema = z.object({
  invalidated: z
    .boolean()
    .describe('False: that token was not the present one any more, or is too new to be given up.'),
  retryAfterSeconds: z.int().optional(),
});

export interface TokenRouteParts {
  broker: TokenBroker;
  connections: ConnectionStore;
}

interface KnownAnswer {
  expiresInSeconds: number;
  expiresAt: string;
  source: TokenHandout['source'];
  json: JsonText;
}

/** By token, and so for no longer than that. Its answer changes once a second. */
const knownAnswers = new WeakMap<Secret, KnownAnswer>();

function toAnswer(token: TokenHandout): JsonText {
  const { accessToken, expiresInSeconds, expiresAt, source } = token;
  const known = knownAnswers.get(accessToken);
  if (
    known?.expiresInSeconds === expiresInSeconds &&
    known.expiresAt === expiresAt &&
    known.source === source
  )
    return known.json;
  const { credentialVersion: _own, ...shown } = token;
  const json = new JsonText(JSON.stringify({ ...shown, accessToken: accessToken.reveal() }));
  knownAnswers.set(accessToken, { expiresInSeconds, expiresAt, source, json });
  return json;
}

/** @throws BridgeError `not_found` | `caller_forbidden`: handing out is switched off, and the proxy is the way. */
function handoutAllowed(connections: ConnectionStore, name: string): void {
  const connection = connections.find(name);
  if (connection === undefined) throw noConnection(name);
  if (connection.allowTokenHandout) return;
  throw new BridgeError('caller_forbidden', {
    detail: `The connection "${name}" hands out no tokens`,
    remedy: `Call through /proxy/${name}/…, or set allowTokenHandout on the connection.`,
  });
}

export function tokenRequestOf(
  { request, response, leaving }: Pick<PlainContext, 'request' | 'response' | 'leaving'>,
  minimumLifetimeSeconds: number,
): TokenRequest {
  const wanted = bridgeTimeoutMs(request.headersDistinct[BRIDGE_TIMEOUT_HEADER] ?? []) ?? WAIT_MS_DEFAULT;
  const waitMs = leftAfterSignIn(wanted, response.locals.signInMs);
  return { minimumLifetimeSeconds, signal: leaving, waitMs };
}

function minimumLifetimeOf(query: PlainContext['query']): number {
  for (const _name in query) return Number(parseInput(querySchema, { ...query }).minimumLifetimeSeconds ?? 0);
  return 0; // most ask for none, and a schema costs more than the rest
}

/** The hottest of all routes: what it takes is in memory. */
export function handOutRoute({ broker, connections }: TokenRouteParts): PlainRoute {
  return {
    method: 'get',
    path: '/v1/connections/{name}/token',
    operationId: 'getToken',
    tag: TAG,
    summary: 'Hand out the token of a connection',
    description: 'From memory where it is fresh; else after one sign-in, however many callers wait for it.',
    permission: 'token:{name}',
    query: querySchema,
    answers: { 200: { description: 'A token that lives as long as was asked.', schema: tokenSchema } },
    problems: [404, 502, 503, 504],
    handle(context) {
      const name = context.params.name!;
      const seconds = minimumLifetimeOf(context.query);
      handoutAllowed(connections, name);
      const known = broker.peek(name, seconds);
      if (known !== undefined) return toAnswer(known);
      return broker.getToken(name, tokenRequestOf(context, seconds)).then(toAnswer);
    },
  };
}

export function tokenRoutes(parts: TokenRouteParts): Route[] {
  const { broker, connections } = parts;
  return [
    handOutRoute(parts),
    {
      method: 'post',
      path: '/v1/connections/{name}/token/reject',
      operationId: 'rejectToken',
      tag: TAG,
      summary: 'Report that a token was refused by the upstream',
      description: 'Compare-and-invalidate: only the token of that generation is dropped. Safe to repeat.',
      permission: 'token:{name}',
      body: { schema: rejectSchema, required: true, example: { generation: 7 } },
      answers: { 200: { description: 'Whether it was the present one.', schema: rejectAnswerSchema } },
      problems: [404],
      async handle({ params, body }) {
        const name = params.name!;
        const { generation } = parseInput(rejectSchema, body);
        if (connections.find(name) === undefined) throw noConnection(name);
        return broker.reject(name, generation);
      },
    },
  ];
}
