/** pcbridge apply: shows what a file would change, and changes it: over a running bridge, or on the store itself where none runs. */
import type { Command } from 'commander';
import { applyConfiguration } from '../../apply/apply-configuration.ts';
import { changeActivity } from '../../apply/change-activity.ts';
import { toRequestBody } from '../../apply/configuration.ts';
import type { BridgeFile } from '../../apply/read-bridge-file.ts';
import { BridgeError } from '../../errors.ts';
import {
  configurationAnswerSchema,
  toConfigurationAnswer,
  type ConfigurationAnswer,
} from '../../http/configuration.ts';
import { agreed } from '../agreement.ts';
import { CommandError } from '../command-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { lostKey } from '../lost-key.ts';
import type { CommandContext } from '../main.ts';
import { planLines } from '../print-plan.ts';
import { meansBridge, openBridgeApi, withRemoteOptions, type RemoteOptions } from '../remote-options.ts';
import type { Terminal } from '../terminal.ts';

interface ApplyCommandOptions extends RemoteOptions {
  file?: string;
  dryRun?: boolean;
  prune?: boolean;
  yes?: boolean;
}

interface ApplyRequest {
  dryRun: boolean;
  prune: boolean;
  fingerprint?: string;
}

/** Where the file is applied. */
interface Target {
  apply(file: BridgeFile, request: ApplyRequest): Promise<ConfigurationAnswer>;
  close(): Promise<void>;
}

const EXAMPLES = `
Examples:
  $ pcbridge apply -f bridge.yaml --dry-run
  $ PCBRIDGE_URL=https://bridge.example.com PCBRIDGE_KEY=… pcbridge apply -f bridge.yaml --yes
  $ pcbridge apply -f bridge.yaml --prune

With an address (--url, PCBRIDGE_URL) or a key (--key-from, PCBRIDGE_KEY) the file is applied to that running bridge; with
neither, to the store of this machine (DATABASE_URL, or the data directory), as long as no bridge holds it. Secrets stand in the file as \${env:NAME} or \${file:PATH} and are read here.`;

const REGIONS_AT_START =
  'Regions of the file are known only to a bridge that starts with it: BRIDGE_CONFIG, and a restart.';

async function remoteTarget(options: RemoteOptions, terminal: Terminal): Promise<Target> {
  const api = await openBridgeApi(options, terminal);
  return {
    apply: (file, request) =>
      api.ask('POST', '/v1/configuration', configurationAnswerSchema, {
        ...toRequestBody(file.configuration),
        ...request,
      }),
    close: () => Promise.resolve(),
  };
}

/** A first set-up makes the store; a look at what would change does not. */
async function localTarget(
  file: BridgeFile,
  { dryRun = false }: ApplyCommandOptions,
  terminal: Terminal,
): Promise<Target> {
  const { openLocalStores } = await import('../local-stores.ts');
  const stores = await openLocalStores(terminal, { extraRegions: file.regions, mayMake: !dryRun });
  return {
    apply: async ({ configuration, regions }, request) =>
      toConfigurationAnswer(
        await applyConfiguration(
          configuration,
          {
            ...stores,
            extraRegions: regions,
            onChange: (change) => stores.activity.recordChange(changeActivity(change, 'pcbridge apply')),
          },
          request,
        ),
      ),
    close: () => stores.close(),
  };
}

async function placed<Result>(file: BridgeFile, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (
      error instanceof BridgeError &&
      error.code === 'invalid_request' &&
      error.options.errors !== undefined
    )
      throw file.faultsOf(error.options.errors);
    throw error;
  }
}

function fileOf(options: ApplyCommandOptions, { env }: Terminal): string {
  const file = options.file ?? env.BRIDGE_CONFIG;
  if (file !== undefined && file !== '') return file;
  throw new CommandError('No file is named', {
    exitCode: EXIT_CODE.usage,
    remedy: 'pcbridge apply -f bridge.yaml (pcbridge init writes one to begin with)',
  });
}

function printResult(answer: ConfigurationAnswer, { json }: RemoteOptions, terminal: Terminal): void {
  const ifLost = answer.keys.map(({ caller }) => lostKey(caller)).join('\n') || undefined;
  if (json === true) return terminal.data(JSON.stringify(answer, null, 2), ifLost);
  terminal.say(`Applied: ${answer.changes.length} changed, ${answer.unchanged} as they were.`);
  if (answer.keys.length > 0) terminal.say('API keys of the new callers, shown this once:');
  answer.keys.forEach(({ caller, key }) => terminal.data(`${caller} ${key}`, lostKey(caller)));
}

async function applyTo(
  target: Target,
  file: BridgeFile,
  options: ApplyCommandOptions,
  terminal: Terminal,
): Promise<void> {
  const { json = false, dryRun = false, prune = false, yes } = options;
  const planned = await placed(file, () => target.apply(file, { dryRun: true, prune }));
  const isLast = dryRun || planned.changes.length === 0;
  const write = dryRun ? terminal.data : terminal.say;
  if (!json) planLines(planned, prune).forEach((line) => write(line));
  if (file.regions.length > 0) terminal.say(REGIONS_AT_START);
  if (isLast) {
    if (json) terminal.data(JSON.stringify(planned, null, 2));
    return;
  }
  if (!(await agreed('Apply these changes?', yes, terminal))) return;
  const { fingerprint } = planned;
  printResult(
    await placed(file, () => target.apply(file, { dryRun: false, prune, fingerprint })),
    options,
    terminal,
  );
}

export function registerApply(program: Command, { terminal, finish }: CommandContext): void {
  withRemoteOptions(
    program
      .command('apply')
      .description('bring connections, callers and syncs to what a file says; shows the changes first'),
  )
    .option('-f, --file <file>', 'YAML file (default: BRIDGE_CONFIG)')
    .option('--dry-run', 'show the changes and make none')
    .option('--prune', 'remove what a section of the file does not hold')
    .option('--yes', 'apply without asking')
    .addHelpText('after', EXAMPLES)
    .action(async (options: ApplyCommandOptions) => {
      const { readBridgeFile } = await import('../../apply/read-bridge-file.ts');
      const namedBy = options.file === undefined ? 'BRIDGE_CONFIG' : '--file';
      const file = await readBridgeFile(fileOf(options, terminal), terminal.env, { namedBy });
      const target = await (meansBridge(options, terminal)
        ? remoteTarget(options, terminal)
        : localTarget(file, options, terminal));
      try {
        await applyTo(target, file, options, terminal);
      } finally {
        await target.close();
      }
      finish(EXIT_CODE.clean);
    });
}
