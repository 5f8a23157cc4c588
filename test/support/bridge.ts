/** The bridge as it is composed for production, on loopback, with a directory and a key of the test's own. */
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { BearerTokenOutcome } from '../../server/bearer/execute.ts';
import { parseBearerTokenRequest } from '../../server/bearer/request.ts';
import {
  composeRequests,
  type ComposedRequests,
  type ComposeOverrides,
} from '../../server/compose/compose-upstream.ts';
import { loadConfig } from '../../server/config.ts';
import { startBridge, type RunningBridge } from '../../server/main.ts';
import { embeddedDataDirectory, temporaryDirectory } from './databases.ts';
import { watchKeptConnections } from './kept-connections.ts';

export const ADMIN_KEY = 'test-admin-key-0123456789abcdef';

/** @param dataDir Kept between two starts where a test gives one. */
export function testEnvironment(dataDir: string, env: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    PORT: '0',
    HOST: '127.0.0.1',
    BRIDGE_DATA_DIR: dataDir,
    BRIDGE_ADMIN_KEY: ADMIN_KEY,
    BRIDGE_EGRESS_ALLOW: '127.0.0.1,localhost,*.test',
    BRIDGE_EGRESS_ALLOW_PRIVATE: 'true',
    LOG_LEVEL: 'silent',
    ...env,
  };
}

export async function startTestBridge(
  env: NodeJS.ProcessEnv = {},
  overrides: ComposeOverrides = {},
): Promise<RunningBridge> {
  const dataDir = env.DATABASE_URL === undefined ? await embeddedDataDirectory() : await temporaryDirectory();
  const bridge = await startBridge(loadConfig(testEnvironment(dataDir, env)), {
    handleSignals: false,
    ...overrides,
  });
  const leaveKeptConnections = watchKeptConnections(bridge.url);
  const stop = async () => {
    leaveKeptConnections();
    await bridge.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { ...bridge, stop };
}

/** Touches no disk unless a client certificate is named. */
export function testRequests(
  env: NodeJS.ProcessEnv = {},
  overrides: ComposeOverrides = {},
): ComposedRequests {
  return composeRequests(loadConfig(testEnvironment(tmpdir(), env)), overrides);
}

export const CREDENTIALS = { clientId: 'the-client', clientSecret: 'the-secret' };

/** One request with credentials that are right everywhere here. */
export function execute(requests: ComposedRequests, input: object): Promise<BearerTokenOutcome> {
  return requests.execute(parseBearerTokenRequest({ ...CREDENTIALS, ...input }), { correlationId: 'test' });
}
