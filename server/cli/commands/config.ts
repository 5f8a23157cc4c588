/** pcbridge config: the configuration file: its schema, whether one is right, and what a running bridge has as such a file. */
import type { Command } from 'commander';
import { z } from 'zod';
import { bridgeFileJsonSchema } from '../../apply/bridge-file.ts';
import { toFileMembers } from '../../apply/to-bridge-file.ts';
import { pathTo } from '../bridge-api.ts';
import { CommandError } from '../command-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import type { CommandContext } from '../main.ts';
import { openBridgeApi, withRemoteOptions, type RemoteOptions } from '../remote-options.ts';

const namedSchema = z.looseObject({ name: z.string() });
const connectionsSchema = z.object({ connections: z.array(namedSchema) });
const callersSchema = z.object({ callers: z.array(namedSchema) });
const syncsSchema = z.object({ syncs: z.array(namedSchema) });

const EXAMPLES = `
Examples:
  $ pcbridge config schema > bridge.schema.json
  $ pcbridge config validate -f bridge.yaml
  $ pcbridge config show > bridge.yaml`;

export function registerConfig(program: Command, { terminal, finish }: CommandContext): void {
  const config = program
    .command('config')
    .description('the configuration file')
    .addHelpText('after', EXAMPLES);
  config
    .command('schema')
    .description('print the JSON Schema of the file, for editors')
    .action(() => {
      terminal.data(JSON.stringify(bridgeFileJsonSchema(), null, 2));
      finish(EXIT_CODE.clean);
    });
  config
    .command('validate')
    .description('check a file without a bridge; the secrets it refers to have to be there')
    .option('-f, --file <file>', 'YAML file (default: BRIDGE_CONFIG)')
    .action(async ({ file = terminal.env.BRIDGE_CONFIG }: { file?: string }) => {
      if (file === undefined || file === '')
        throw new CommandError('No file is named', {
          exitCode: EXIT_CODE.usage,
          remedy: 'pcbridge config validate -f bridge.yaml',
        });
      const { readBridgeFile } = await import('../../apply/read-bridge-file.ts');
      const { configuration } = await readBridgeFile(file, terminal.env);
      const { connections = [], callers = [], syncs = [] } = configuration;
      terminal.say(
        `${file} is right: ${connections.length} connections, ${callers.length} callers, ${syncs.length} syncs.`,
      );
      finish(EXIT_CODE.clean);
    });
  withRemoteOptions(
    config
      .command('show')
      .description('print what a running bridge has, as a file that "pcbridge apply" takes'),
  ).action(async (options: RemoteOptions) => {
    const api = await openBridgeApi(options, terminal);
    const { connections } = await api.ask('GET', pathTo('connections'), connectionsSchema);
    const { callers } = await api.ask('GET', pathTo('callers'), callersSchema);
    const { syncs } = await api.ask('GET', pathTo('syncs'), syncsSchema);
    const file = toFileMembers({ connections, callers, syncs });
    const { stringify } = await import('yaml');
    terminal.data(options.json ? JSON.stringify(file, null, 2) : stringify(file).trimEnd());
    terminal.say(
      'Secrets are not shown: applied to this bridge, the file keeps them; elsewhere they have to be added.',
    );
    finish(EXIT_CODE.clean);
  });
}
