/** The bridge by its command, as a subject of the suites that need several processes, or memory as an operator has it. */
import { asAdmin } from '../../test/support/bridge-client.ts';
import type { Subject } from '../subject.ts';
import type { SuiteOptions } from '../suite.ts';

export interface ServedBridgeOptions {
  name?: string;
  databaseUrl?: string | undefined;
  processes?: number;
  cores?: string;
  /** Flags of Node, beside what the command sets. */
  nodeOptions?: readonly string[];
}

export async function startServedBridge(
  { start, profileDirectory }: Pick<SuiteOptions, 'start' | 'profileDirectory'>,
  { name = 'bridge', databaseUrl, processes = 1, cores, nodeOptions = [] }: ServedBridgeOptions,
): Promise<Subject> {
  const profile = profileDirectory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`];
  const flags = [...nodeOptions, ...profile];
  return await start(name, {
    script: 'served-bridge',
    settings: {
      processes,
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
      ...(flags.length === 0 ? {} : { nodeOptions: flags.join(' ') }),
    },
    ...(cores === undefined ? {} : { cores }),
  });
}

/** Connections by name, and a caller that may have the token of each. @param key Of the caller. */
export async function saveConnections(
  bridge: Subject,
  key: string,
  tokenUrls: Readonly<Record<string, string>>,
): Promise<void> {
  const ask = asAdmin(String(bridge.ready.url));
  const put = async (path: string, body: object) => {
    const { status, text } = await ask('PUT', path, body);
    if (status >= 300) throw new Error(`PUT ${path}: ${status} ${text}`);
  };
  for (const [name, url] of Object.entries(tokenUrls)) {
    const credentials = { clientId: 'bench', clientSecret: 'secret-of-the-benchmark' };
    await put(`/v1/connections/${name}`, { provider: 'other', url, ...credentials });
  }
  const permissions = Object.keys(tokenUrls).map((name) => `token:${name}`);
  await put('/v1/callers/loader', { key, permissions, requestsPerMinute: 10_000_000 });
}

/** @returns what the loader sends for a token of that connection. */
export function tokenRequest(name: string, key: string): readonly string[] {
  return [`GET /v1/connections/${name}/token HTTP/1.1`, `Authorization: Bearer ${key}`];
}
