/** What tries a connection before others rely on it. */
import { createConnectionChecks, type ConnectionChecks } from '../connections/checks/run-checks.ts';
import { createGrantLadder, type GrantLadder } from '../connections/grant-ladder.ts';
import { configuredBase, instanceBase } from '../proxy/upstream-base.ts';
import type { RequestBudget } from '../purecloud/request-budget.ts';
import type { TokenBroker } from '../tokens/token-broker.ts';
import type { Stores } from './compose-stores.ts';
import type { Upstream } from './compose-upstream.ts';

/** What tries a connection, or a change of one, for a person. */
export function composeTrials(
  { sockets, transport, clientCertificates, clock, requests }: Upstream,
  { connections }: Stores,
  broker: TokenBroker,
  budget: RequestBudget,
): { checks: ConnectionChecks; grantLadder: GrantLadder } {
  const parts: Parameters<typeof createConnectionChecks>[0] = {
    sockets,
    proxyFor: sockets.proxyFor,
    transport,
    clientCertificates,
    clock,
    broker,
    budget,
    apiBase: (connection, instanceUrl) => configuredBase(connection) ?? instanceBase(connection, instanceUrl),
  };
  return {
    checks: createConnectionChecks(parts),
    grantLadder: createGrantLadder({ ...parts, broker, connections, requests }),
  };
}
