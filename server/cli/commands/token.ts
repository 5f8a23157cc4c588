/** pcbridge token: the bearer token of a connection, for a script; on a screen only where that is asked for. */
import type { Command } from 'commander';
import { z } from 'zod';
import { pathTo } from '../bridge-api.ts';
import { MASK } from '../../secret.ts';
import { EXIT_CODE } from '../exit-code.ts';
import type { CommandContext } from '../main.ts';
import { openBridgeApi, withRemoteOptions, type RemoteOptions } from '../remote-options.ts';
import { printable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

const tokenSchema = z.looseObject({
  accessToken: z.string(),
  tokenType: z.string(),
  expiresAt: z.string(),
  expiresInSeconds: z.number(),
  instanceUrl: z.string().optional(),
  generation: z.number(),
  source: z.string(),
});

interface TokenCommandOptions extends RemoteOptions {
  header?: boolean;
  show?: boolean;
  minimumLifetimeSeconds?: string;
}

const EXAMPLES = `
Examples:
  $ TOKEN=$(pcbridge token genesys)
  $ curl -H "$(pcbridge token genesys --header)" https://api.usw2.pure.cloud/api/v2/users/me
  $ pcbridge token genesys --json | jq -r .expiresAt

Where standard output is a screen, the token itself is not printed unless --show is given: screens are shared and recorded.`;

function printToken(
  token: z.output<typeof tokenSchema>,
  options: TokenCommandOptions,
  terminal: Terminal,
): void {
  const { accessToken, tokenType, expiresAt, expiresInSeconds, generation, source, instanceUrl } = token;
  const isSeen = terminal.dataIsSeen === true && options.show !== true;
  if (options.json)
    return terminal.data(JSON.stringify(isSeen ? { ...token, accessToken: MASK } : token, null, 2));
  const from = source === 'cache' ? 'held by the bridge' : 'signed in just now';
  terminal.say(
    `${printable(tokenType)} token, generation ${generation}, ${from}; expires at ${printable(expiresAt)} (in ${expiresInSeconds} s)`,
  );
  if (instanceUrl !== undefined) terminal.say(`Instance ${printable(instanceUrl)}`);
  if (isSeen)
    return terminal.say(
      'The token is not shown on a screen. Try: the same command with --show, or into a pipe',
    );
  return terminal.data(options.header ? `Authorization: Bearer ${accessToken}` : accessToken);
}

export function registerToken(program: Command, { terminal, finish }: CommandContext): void {
  withRemoteOptions(
    program
      .command('token')
      .description('print the bearer token of a connection')
      .argument('<connection>', 'name of the connection'),
  )
    .option('--header', 'print it as an Authorization header')
    .option('--show', 'print it although standard output is a screen')
    .option('--minimum-lifetime-seconds <seconds>', 'how long it has to live')
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, options: TokenCommandOptions) => {
      const api = await openBridgeApi(options, terminal);
      const { minimumLifetimeSeconds: seconds } = options;
      const query = seconds === undefined ? '' : `?minimumLifetimeSeconds=${encodeURIComponent(seconds)}`;
      printToken(
        await api.ask('GET', `${pathTo('connections', name, 'token')}${query}`, tokenSchema),
        options,
        terminal,
      );
      finish(EXIT_CODE.clean);
    });
}
