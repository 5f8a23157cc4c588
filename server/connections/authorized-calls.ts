/**
 * Calls with the token of a saved connection, made by the bridge for itself: to the address, through the proxy and with the certificate
 * of that connection, under the egress policy. What a caller sends through the proxy goes another way.
 */
import type { Readable } from 'node:stream';
import { BridgeError } from '../errors.ts';
import type { BrokerClock } from '../tokens/broker-clock.ts';
import type { TokenHandout } from '../tokens/held-token.ts';
import type { TokenBroker } from '../tokens/token-broker.ts';
import { joinedHeaders } from '../transport/exchange.ts';
import type { TransportProfile } from '../transport/open-socket.ts';
import type { Transport } from '../transport/transport.ts';
import { TransportError } from '../transport/transport-error.ts';
import { assertTokenOf } from './connection-changed.ts';
import type { Connection } from './connection.ts';
import { lostCall } from './lost-call.ts';
import { pause } from './repeat.ts';

export interface AuthorizedRequest {
  method: string;
  /** Path and query, below the base of the connection's API; begins with `/`. */
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
}

export interface AuthorizedCallOptions {
  /** One attempt: until its answer is there, or for `open` until it begins. */
  timeoutMs: number;
  bodyBytesMax?: number;
  signal?: AbortSignal | undefined;
}

export interface CallAnswer {
  status: number;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
}

export interface AuthorizedCalls {
  /**
   * @returns any answer but a 401: that is answered with another token, once.
   * @throws BridgeError of contract §8, `upstream_auth_failed` where the other token is refused too; the signal's reason.
   */
  send(request: AuthorizedRequest, options: AuthorizedCallOptions): Promise<CallAnswer & { body: string }>;
  /** As `send`; the body streams, and fails with a TransportError where it is cut off. */
  open(request: AuthorizedRequest, options: AuthorizedCallOptions): Promise<CallAnswer & { body: Readable }>;
}

export interface AuthorizedCallsParts {
  connection: Connection;
  /** As they are now. */
  connections: { find(name: string): Connection | undefined };
  transport: Pick<Transport, 'send' | 'stream'>;
  broker: Pick<TokenBroker, 'getToken' | 'reject'>;
  clock: BrokerClock;
  profileOf(connection: Connection): Promise<TransportProfile>;
  /** Where the calls of the connection go. @throws BridgeError where nobody knows. */
  apiBase(connection: Connection, instanceUrl: string | undefined): URL;
  /** Waits until one more call may be made. */
  admit?(signal: AbortSignal | undefined): Promise<void>;
  /** Is told of every answer. */
  report?(answer: CallAnswer): void;
}

const USER_AGENT = 'PureCloud-Bridge';
/** A sign-in that takes longer has failed, and the broker will soon say why. */
const TOKEN_WAIT_MS = 60_000;
/** Replicas of an upstream may refuse a token that was only just issued: the same one again after 0.5, 1, 1.5 … s. */
const PATIENCE_STEP_MS = 500;
const PATIENCE_MAX = 5;

type Attempt<Answer> = (token: TokenHandout, profile: TransportProfile) => Promise<Answer>;

/** @param path May begin with a path of the base itself. */
function urlOf(base: URL, path: string): URL {
  return new URL(`${base.origin}${base.pathname.replace(/\/$/, '')}${path}`);
}

export function createAuthorizedCalls(parts: AuthorizedCallsParts): AuthorizedCalls {
  const { connection, transport, broker, clock } = parts;
  let profile: Promise<TransportProfile> | undefined;

  function target(path: string, token: TokenHandout): URL {
    return urlOf(parts.apiBase(connection, token.instanceUrl), path);
  }

  function headersOf(request: AuthorizedRequest, token: TokenHandout): Record<string, string> {
    const authorization = `Bearer ${token.accessToken.reveal()}`;
    return { accept: 'application/json', 'user-agent': USER_AGENT, ...request.headers, authorization };
  }

  async function presentProfile(): Promise<TransportProfile> {
    profile ??= parts.profileOf(connection);
    try {
      return await profile;
    } catch (error) {
      profile = undefined;
      throw error;
    }
  }

  async function attempt<Answer extends CallAnswer>(
    make: Attempt<Answer>,
    { timeoutMs, signal }: AuthorizedCallOptions,
  ): Promise<{ answer: Answer; token: TokenHandout }> {
    await parts.admit?.(signal);
    const token = await broker.getToken(connection.name, {
      waitMs: TOKEN_WAIT_MS,
      ...(signal === undefined ? {} : { signal }),
    });
    assertTokenOf(connection, token, parts.connections);
    try {
      const answer = await make(token, await presentProfile());
      parts.report?.(answer);
      return { answer, token };
    } catch (error) {
      throw error instanceof TransportError ? lostCall(error, timeoutMs) : error;
    }
  }

  async function untilAccepted<Answer extends CallAnswer>(
    make: Attempt<Answer>,
    options: AuthorizedCallOptions,
    discard: (answer: Answer) => void,
  ): Promise<Answer> {
    let renewals = 0;
    let patience = 0;
    for (;;) {
      const { answer, token } = await attempt(make, options);
      if (answer.status !== 401) return answer;
      discard(answer);
      const rejection = await broker.reject(connection.name, token.generation);
      const isTooNew = !rejection.invalidated && rejection.retryAfterSeconds !== undefined;
      if (isTooNew ? patience === PATIENCE_MAX : renewals === 1) throw authFailed();
      if (isTooNew) patience += 1;
      else renewals += 1;
      if (isTooNew) await pause(PATIENCE_STEP_MS * patience, clock, options.signal);
    }
  }

  return {
    send: (request, options) =>
      untilAccepted(
        (token, present) =>
          transport.send(
            {
              method: request.method,
              url: target(request.path, token),
              headers: headersOf(request, token),
              body: request.body ?? '',
            },
            present,
            definedOf(options),
          ),
        options,
        () => undefined,
      ),
    open: (request, options) =>
      untilAccepted(
        async (token, present) => {
          const url = target(request.path, token);
          const answer = await transport.stream(
            {
              method: request.method,
              origin: url,
              path: `${url.pathname}${url.search}`,
              headers: Object.entries(headersOf(request, token)).flat(),
              ...(request.body === undefined ? {} : { body: Buffer.from(request.body) }),
            },
            present,
            { ...definedOf(options), stallMs: options.timeoutMs },
          );
          return { status: answer.status, headers: namedHeaders(answer.headers), body: answer.body };
        },
        options,
        ({ body }) => body.destroy(),
      ),
  };
}

function definedOf({ timeoutMs, bodyBytesMax, signal }: AuthorizedCallOptions) {
  return {
    timeoutMs,
    ...(bodyBytesMax === undefined ? {} : { bodyBytesMax }),
    ...(signal === undefined ? {} : { signal }),
  };
}

/** Name, value, name, value … -> by name in lower case. */
export function namedHeaders(raw: readonly string[]): Record<string, string> {
  const lists: Record<string, string[]> = {};
  for (let at = 0; at + 1 < raw.length; at += 2) (lists[raw[at]!.toLowerCase()] ??= []).push(raw[at + 1]!);
  return joinedHeaders(lists);
}

function authFailed(): BridgeError {
  return new BridgeError('upstream_auth_failed', {
    detail: 'The upstream answered 401 to the token of the connection, and to a new one.',
    exitPath: 'Failure',
  });
}
