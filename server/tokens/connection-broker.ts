/** The token broker over saved connections: a grant is a bearer token request of the connection as it is now. */
import { randomUUID } from 'node:crypto';
import { activityOfOutcome } from '../bearer/activity-of-outcome.ts';
import type { BearerTokenRequests } from '../bearer/execute.ts';
import { toBearerTokenRequest, type Connection } from '../connections/connection.ts';
import type { ConnectionStore } from '../connections/connection-store.ts';
import type { ActivityStore } from '../telemetry/activity.ts';
import type { BrokerClock } from './broker-clock.ts';
import type { BrokerLog, BrokerMetrics } from './broker-observers.ts';
import { toGrantOutcome } from './grant-outcome.ts';
import { loginOf } from './login-attempts.ts';
import type { BrokerConnection } from './token-cell.ts';
import { createTokenBroker, type TokenBroker } from './token-broker.ts';
import type { TokenStore } from './token-store.ts';

export interface ConnectionBrokerParts {
  connections: ConnectionStore;
  requests: BearerTokenRequests;
  activity: Pick<ActivityStore, 'record'>;
  store: TokenStore;
  clock: BrokerClock;
  log: BrokerLog;
  metrics?: BrokerMetrics;
  owner: string;
}

interface GrantingConnection extends BrokerConnection {
  connection: Connection;
}

function granting(connection: Connection): GrantingConnection {
  const { name, credentialVersion, tokenLifetimeSeconds, timeoutSeconds } = connection;
  return {
    name,
    credentialVersion,
    tokenLifetimeSeconds,
    timeoutSeconds,
    login: loginOf(connection),
    connection,
  };
}

export function createConnectionBroker(parts: ConnectionBrokerParts): TokenBroker {
  const { connections, requests, activity, ...rest } = parts;
  const broker = createTokenBroker<GrantingConnection>({
    ...rest,
    random: Math.random,
    // A secret that no key opens makes it a rejection: thrown, it would go past those who catch one.
    findConnection: (name) =>
      new Promise((resolve) => {
        const connection = connections.find(name);
        resolve(connection === undefined ? undefined : granting(connection));
      }),
    async fetchToken({ connection }, signal) {
      const correlationId = randomUUID();
      const outcome = await requests.execute(toBearerTokenRequest(connection), { correlationId, signal });
      activity.record({ ...activityOfOutcome(outcome, correlationId), connection: connection.name });
      parts.metrics?.grantExecuted?.(connection.name, outcome.exitPath, outcome.durationMs);
      return toGrantOutcome(outcome);
    },
  });
  connections.onChange(
    (name, versionBefore) => void broker.connectionChanged(name, versionBefore).catch(() => undefined),
  );
  return broker;
}
