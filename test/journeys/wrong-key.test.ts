/** A rollout with a key that was mistyped: the new instances must not take the place of the old ones. */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadConfig } from '../../server/config.ts';
import { startBridge, type RunningBridge } from '../../server/main.ts';
import { putConnection } from '../support/bridge-admin.ts';
import { CREDENTIALS, testEnvironment } from '../support/bridge.ts';
import { embeddedDataDirectory } from '../support/databases.ts';

const [right, wrong] = [randomBytes(32), randomBytes(32)].map((bytes) => bytes.toString('base64'));

let directory: string;
beforeAll(async () => {
  directory = await embeddedDataDirectory();
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function started(key: string): Promise<RunningBridge> {
  const environment = testEnvironment(directory, { BRIDGE_SECRET_KEY: key });
  return startBridge(loadConfig(environment), { handleSignals: false });
}

async function readinessOf({ url }: RunningBridge) {
  const answer = await fetch(`${url}/readyz`);
  const { detail } = (await answer.json()) as { detail?: string };
  return { status: answer.status, detail };
}

test('an instance whose key opens nothing is not ready and says so, until the secrets are entered again', async () => {
  const settings = { provider: 'other', url: 'https://idp.test/token', ...CREDENTIALS };
  const old = await started(right!);
  expect((await readinessOf(old)).status).toBe(200);
  await putConnection(old.url, 'idp', settings);
  expect((await readinessOf(old)).status).toBe(200);
  await old.stop();

  const mistyped = await started(wrong!);
  expect(await readinessOf(mistyped)).toEqual({
    status: 503,
    detail: expect.stringMatching(/secrets: none of the stored secrets opens with this BRIDGE_SECRET_KEY/),
  });
  await putConnection(mistyped.url, 'idp', settings);
  expect((await readinessOf(mistyped)).status).toBe(200);
  await mistyped.stop();
});
