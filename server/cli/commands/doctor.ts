/** pcbridge doctor: everything that has to be right, in the order in which it matters; each fault with what to do. */
import type { Command } from 'commander';
import { z } from 'zod';
import type { BridgeFile } from '../../apply/read-bridge-file.ts';
import { BridgeFileError } from '../../apply/file-fault.ts';
import { ConfigError } from '../../config-fault.ts';
import { loadConfig, type Config } from '../../config.ts';
import { BridgeError } from '../../errors.ts';
import { resolveRegion } from '../../regions.ts';
import { createBridgeApi, pathTo, type BridgeApi } from '../bridge-api.ts';
import { CommandError } from '../command-error.ts';
import { collectBundle, writeBundle } from '../doctor/bundle.ts';
import { check, checkUpstream } from '../doctor/upstream-checks.ts';
import { exitCodeOfError } from '../exit-code.ts';
import type { CommandContext } from '../main.ts';
import {
  checkLines,
  connectionTestSchema,
  exitCodeOfChecks,
  hasFailed,
  type Check,
} from '../print-checks.ts';
import { statusSchema } from '../print-status.ts';
import { bridgeUrl, openBridgeApi, withRemoteOptions, type RemoteOptions } from '../remote-options.ts';
import type { Terminal } from '../terminal.ts';

const listSchema = z.object({
  connections: z.array(z.looseObject({ name: z.string(), url: z.string(), apiUrl: z.string().optional() })),
});
type Listed = z.output<typeof listSchema>['connections'][number];

interface Examination {
  checks: Check[];
  config?: Config;
  /** Addresses that the bridge calls, of the file or of the bridge. */
  addresses: string[];
  connections: readonly Listed[];
  api?: BridgeApi;
}

function wordsOf(error: unknown): string {
  if (!(error instanceof BridgeError) && !(error instanceof CommandError))
    return error instanceof Error ? error.message : String(error);
  const remedy = error instanceof CommandError ? error.remedy : (error.options.remedy ?? error.entry.remedy);
  return `${error.message.replace(/\.$/, '')}. Try: ${remedy}`;
}

/** A check that could not be made, with the exit code of what kept it from being made. */
function failedCheck(name: string, error: unknown): Check {
  const check = { name, outcome: 'failed', sentence: wordsOf(error) } as const;
  if (error instanceof CommandError) return { ...check, exitCode: error.exitCode };
  return error instanceof BridgeError ? { ...check, exitCode: exitCodeOfError(error) } : check;
}

function examineConfiguration(found: Examination, env: NodeJS.ProcessEnv): void {
  try {
    found.config = loadConfig(env);
    found.checks.push({ name: 'configuration', outcome: 'ok', sentence: 'the environment is right' });
    found.config.warnings.forEach((sentence) =>
      found.checks.push({ name: 'configuration', outcome: 'warning', sentence }),
    );
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    error.faults.forEach(({ variable, fault, remedy }) =>
      found.checks.push({
        name: 'configuration',
        outcome: 'failed',
        sentence: `${variable} ${fault}. ${remedy}`,
      }),
    );
  }
}

/** Of a connection in the file, which may name only a region. */
function addressesOf({ configuration, regions }: BridgeFile): string[] {
  return (configuration.connections ?? []).flatMap(({ members }) => {
    const { url, apiUrl, region } = members;
    const resolved = typeof region === 'string' ? resolveRegion(region, regions) : undefined;
    const own = resolved?.found === true ? [resolved.region.loginUrl, resolved.region.apiUrl] : [];
    return [url, apiUrl, ...own].filter((address): address is string => typeof address === 'string');
  });
}

async function examineFile(found: Examination, env: NodeJS.ProcessEnv): Promise<void> {
  const file = found.config?.configFile;
  if (file === undefined) return;
  const { readBridgeFile } = await import('../../apply/read-bridge-file.ts');
  try {
    found.addresses.push(...addressesOf(await readBridgeFile(file, env, { namedBy: 'BRIDGE_CONFIG' })));
    found.checks.push({ name: 'configuration file', outcome: 'ok', sentence: file });
  } catch (error) {
    if (!(error instanceof BridgeFileError)) throw error;
    error.faults.forEach(({ line, column, field, detail }) =>
      found.checks.push({
        name: 'configuration file',
        outcome: 'failed',
        sentence: `${file}:${line}:${column} ${field} ${detail}`,
      }),
    );
  }
}

