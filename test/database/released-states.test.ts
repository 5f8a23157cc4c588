/** What a released version left behind is brought forward, with everything in it. */
import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../server/config.ts';
import { startBridge, type RunningBridge } from '../../server/main.ts';
import { testEnvironment } from '../support/bridge.ts';
import { asAdmin } from '../support/bridge-client.ts';
import { runCli } from '../support/cli.ts';
import { embeddedDataDirectory } from '../support/databases.ts';
import { RELEASED, RELEASED_SECRET_KEY } from '../support/released-state.ts';

let close: () => Promise<unknown> = () => Promise.resolve();
afterEach(() => close());

async function startOn(file: string): Promise<RunningBridge> {
  const dataDir = await embeddedDataDirectory();
  const env = testEnvironment(dataDir, { BRIDGE_SECRET_KEY: RELEASED_SECRET_KEY });
  const { exitCode, stderr } = await runCli(['restore', join(RELEASED, file)], { env });
  expect(stderr).not.toMatch(/Error|Warning/);
  expect(exitCode).toBe(0);
  const bridge = await startBridge(loadConfig(env), { handleSignals: false });
  close = async () => {
    await bridge.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  return bridge;
}

describe.each(readdirSync(RELEASED).filter((name) => name.startsWith('state-')))('%s', (file) => {
  test('is brought forward with connections, callers, syncs, runs, rows, activity and secrets that open', async () => {
    const { url } = await startOn(file);
    const ask = asAdmin(url);
    const read = async (path: string) => (await ask('GET', path)).json;

    const { connections } = await read('/v1/connections');
    expect(connections.map(({ name }: { name: string }) => name)).toEqual(['crm', 'genesys']);
    expect(connections[1]).toMatchObject({ provider: 'purecloud', clientSecretSet: true });
    const { callers } = await read('/v1/callers');
    expect(callers.map(({ name }: { name: string }) => name)).toEqual(['admin', 'org']);
    expect(await read('/v1/syncs/spring')).toMatchObject({
      timeZone: 'Europe/Berlin',
      contactListName: 'Spring',
    });
    expect((await read('/v1/syncs/spring/webhook')).secret).toMatch(/^[\w-]{20,}$/);

    const { runs } = await read('/v1/syncs/spring/runs');
    expect(runs.map(({ dryRun, status }: { dryRun: boolean; status: string }) => [dryRun, status])).toEqual([
      [false, 'Healthy'],
      [true, 'Healthy'],
    ]);
    expect(runs[0].counts).toMatchObject({ membersRead: 40 });
    expect((await read(`/v1/runs/${runs[0].id}/rows`)).rows.length).toBeGreaterThan(0);
    expect((await read('/v1/activity?limit=100')).entries.length).toBeGreaterThan(5);
  });
});
