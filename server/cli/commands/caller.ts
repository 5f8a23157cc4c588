/** pcbridge caller: who may use the bridge. A key is printed once, alone on stdout, so that a script can keep it. */
import type { Command } from 'commander';
import { z } from 'zod';
import { BridgeError } from '../../errors.ts';
import { agreed } from '../agreement.ts';
import { noContent, pathTo, type BridgeApi } from '../bridge-api.ts';
import { CommandError } from '../command-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { lostKey } from '../lost-key.ts';
import type { CommandContext } from '../main.ts';
import { openBridgeApi, withRemoteOptions, type RemoteOptions } from '../remote-options.ts';
import { table } from '../table.ts';
import type { Terminal } from '../terminal.ts';

const callerSchema = z.looseObject({
  name: z.string(),
  permissions: z.array(z.string()),
  keys: z.array(z.looseObject({ createdAt: z.string(), expiresAt: z.string().optional() })),
  key: z.string().optional(),
});
type CallerAnswer = z.output<typeof callerSchema>;
const listSchema = z.object({ callers: z.array(callerSchema) });

interface RotateOptions extends RemoteOptions {
  overlapSeconds?: string;
}

const EXAMPLES = `
Examples:
  $ pcbridge caller add my-org --permission proxy:genesys --permission read
  $ KEY=$(pcbridge caller rotate my-org --overlap-seconds 3600)
  $ pcbridge caller list

Permissions: admin, read, request, token:CONNECTION, proxy:CONNECTION, sync:SYNC; "*" stands for any name.`;

function listLines(callers: readonly CallerAnswer[]): string[] {
  return table(
    ['NAME', 'KEYS', 'PERMISSIONS'],
    callers.map(({ name, keys, permissions }) => [name, String(keys.length), permissions.join(' ')]),
  );
}

function printKey(answer: CallerAnswer, { json }: RemoteOptions, terminal: Terminal): void {
  const { name, key } = answer;
  const ifLost = key === undefined ? undefined : lostKey(name);
  if (json === true) return terminal.data(JSON.stringify(answer, null, 2), ifLost);
  if (key === undefined) return;
  terminal.say(`API key of the caller ${name}, shown this once:`);
  terminal.data(key, ifLost);
}

async function assertNew(api: BridgeApi, name: string): Promise<void> {
  try {
    await api.ask('GET', pathTo('callers', name), callerSchema);
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'not_found') return;
    throw error;
  }
  throw new CommandError(`There is a caller "${name}" already`, {
    exitCode: EXIT_CODE.usage,
    remedy: `another name, "pcbridge caller rotate ${name}" for a new key, or "pcbridge apply" to change its permissions`,
  });
}

/** `--permission "$UNSET"` is no wish for a caller that may do nothing. */
function assertPermissions(permissions: readonly string[]): void {
  if (permissions.length > 0) return;
  throw new CommandError('--permission names no permission', {
    exitCode: EXIT_CODE.usage,
    remedy: '--permission read, or another of: pcbridge caller --help',
  });
}

async function overlapOf(text: string | undefined): Promise<{ overlapSeconds?: number }> {
  if (text === undefined) return {};
  const { OVERLAP_SECONDS_MAX: max } = await import('../../callers/caller-store.ts');
  if (/^\d{1,7}$/.test(text) && Number(text) <= max) return { overlapSeconds: Number(text) };
  throw new CommandError(`--overlap-seconds must be a whole number of seconds from 0 to ${max}, a week`, {
    exitCode: EXIT_CODE.usage,
    remedy: '--overlap-seconds 3600',
  });
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, ...value.split(/[\s,]+/).filter((part) => part !== '')];
}

function registerKeys(caller: Command, { terminal, finish }: CommandContext): void {
  withRemoteOptions(
    caller
      .command('add')
      .description('add a caller and print its API key')
      .argument('<name>', 'small letters, digits and "-"'),
  )
    .requiredOption('--permission <permission>', 'what it may do; may be repeated', collect)
    .action(async (name: string, options: RemoteOptions & { permission: string[] }) => {
      assertPermissions(options.permission);
      const api = await openBridgeApi(options, terminal);
      await assertNew(api, name);
      const body = { permissions: options.permission };
      printKey(await api.ask('PUT', pathTo('callers', name), callerSchema, body), options, terminal);
      finish(EXIT_CODE.clean);
    });
  withRemoteOptions(
    caller
      .command('rotate')
      .description('make a new API key for a caller and print it')
      .argument('<name>', 'as list shows it'),
  )
    .option(
      '--overlap-seconds <seconds>',
      'how much longer the present key works (default: not at all; at most a week)',
    )
    .action(async (name: string, options: RotateOptions) => {
      const body = await overlapOf(options.overlapSeconds);
      const api = await openBridgeApi(options, terminal);
      printKey(
        await api.ask('POST', pathTo('callers', name, 'rotate'), callerSchema, body),
        options,
        terminal,
      );
      finish(EXIT_CODE.clean);
    });
}

export function registerCaller(program: Command, context: CommandContext): void {
  const { terminal, finish } = context;
  const caller = program
    .command('caller')
    .description('who may use the bridge')
    .addHelpText('after', EXAMPLES);
  withRemoteOptions(caller.command('list').description('list the callers')).action(
    async (options: RemoteOptions) => {
      const { callers } = await (
        await openBridgeApi(options, terminal)
      ).ask('GET', pathTo('callers'), listSchema);
      if (options.json) terminal.data(JSON.stringify(callers, null, 2));
      else listLines(callers).forEach((line) => terminal.data(line));
      finish(EXIT_CODE.clean);
    },
  );
  registerKeys(caller, context);
  withRemoteOptions(
    caller
      .command('remove')
      .description('remove a caller and its keys')
      .argument('<name>', 'as list shows it'),
    { json: false },
  )
    .option('--yes', 'remove without asking')
    .action(async (name: string, options: RemoteOptions & { yes?: boolean }) => {
      const api = await openBridgeApi(options, terminal);
      if (await agreed(`Remove the caller ${name}? Its keys end at once.`, options.yes, terminal)) {
        await api.ask('DELETE', pathTo('callers', name), noContent);
        terminal.say(`Removed the caller ${name}.`);
      }
      finish(EXIT_CODE.clean);
    });
}
