/** /v1/connections: saved ways to get a token. Secrets go in and never come out. */
import { z } from 'zod';
import { connectionSchema } from '../connections/connection.ts';
import { syncsUsing } from '../campaigns/sync-references.ts';
import type { SyncStore } from '../campaigns/sync-store.ts';
import type { ConnectionStore } from '../connections/connection-store.ts';
import { BridgeError } from '../errors.ts';
import { mayKnow } from '../callers/permissions.ts';
import type { ActivityStore } from '../telemetry/activity.ts';
import type { TokenBroker } from '../tokens/token-broker.ts';
import { deprecationSchema } from './deprecation-schema.ts';
import type { Route } from './route.ts';
import { versioned } from './versioned-body.ts';

const TAG = 'Connections';

const connectionViewSchema = z
  .object({
    name: z.string(),
    provider: z.string(),
    url: z.string(),
    grantType: z.string(),
    clientSecretSet: z.boolean().optional(),
    passwordSet: z.boolean().optional(),
    securityTokenSet: z.boolean().optional(),
    privateKeySet: z.boolean().optional(),
    version: z.int().describe('Rises with every change; send it back to be told of a change in between.'),
    credentialVersion: z.int().describe('Rises with every change that takes part in signing in.'),
    createdAt: z.string(),
    updatedAt: z.string(),
    deprecation: deprecationSchema.optional().describe('What of it will stop working, and the way out.'),
  })
  .describe('Every setting of the connection besides; of a secret only that it is set.');

const connectionListSchema = z.object({ connections: z.array(connectionViewSchema) });

export interface ConnectionRouteParts {
  connections: ConnectionStore;
  broker: TokenBroker;
  syncs: SyncStore;
  activity: Pick<ActivityStore, 'recordChange'>;
}

export function noConnection(name: string): BridgeError {
  return new BridgeError('not_found', {
    detail: `There is no connection "${name}" that this caller may see`,
  });
}

/** A sync would stand there without one of its sides. */
function assertUnused(name: string, users: readonly string[], what: string): void {
  if (users.length === 0) return;
  throw new BridgeError('conflict', {
    detail: `The connection ${name} ${what}: the sync ${users.join(', ')} uses it.`,
    remedy: 'Give the sync another connection, or remove the sync, and try again.',
  });
}

function providerIn(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'provider' in body ? body.provider : undefined;
}

export function connectionRoutes({ connections, broker, syncs, activity }: ConnectionRouteParts): Route[] {
  const recorded = (caller: string, connection: string, result: string, correlationId: string) =>
    activity.recordChange({ result, connection, caller, correlationId });
  return [
    {
      method: 'get',
      path: '/v1/connections',
      operationId: 'listConnections',
      tag: TAG,
      summary: 'List the connections',
      permission: 'read',
      answers: { 200: { description: 'All connections, by name.', schema: connectionListSchema } },
      handle: () => ({ connections: connections.list() }),
    },
    {
      method: 'get',
      path: '/v1/connections/{name}',
      operationId: 'getConnection',
      tag: TAG,
      summary: 'Read one connection',
      permission: 'read',
      answers: { 200: { description: 'The connection, without its secrets.', schema: connectionViewSchema } },
      problems: [404],
      handle({ params, caller }) {
        const name = params.name!;
        const view = mayKnow(caller.permissions, 'connection', name) ? connections.view(name) : undefined;
        if (view === undefined) throw noConnection(name);
        return view;
      },
    },
    {
      method: 'put',
      path: '/v1/connections/{name}',
      operationId: 'putConnection',
      tag: TAG,
      summary: 'Create or replace a connection',
      description:
        'A secret that is left out keeps the stored one; null clears one that the grant does not need. A change clears a latch.',
      permission: 'admin',
      body: {
        schema: versioned(connectionSchema),
        required: true,
        example: {
          provider: 'purecloud',
          region: 'us_east_1',
          clientId: 'your-client-id',
          clientSecret: 'your-client-secret',
        },
      },
      answers: { 200: { description: 'The connection as it is now.', schema: connectionViewSchema } },
      problems: [409],
      async handle({ params, body, caller, correlationId }) {
        const name = params.name!;
        const stored = connections.view(name);
        const provider = providerIn(body);
        if (stored !== undefined && typeof provider === 'string' && provider !== stored.provider)
          assertUnused(name, syncsUsing(name, syncs.list()), 'keeps its provider');
        const { connection, outcome } = await connections.put(name, body);
        await recorded(caller.name, name, outcome, correlationId);
        return connection;
      },
    },
    {
      method: 'delete',
      path: '/v1/connections/{name}',
      operationId: 'deleteConnection',
      tag: TAG,
      summary: 'Remove a connection',
      description:
        'Its token is forgotten and not revoked: sessions of one Salesforce user are shared. One that a sync uses stays.',
      permission: 'admin',
      answers: { 204: { description: 'It is gone.' } },
      problems: [404, 409],
      async handle({ params, caller, correlationId }) {
        const name = params.name!;
        assertUnused(name, syncsUsing(name, syncs.list()), 'cannot be removed');
        if (!(await connections.remove(name))) throw noConnection(name);
        await recorded(caller.name, name, 'removed', correlationId);
        return undefined;
      },
    },
    {
      method: 'post',
      path: '/v1/connections/{name}/reset',
      operationId: 'resetConnection',
      tag: TAG,
      summary: 'Clear a latch or a wait',
      description: 'After the cause of a refused sign-in is gone: the next caller causes one new attempt.',
      permission: 'admin',
      idempotent: true,
      answers: { 204: { description: 'The next request signs in again.' } },
      problems: [404, 503],
      async handle({ params, caller, correlationId }) {
        const name = params.name!;
        connections.get(name);
        await broker.reset(name);
        await recorded(caller.name, name, 'reset', correlationId);
        return undefined;
      },
    },
  ];
}
