/** A broker on a PostgreSQL server that answers, and takes its time. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Database } from '../../server/database/database.ts';
import { openDatabase } from '../../server/database/open-database.ts';
import { generateSecretKey } from '../../server/database/sealed-secret.ts';
import { Secret } from '../../server/secret.ts';
import { createSystemClock } from '../../server/tokens/broker-clock.ts';
import { openPostgresTokenStore } from '../../server/tokens/postgres-token-store.ts';
import { createTokenBroker, type TokenBroker } from '../../server/tokens/token-broker.ts';
import type { TokenStore } from '../../server/tokens/token-store.ts';
import { quietLog, startPostgres, type PostgresServer } from '../support/databases.ts';
import { startFaultyLink, type FaultyLink } from '../support/faulty-link.ts';

const EACH_WAY_MS = 100;

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const clock = createSystemClock();
let server: PostgresServer;
let link: FaultyLink;
let database: Database;
let store: TokenStore;
let broker: TokenBroker;

beforeAll(async () => {
  server = await startPostgres();
  link = await startFaultyLink(Number(new URL(server.adminUrl).port));
  const url = new URL(await server.createDatabase());
  url.port = String(link.port);
  database = await openDatabase({ databaseUrl: url.href, dataDir: '/unused', log: quietLog });
  store = await openPostgresTokenStore(database, { current: generateSecretKey(), previous: [] }, quiet);
  broker = createTokenBroker({
    store,
    clock,
    owner: 'only',
    random: Math.random,
    log: quiet,
    findConnection: (name) =>
      Promise.resolve({ name, credentialVersion: 1, timeoutSeconds: 5, login: { key: name } }),
    fetchToken: () =>
      Promise.resolve({
        kind: 'token',
        accessToken: new Secret('token'),
        tokenType: 'Bearer',
        expiresIn: 3600,
        requestStartedMonotonicMs: clock.monotonicMs(),
      }),
  });
}, 60_000);

afterAll(async () => {
  await broker.close();
  await store.close();
  await database.close();
  await link.close();
  await server.stop();
});

test('a slow way to the database delays a sign-in, and does not prevent it', async () => {
  await database.health();
  link.delay(EACH_WAY_MS);
  expect((await broker.getToken('crm')).generation).toBe(1);
}, 15_000);
