/** The clients of both sides of a sync, over the connections it names. */
import type { OpenPorts } from '../campaigns/sync-ports.ts';
import { fieldsOf } from '../campaigns/sync.ts';
import { profileOf } from '../bearer/execute.ts';
import type { Connection } from '../connections/connection.ts';
import type { ConnectionStore } from '../connections/connection-store.ts';
import { BridgeError } from '../errors.ts';
import { present } from '../present.ts';
import { configuredBase, instanceBase } from '../proxy/upstream-base.ts';
import { createOutboundClient } from '../purecloud/outbound-client.ts';
import type { RequestBudget } from '../purecloud/request-budget.ts';
import type { ApiUsageBoard } from '../salesforce/api-usage-board.ts';
import { createSalesforceClient } from '../salesforce/salesforce-client.ts';
import type { Log } from '../telemetry/log.ts';
import type { TokenBroker } from '../tokens/token-broker.ts';
import type { Upstream } from './compose-upstream.ts';

export interface ComposePortsOptions {
  upstream: Pick<Upstream, 'transport' | 'clock' | 'clientCertificates'>;
  connections: Pick<ConnectionStore, 'find'>;
  broker: TokenBroker;
  budget: RequestBudget;
  apiUsage: ApiUsageBoard;
  /** Part of an org's daily API calls at which syncs stop. */
  apiUsageShareMax: number;
  log: Log;
}

function sideOf(found: Connection | undefined, name: string, provider: Connection['provider']): Connection {
  if (found?.provider === provider) return found;
  const fault = found === undefined ? 'does not exist' : `is not one to ${provider}`;
  throw new BridgeError('conflict', {
    detail: `The connection ${name}, which the sync names, ${fault}.`,
    remedy: `Name a connection with the provider ${provider} in the sync, or save one under this name.`,
  });
}

/** Every call of a sync is made under its own name, and yields to callers who wait. */
export function composePorts(options: ComposePortsOptions): OpenPorts {
  const { upstream, connections, broker, budget, apiUsage, apiUsageShareMax, log } = options;
  const shared = {
    transport: upstream.transport,
    broker,
    clock: upstream.clock,
    random: Math.random,
    connections,
    profileOf: (connection: Connection) => profileOf(connection, upstream),
    apiBase: (connection: Connection, instanceUrl: string | undefined) =>
      configuredBase(connection) ?? instanceBase(connection, instanceUrl),
  };

  return (sync, { patienceMs, signal } = {}) => {
    const find = (name: string, provider: Connection['provider']) =>
      sideOf(connections.find(name), name, provider);
    const salesforce = find(sync.salesforceConnection, 'salesforce');
    const purecloud = find(sync.purecloudConnection, 'purecloud');
    const source = createSalesforceClient({
      ...shared,
      ...present({ patienceMs, signal }),
      connection: salesforce,
      campaignId: sync.campaignId,
      fields: fieldsOf(sync),
      apiUsageShareMax,
    });
    const contacts = createOutboundClient({
      ...shared,
      ...present({
        patienceMs,
        signal,
        contactListId: sync.contactListId,
        contactListName: sync.contactListName,
      }),
      connection: purecloud,
      budget,
      caller: `sync:${sync.name}`,
      log,
    });
    const unfollow = apiUsage.follow(salesforce.name, () => source.apiUsage());
    return {
      source,
      sink: source,
      contacts,
      async close() {
        unfollow();
        await Promise.all([source.close(), contacts.close()]);
      },
    };
  };
}
