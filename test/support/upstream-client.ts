/** What a client of an upstream is built from, on loopback: real transport, real broker, and sign-ins at a sandbox. */
import type { AuthorizedCallsParts } from '../../server/connections/authorized-calls.ts';
import type { Connection } from '../../server/connections/connection.ts';
import { Secret } from '../../server/secret.ts';
import { createLog } from '../../server/telemetry/log.ts';
import { createSystemClock, type BrokerClock } from '../../server/tokens/broker-clock.ts';
import { loginOf } from '../../server/tokens/login-attempts.ts';
import { createMemoryTokenStore } from '../../server/tokens/memory-token-store.ts';
import { createTokenBroker, type TokenBroker } from '../../server/tokens/token-broker.ts';
import { loopbackTransport, testConnection } from '../proxy/support/start-proxy.ts';

export interface QuickClock extends BrokerClock {
  /** Every wait that was asked for, in milliseconds. */
  waits: number[];
}

/** Waits are over at once and are written down; time itself goes on with them. */
export function createQuickClock(): QuickClock {
  const waits: number[] = [];
  let skippedMs = 0;
  return {
    waits,
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now() + skippedMs,
    setTimer(delayMs, run) {
      waits.push(delayMs);
      const timer = setImmediate(() => {
        skippedMs += delayMs;
        run();
      });
      return { cancel: () => clearImmediate(timer) };
    },
  };
}

export interface UpstreamParts extends AuthorizedCallsParts {
  clock: QuickClock;
  connection: Connection;
  broker: TokenBroker;
  random: () => number;
  close(): Promise<void>;
}

export interface SandboxSignIn {
  url: string;
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  provider: 'purecloud' | 'salesforce';
}

async function signIn({ url, tokenUrl, clientId, clientSecret }: SandboxSignIn) {
  const requestStartedMonotonicMs = performance.now();
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  const answer = await fetch(tokenUrl, {
    method: 'POST',
    headers: { Authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token: accessToken } = (await answer.json()) as { access_token: string };
  return {
    kind: 'token' as const,
    accessToken: new Secret(accessToken),
    tokenType: 'Bearer',
    expiresIn: 3600,
    instanceUrl: url,
    requestStartedMonotonicMs,
  };
}

export function createUpstreamParts(sandbox: SandboxSignIn): UpstreamParts {
  const connection = testConnection({
    provider: sandbox.provider,
    url: sandbox.tokenUrl,
    ...(sandbox.provider === 'purecloud' ? { apiUrl: sandbox.url, requestsPerMinute: 300 } : {}),
  });
  const transport = loopbackTransport();
  const broker = createTokenBroker({
    fetchToken: () => signIn(sandbox),
    findConnection: () => Promise.resolve({ ...connection, login: loginOf(connection) }),
    store: createMemoryTokenStore(),
    clock: createSystemClock(),
    random: Math.random,
    log: createLog({ level: 'silent' }),
    owner: 'test',
  });
  return {
    connection,
    connections: { find: () => connection },
    transport,
    broker,
    clock: createQuickClock(),
    random: () => 0.5,
    profileOf: () => Promise.resolve({ forgiven: new Set() }),
    apiBase: ({ apiUrl }, instanceUrl) => new URL(apiUrl ?? instanceUrl ?? ''),
    async close() {
      await broker.close(0);
      await transport.close();
    },
  };
}
