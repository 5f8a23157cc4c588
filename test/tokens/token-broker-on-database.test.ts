/** Brokers of several instances on a real PostgreSQL server and a real clock. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { generateSecretKey } from '../../server/database/sealed-secret.ts';
import { Secret } from '../../server/secret.ts';
import { createSystemClock } from '../../server/tokens/broker-clock.ts';
import type { GrantOutcome } from '../../server/tokens/failure-class.ts';
import { openPostgresTokenStore } from '../../server/tokens/postgres-token-store.ts';
import { createTokenBroker, type TokenBroker } from '../../server/tokens/token-broker.ts';
import type { TokenStore } from '../../server/tokens/token-store.ts';
import { startPostgres, type TestDatabases } from '../support/databases.ts';

const INSTANCES = 3;
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const ring = { current: generateSecretKey(), previous: [] };
const clock = createSystemClock();

let databases: TestDatabases;
const stores: TokenStore[] = [];
const brokers: TokenBroker[] = [];
const requests: string[] = [];
let answer: (name: string) => GrantOutcome;

beforeAll(async () => {
  databases = await startPostgres();
  for (let instance = 0; instance < INSTANCES; instance += 1) {
    const database = instance === 0 ? await databases.open() : await databases.openAgain!();
    const store = await openPostgresTokenStore(database, ring, quiet);
    stores.push(store);
    brokers.push(
      createTokenBroker({
        store,
        clock,
        owner: `instance-${instance}`,
        random: Math.random,
        log: quiet,
        findConnection: (name) =>
          Promise.resolve({
            name,
            credentialVersion: 1,
            timeoutSeconds: 5,
            login: { key: name, attemptsPerHourMax: 60 },
          }),
        async fetchToken({ name }) {
          requests.push(name);
          await new Promise((resolve) => setTimeout(resolve, 100));
          return answer(name);
        },
      }),
    );
  }
}, 60_000);

afterAll(async () => {
  await Promise.all(brokers.map((broker) => broker.close()));
  await Promise.all(stores.map((store) => store.close()));
  await databases.stop();
});

function token(): GrantOutcome {
  return {
    kind: 'token',
    accessToken: new Secret(`token-${requests.length}`),
    tokenType: 'Bearer',
    expiresIn: 3600,
    requestStartedMonotonicMs: clock.monotonicMs(),
  };
}

const askEverywhere = (name: string, callers: number) =>
  Promise.all(brokers.flatMap((broker) => Array.from({ length: callers }, () => broker.getToken(name))));

test('case 06: three instances with 200 callers each make one request, and another after a rejection', async () => {
  answer = token;
  const first = await askEverywhere('crm', 200);
  expect(new Set(first.map(({ accessToken }) => accessToken.reveal()))).toEqual(new Set(['token-1']));
  expect(await brokers[1]!.reject('crm', 1)).toEqual({ invalidated: true });
  expect((await brokers[1]!.getToken('crm')).generation).toBe(2);
  expect(requests.filter((name) => name === 'crm')).toHaveLength(2);
  const { generation } = await brokers[2]!
    .state('crm')
    .then(() => brokers[2]!.getToken('crm', { minimumLifetimeSeconds: 1 }));
  expect(generation).toBeGreaterThanOrEqual(1);
});

test('case 08: callers of other instances learn a refusal with the holder, by notice and not by waiting', async () => {
  answer = () => ({ kind: 'refusal', status: 400, error: 'invalid_grant' });
  const ends = await Promise.allSettled(brokers.map((broker) => broker.getToken('refused')));
  expect(
    ends.map((end) => (end.status === 'rejected' ? (end.reason as { code: string }).code : 'token')),
  ).toEqual(Array(INSTANCES).fill('credential_rejected'));
  expect(requests.filter((name) => name === 'refused')).toHaveLength(1);
});