async function examineBridge(found: Examination, options: RemoteOptions, terminal: Terminal): Promise<void> {
  const url = bridgeUrl(options, terminal);
  const open = createBridgeApi({ url });
  // One that is not ready, as when its database is away, answers all the same and tells more.
  let answers = true;
  const look = async () => {
    await open.ask('GET', '/readyz', z.looseObject({}));
    return { outcome: 'ok', sentence: url } as const;
  };
  const describe = (error: unknown) => {
    answers = error instanceof BridgeError;
    return wordsOf(error);
  };
  found.checks.push(await check('bridge', look, describe));
  if (!answers) return;
  try {
    const api = await openBridgeApi(options, terminal);
    const { connections } = await api.ask('GET', pathTo('connections'), listSchema);
    found.api = api;
    found.connections = connections;
    found.addresses.push(
      ...connections.flatMap(({ url: own, apiUrl }) => [own, ...(apiUrl === undefined ? [] : [apiUrl])]),
    );
    found.checks.push({ name: 'bridgeKey', outcome: 'ok', sentence: `connections: ${connections.length}` });
  } catch (error) {
    found.checks.push(failedCheck('bridgeKey', error));
  }
}

async function examineUpstreams(found: Examination): Promise<void> {
  const { config } = found;
  if (config === undefined) return;
  const origins = [...new Set(found.addresses.map((address) => new URL(address).origin))];
  for (const origin of origins) {
    found.checks.push(...(await checkUpstream(origin, { config, nowMs: Date.now })));
  }
  if (origins.length === 0)
    found.checks.push({
      name: 'dns',
      outcome: 'notRun',
      sentence: 'no connection is known, in a file or at the bridge',
    });
}

async function examineConnections(found: Examination): Promise<void> {
  const { api } = found;
  if (api === undefined) return;
  for (const { name } of found.connections) {
    try {
      const { checks } = await api.ask('POST', pathTo('connections', name, 'test'), connectionTestSchema);
      found.checks.push(...checks.map((one) => ({ ...one, name: `${one.name} of ${name}` })));
    } catch (error) {
      const isMissing = error instanceof BridgeError && error.code === 'not_found';
      const check = `signIn of ${name}`;
      found.checks.push(
        isMissing
          ? { name: check, outcome: 'notRun', sentence: 'this bridge tests no connections' }
          : failedCheck(check, error),
      );
    }
  }
}

/** A sync that only yields, or waits for its time, is as it should be. */
const OUTCOME_OF_SYNC: Partial<Record<string, Check['outcome']>> = {
  'Action needed': 'failed',
  Failed: 'failed',
  Late: 'failed',
  'Part failed': 'warning',
};

async function examineSyncs({ api, checks }: Examination): Promise<void> {
  if (api === undefined) return;
  try {
    const { syncs, attention } = await api.ask('GET', '/v1/status', statusSchema);
    for (const { name, status } of syncs) {
      const needed = attention.find(({ sync }) => sync === name);
      const sentence = needed === undefined ? status : `${status}: ${needed.title} Try: ${needed.remedy}`;
      checks.push({ name: `sync ${name}`, outcome: OUTCOME_OF_SYNC[status] ?? 'ok', sentence });
    }
  } catch (error) {
    checks.push(failedCheck('status', error));
  }
}

function verdictOf(checks: readonly Check[]): string {
  const failed = checks.filter(hasFailed).length;
  if (failed > 0) return `${failed} of ${checks.length} checks failed; begin with the first.`;
  const warned = checks.some(({ outcome }) => outcome === 'warning');
  return warned ? 'Nothing failed; read the warnings.' : 'Nothing is wrong.';
}

async function examine(options: RemoteOptions, terminal: Terminal): Promise<Examination> {
  const found: Examination = { checks: [], addresses: [], connections: [] };
  examineConfiguration(found, terminal.env);
  await examineFile(found, terminal.env);
  await examineBridge(found, options, terminal);
  await examineUpstreams(found);
  await examineConnections(found);
  await examineSyncs(found);
  return found;
}

const EXAMPLES = `
Examples:
  $ pcbridge doctor
  $ pcbridge doctor --json > report.json
  $ pcbridge doctor --bundle for-support.json     (no secrets and no names of users; read it before you send it)

It looks at the environment and BRIDGE_CONFIG, the bridge and its key, then at every upstream of its connections (name,
proxy, certificate, clock), lets the bridge sign in with each connection, and last asks how each sync is.`;

export function registerDoctor(program: Command, { terminal, finish }: CommandContext): void {
  withRemoteOptions(
    program.command('doctor').description('look at everything that has to be right, and say what is not'),
  )
    .option('--bundle <file>', 'save what someone who helps has to know; without secrets')
    .addHelpText('after', EXAMPLES)
    .action(async (options: RemoteOptions & { bundle?: string }) => {
      const { checks, api } = await examine(options, terminal);
      if (options.bundle !== undefined) {
        const input = { checks, env: terminal.env, nowMs: Date.now(), ...(api === undefined ? {} : { api }) };
        await writeBundle(options.bundle, await collectBundle(input));
        terminal.say(
          `Saved ${options.bundle}. Read it before you send it: it names hosts, connections and syncs.`,
        );
      }
      if (options.json) terminal.data(JSON.stringify({ checks }, null, 2));
      else checkLines(checks, terminal).forEach((line) => terminal.data(line));
      terminal.say(verdictOf(checks));
      finish(exitCodeOfChecks(checks));
    });
}
