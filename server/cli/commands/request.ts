/** pcbridge request: one bearer token request from this machine, with every input of the tool. */
import { randomUUID } from 'node:crypto';
import { Option, type Command } from 'commander';
import { toBearerTokenAnswer } from '../../bearer/answer.ts';
import { parseBearerTokenRequest } from '../../bearer/request.ts';
import { loadConfig } from '../../config.ts';
import { exitCodeOfOutcome } from '../exit-code.ts';
import { printOutcome } from '../print-outcome.ts';
import { inputOf, requestOptions } from '../request-options.ts';
import type { CommandContext } from '../main.ts';

interface RequestCommandOptions extends Record<string, string | boolean | undefined> {
  json?: boolean;
  tokenOnly?: boolean;
  showWire?: boolean;
}

const EXAMPLES = `
Examples:
  $ pcbridge request --url https://login.mypurecloud.com/oauth/token --client-id 3f2a…
  $ pcbridge request --url https://x.my.salesforce.com/services/oauth2/token --grant-type password \\
      --credentials-in-body --client-id 3MVG… --username me@example.com \\
      --client-secret-from file:secret.txt --password-from prompt
  $ pcbridge request … --token-only | pbcopy

A host outside PureCloud and Salesforce has to be allowed: BRIDGE_EGRESS_ALLOW=host[:port],…`;

export function registerRequest(program: Command, { terminal, finish }: CommandContext): void {
  const command = program
    .command('request')
    .description('run one bearer token request and tell how it ended');
  for (const option of requestOptions()) command.addOption(option);
  command
    .option('--json', 'print the whole answer as JSON, the token included')
    .addOption(new Option('--token-only', 'print the token and nothing else').conflicts('json'))
    .option('--show-wire', 'show what is sent, secrets masked')
    .addHelpText('after', EXAMPLES)
    .action(async (options: RequestCommandOptions) => {
      const request = parseBearerTokenRequest(await inputOf(options, terminal));
      if (options.showWire) {
        const { wireView } = await import('../../bearer/wire-view.ts');
        (await wireView(request, Date.now())).forEach((line) => terminal.say(`  | ${line}`));
      }
      const { composeRequests } = await import('../../compose/compose-upstream.ts');
      const requests = composeRequests(loadConfig(terminal.env));
      const correlationId = randomUUID();
      try {
        const outcome = await requests.execute(request, { correlationId });
        if (options.json) terminal.data(JSON.stringify(toBearerTokenAnswer(outcome, correlationId), null, 2));
        else printOutcome(outcome, terminal);
        if (options.tokenOnly && outcome.token !== undefined)
          terminal.data(outcome.token.accessToken.reveal());
        finish(exitCodeOfOutcome(outcome));
      } finally {
        await requests.close();
      }
    });
}
