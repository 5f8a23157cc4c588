/** The demo: sandbox and bridge on this machine, a story told on them, and what to try next. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCampaignSandbox } from '../../../sandbox/start-campaign-sandbox.ts';
import { loadConfig } from '../../config.ts';
import { startBridge, type RunningBridge } from '../../main.ts';
import { Secret } from '../../secret.ts';
import { createBridgeApi } from '../bridge-api.ts';
import type { Run } from '../run-schema.ts';
import { bridgeClient } from './ask-bridge.ts';
import { DEMO_MEMBERS, DEMO_SYNC } from './campaign-story.ts';
import { pureCloudInput, tellStory } from './story.ts';
import type { Terminal } from '../terminal.ts';
import { whileUnsignalled } from '../until-signalled.ts';
import type { Stage } from './stage.ts';

const PORT_PREFERRED = 8080;

/** The usual port where it is free, so that the addresses in the documentation work as they are. */
function freePort(preferred: number): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(0));
    probe.listen(preferred, '127.0.0.1', () => probe.close(() => resolve(preferred)));
  });
}

/** Defaults that need nothing: own data directory, own key, and nothing but this machine to call. */
function demoEnvironment(dataDir: string, key: string, port: number): NodeJS.ProcessEnv {
  return {
    PORT: String(port),
    HOST: '127.0.0.1',
    BRIDGE_DATA_DIR: dataDir,
    BRIDGE_ADMIN_KEY: key,
    BRIDGE_EGRESS_ALLOW: '127.0.0.1,localhost',
    BRIDGE_EGRESS_ALLOW_PRIVATE: 'true',
    LOG_LEVEL: 'silent',
  };
}

function sayWhatToTry({ terminal, sandbox }: Stage, bridge: RunningBridge, key: string, sent: Run): void {
  const example = JSON.stringify(pureCloudInput(sandbox));
  const lines = [
    '',
    terminal.paint('bold', 'It stays up. What to try next:'),
    `  The Lightning page shows all of it: ${bridge.url}/`,
    `  (the key: ${key})`,
    `  The API, to read and to try: ${bridge.url}/docs`,
    '  From the command line, in another terminal:',
    `    export PCBRIDGE_URL=${bridge.url}`,
    `    export PCBRIDGE_KEY=${key}`,
    `    npx pcbridge run rows ${sent.id} --outcome invalid`,
    `    npx pcbridge sync run ${DEMO_SYNC}`,
    '    npx pcbridge status --watch',
    '  One request by hand:',
    `    curl -s ${bridge.url}/v1/bearer-token-requests -H 'Authorization: Bearer ${key}' \\`,
    `      -H 'Content-Type: application/json' -d '${example}'`,
    '  Make the next sign-in fail (also: empty, redirect, gzipBomb, resetDuring, …):',
    `    curl -s ${sandbox.purecloud.url}/_sandbox/faults \\`,
    `      -H 'Content-Type: application/json' -d '{"kind":"html","times":1}'`,
    '  Against your own PureCloud:',
    '    npx pcbridge request --url https://login.mypurecloud.com/oauth/token \\',
    '      --client-id YOUR-CLIENT-ID',
    '  Explain an error:',
    '    npx pcbridge explain -      (paste it, then Ctrl+D)',
    'Press Ctrl+C to stop.',
  ];
  lines.forEach((line) => terminal.data(line));
}

/** Until the story is told and, unless that is enough, until someone has seen enough; that ends the story too. */
async function tell(stage: Stage, isOnce: boolean, sayMore: (sent: Run) => void): Promise<void> {
  if (stage.signalled.aborted) return;
  const enough = once(stage.signalled, 'abort');
  const told = tellStory(stage).then(async (sent) => {
    if (isOnce) return;
    sayMore(sent);
    await enough;
  });
  await Promise.race([told, enough]);
}

interface DemoOptions {
  /** Ends when the story is told; else when the process is told to stop. */
  isOnce: boolean;
}

async function runIn(dataDir: string, terminal: Terminal, isOnce: boolean, signalled: AbortSignal) {
  const key = `demo-${randomBytes(16).toString('base64url')}`;
  const org = { campaigns: [{ name: 'Spring Offer', members: DEMO_MEMBERS }] };
  const sandbox = await startCampaignSandbox({ org });
  try {
    const env = demoEnvironment(dataDir, key, await freePort(PORT_PREFERRED));
    const bridge = await startBridge(loadConfig(env), { handleSignals: false });
    const client = bridgeClient(bridge.url, key);
    try {
      terminal.data(`Sandbox: PureCloud ${sandbox.purecloud.url}, Salesforce ${sandbox.salesforce.url}`);
      terminal.data(`Bridge:  ${bridge.url}`);
      const api = createBridgeApi({ url: bridge.url, key: new Secret(key) });
      const stage = { terminal, bridge: client, api, sandbox, signalled };
      await tell(stage, isOnce, (sent) => sayWhatToTry(stage, bridge, key, sent));
    } finally {
      await client.close();
      await bridge.stop();
    }
  } finally {
    await sandbox.close();
  }
}

/** Leaves nothing behind, whenever it ends. */
export async function runDemo(terminal: Terminal, { isOnce }: DemoOptions): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pcbridge-demo-'));
  try {
    await whileUnsignalled((signalled) => runIn(dataDir, terminal, isOnce, signalled));
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
