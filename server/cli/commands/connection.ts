/** pcbridge connection: the saved ways to get a token, on a running bridge. */
import type { Command } from 'commander';
import { z } from 'zod';
import { settingsIn } from '../../apply/to-bridge-file.ts';
import { connectionShape } from '../../connections/connection.ts';
import { BridgeError } from '../../errors.ts';
import { agreed } from '../agreement.ts';
import { noContent, pathTo, type BridgeApi } from '../bridge-api.ts';
import { EXIT_CODE } from '../exit-code.ts';
import type { CommandContext } from '../main.ts';
import { exitCodeOfChecks, checkLines, connectionTestSchema } from '../print-checks.ts';
import { openBridgeApi, withRemoteOptions, type RemoteOptions } from '../remote-options.ts';
import { neededSecrets, REQUEST_SECRETS, REQUEST_VARIABLES } from '../request-options.ts';
import { createSchemaOptions, type FieldVariable, type GivenOptions } from '../schema-options.ts';
import { printable, table } from '../table.ts';
import type { Terminal } from '../terminal.ts';

const viewSchema = z.looseObject({
  name: z.string(),
  provider: z.string(),
  url: z.string(),
  grantType: z.string(),
  region: z.string().optional(),
  apiUrl: z.string().optional(),
});
type View = z.output<typeof viewSchema>;
const listSchema = z.object({ connections: z.array(viewSchema) });

const OPTIONS = createSchemaOptions({
  shape: connectionShape,
  secrets: {
    ...REQUEST_SECRETS,
    securityToken: { label: 'Security token', variable: 'PCBRIDGE_SECURITY_TOKEN' },
  },
  variables: REQUEST_VARIABLES,
  names: { url: 'token-url' },
  booleansTakeValue: true,
});

const EXAMPLES = `
Examples:
  $ pcbridge connection list
  $ pcbridge connection put genesys --provider purecloud --region us_west_2 --client-id 3f2a…
  $ pcbridge connection put genesys --timeout-seconds 20
  $ pcbridge connection test genesys

The bridge is found by --url or PCBRIDGE_URL, the key by --key-from or PCBRIDGE_KEY.`;

const PUT_HELP = `
Examples:
  $ pcbridge connection put genesys --provider purecloud --region us_west_2 --client-id 3f2a…
  $ pcbridge connection put genesys --client-secret-from prompt

Of a connection that is stored, what is not given stays: no prompt comes up, and of the variables only PCBRIDGE_PROXY_URI
counts. What a variable gave is told.`;

function listLines(connections: readonly View[]): string[] {
  return table(
    ['NAME', 'PROVIDER', 'GRANT', 'WHERE'],
    connections.map(({ name, provider, grantType, region, url }) => [
      name,
      provider,
      grantType,
      region ?? new URL(url).host,
    ]),
  );
}

function settingLines(view: View): string[] {
  const width = Math.max(...Object.keys(view).map((field) => field.length));
  return Object.entries(view).map(([field, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return `${printable(field).padEnd(width)}  ${printable(text)}`;
  });
}

function print(value: unknown, lines: readonly string[], { json }: RemoteOptions, terminal: Terminal): void {
  if (json === true) terminal.data(JSON.stringify(value, null, 2));
  else lines.forEach((line) => terminal.data(line));
}

async function storedView(api: BridgeApi, name: string): Promise<View | undefined> {
  try {
    return await api.ask('GET', pathTo('connections', name), viewSchema);
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'not_found') return undefined;
    throw error;
  }
}

/** What is stored and stays beside this input. A stored region would put its own addresses in the place of another region's. */
function keptSettings(stored: View, { region, url, apiUrl }: GivenOptions): Record<string, unknown> {
  const { region: storedRegion, ...settings } = settingsIn(stored, connectionShape);
  const isReplaced = region === undefined && (url !== undefined || apiUrl !== undefined);
  return isReplaced ? settings : { ...settings, region: storedRegion };
}

function addressLine({ region }: View, saved: View): string | undefined {
  if (region === undefined || saved.region !== undefined) return undefined;
  const api = saved.apiUrl === undefined ? '' : `, its API is ${saved.apiUrl}`;
  return `It has no region any more (${region}): tokens come from ${saved.url}${api}. To keep one beside an address, name --region too.`;
}

/** A proxy with a password can be given in no other way; a credential of a stored connection is changed by its option alone. */
const VARIABLES_OF_STORED: readonly string[] = ['proxyUri'];

/** A variable that was exported for something else must be seen before it is stored. */
function sayVariables(set: readonly FieldVariable[], taken: readonly string[], terminal: Terminal): void {
  const textOf = (variables: readonly FieldVariable[]) =>
    variables.map(({ field, variable }) => `${field} (${variable})`).join(', ');
  const isTaken = ({ field }: FieldVariable) => taken.includes(field);
  const [from, left] = [set.filter(isTaken), set.filter((variable) => !isTaken(variable))];
  if (from.length > 0) terminal.say(`From the environment: ${textOf(from)}.`);
  if (left.length > 0) terminal.say(`Set and not taken, since no option names it: ${textOf(left)}.`);
}

