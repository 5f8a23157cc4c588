/** The bridge as it runs in production, with everything on, and with a connection to the upstream that the suite names. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../server/config.ts';
import { startBridge } from '../../server/main.ts';
import { serveSubject, settings } from './serve-subject.ts';

interface BridgeSettings {
  key: string;
  /** Token endpoint of the connection `bench`. */
  tokenUrl: string;
  /** Base of its API. */
  apiUrl?: string;
  connection?: object;
  /** Absent: the embedded database. */
  databaseUrl?: string;
}

const { key, tokenUrl, apiUrl, connection, databaseUrl } = settings<BridgeSettings>();
const dataDir = await mkdtemp(join(tmpdir(), 'bench-bridge-'));
const bridge = await startBridge(
  loadConfig({
    PORT: '0',
    BRIDGE_DATA_DIR: dataDir,
    BRIDGE_ADMIN_KEY: `${key}-of-the-administrator`,
    BRIDGE_EGRESS_ALLOW: '127.0.0.1',
    BRIDGE_EGRESS_ALLOW_PRIVATE: 'true',
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  }),
  { handleSignals: false },
);

async function put(path: string, body: object): Promise<void> {
  const answer = await fetch(`${bridge.url}${path}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${key}-of-the-administrator`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
}

await put('/v1/connections/bench', {
  provider: 'other',
  url: tokenUrl,
  clientId: 'bench',
  clientSecret: 'secret-of-the-benchmark',
  ...(apiUrl === undefined ? {} : { apiUrl }),
  ...connection,
});
await put('/v1/callers/loader', {
  key,
  permissions: ['token:bench', 'proxy:bench', 'request'],
  requestsPerMinute: 10_000_000,
});

serveSubject(
  { port: Number(new URL(bridge.url).port) },
  {
    stop: async () => {
      await bridge.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  },
);