/** What is not given stays as it is; the secrets of a new connection are asked for. */
async function put(name: string, given: GivenOptions & RemoteOptions, terminal: Terminal): Promise<void> {
  const api = await openBridgeApi(given, terminal);
  const stored = await storedView(api, name);
  const needed = stored === undefined ? neededSecrets(given.grantType) : [];
  const fromVariables = stored === undefined ? Object.keys(REQUEST_VARIABLES) : VARIABLES_OF_STORED;
  sayVariables(OPTIONS.inVariables(given, terminal), [...fromVariables, ...needed], terminal);
  const input = await OPTIONS.inputOf(given, terminal, { needed, fromVariables });
  const view = await api.ask('PUT', pathTo('connections', name), viewSchema, {
    ...(stored === undefined ? {} : { ...keptSettings(stored, input), version: stored.version }),
    ...input,
  });
  terminal.say(`${stored === undefined ? 'Added' : 'Saved'} the connection ${name}.`);
  const aboutAddresses = stored === undefined ? undefined : addressLine(stored, view);
  if (aboutAddresses !== undefined) terminal.say(aboutAddresses);
  print(view, [], given, terminal);
  if (given.json !== true) terminal.say(`Try: pcbridge connection test ${name}`);
}

function registerChanges(connection: Command, { terminal, finish }: CommandContext): void {
  const putCommand = withRemoteOptions(
    connection
      .command('put')
      .description('add a connection, or change settings of one')
      .argument('<name>', 'small letters, digits and "-"'),
  ).addHelpText('after', PUT_HELP);
  for (const option of OPTIONS.options()) putCommand.addOption(option);
  putCommand.action(async (name: string, options: GivenOptions & RemoteOptions) => {
    await put(name, options, terminal);
    finish(EXIT_CODE.clean);
  });
  withRemoteOptions(
    connection.command('remove').description('remove a connection').argument('<name>', 'as list shows it'),
    { json: false },
  )
    .option('--yes', 'remove without asking')
    .action(async (name: string, options: RemoteOptions & { yes?: boolean }) => {
      const api = await openBridgeApi(options, terminal);
      if (await agreed(`Remove the connection ${name}?`, options.yes, terminal)) {
        await api.ask('DELETE', pathTo('connections', name), noContent);
        terminal.say(`Removed the connection ${name}.`);
      }
      finish(EXIT_CODE.clean);
    });
  withRemoteOptions(
    connection
      .command('reset')
      .description('let a connection sign in again after its credential was refused')
      .argument('<name>', 'as list shows it'),
    { json: false },
  ).action(async (name: string, options: RemoteOptions) => {
    await (
      await openBridgeApi(options, terminal)
    ).ask('POST', pathTo('connections', name, 'reset'), noContent);
    terminal.say(`The next use of ${name} signs in again.`);
    finish(EXIT_CODE.clean);
  });
}

export function registerConnection(program: Command, context: CommandContext): void {
  const { terminal, finish } = context;
  const connection = program
    .command('connection')
    .description('saved ways to get a token')
    .addHelpText('after', EXAMPLES);
  withRemoteOptions(connection.command('list').description('list the connections')).action(
    async (options: RemoteOptions) => {
      const { connections } = await (
        await openBridgeApi(options, terminal)
      ).ask('GET', pathTo('connections'), listSchema);
      print(connections, listLines(connections), options, terminal);
      if (connections.length === 0)
        terminal.say('There are no connections. Add one with: pcbridge connection put NAME');
      finish(EXIT_CODE.clean);
    },
  );
  withRemoteOptions(
    connection
      .command('show')
      .description('show every setting of a connection; of a secret only that it is set')
      .argument('<name>', 'as list shows it'),
  ).action(async (name: string, options: RemoteOptions) => {
    const view = await (
      await openBridgeApi(options, terminal)
    ).ask('GET', pathTo('connections', name), viewSchema);
    print(view, settingLines(view), options, terminal);
    finish(EXIT_CODE.clean);
  });
  withRemoteOptions(
    connection
      .command('test')
      .description(
        'check name, TLS, clock, sign-in, permissions and rate of a connection, one after the other',
      )
      .argument('<name>', 'as list shows it'),
  ).action(async (name: string, options: RemoteOptions) => {
    const api = await openBridgeApi(options, terminal);
    const result = await api.ask('POST', pathTo('connections', name, 'test'), connectionTestSchema);
    print(result, checkLines(result.checks, terminal), options, terminal);
    finish(exitCodeOfChecks(result.checks));
  });
  registerChanges(connection, context);
}
