/** pcbridge sandbox: a PureCloud and a Salesforce on this machine, for trying things out. */
import type { Command } from 'commander';
import { invalidRequest } from '../../validation.ts';
import { EXIT_CODE } from '../exit-code.ts';
import type { CommandContext } from '../main.ts';
import { untilSignalled } from '../until-signalled.ts';

/** The next one is needed too. */
const PORT_MAX = 65_534;
const MEMBERS_MAX = 1_000_000;

function whole(option: string, text: string, max: number): number {
  if (/^\d{1,7}$/.test(text) && Number(text) <= max) return Number(text);
  throw invalidRequest([{ field: option, detail: `must be a whole number from 0 to ${max}` }]);
}

export function registerSandbox(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('sandbox')
    .description('start a PureCloud and a Salesforce on loopback that answer like the real ones')
    .option('--port <port>', 'port of PureCloud; Salesforce takes the next one', '8081')
    .option('--members <count>', 'how many members the campaign of the org has, up to a million', '1000')
    .action(async (options: { port: string; members: string }) => {
      const port = whole('--port', options.port, PORT_MAX);
      const members = whole('--members', options.members, MEMBERS_MAX);
      const org = { campaigns: [{ name: 'Spring Offer', members }] };
      const { startCampaignSandbox } = await import('../../../sandbox/start-campaign-sandbox.ts');
      const { DEMO_PURECLOUD_CLIENT } =
        await import('../../../sandbox/purecloud/create-purecloud-sandbox.ts');
      const { DEMO_SALESFORCE_APP, DEMO_SALESFORCE_USER } =
        await import('../../../sandbox/salesforce/create-salesforce-sandbox.ts');
      const sandbox = await startCampaignSandbox({ port, org });
      terminal.say(`PureCloud   ${sandbox.purecloud.tokenUrl}`);
      terminal.say(
        `            client id ${DEMO_PURECLOUD_CLIENT.id}  secret ${DEMO_PURECLOUD_CLIENT.secret}`,
      );
      terminal.say(`Salesforce  ${sandbox.salesforce.tokenUrl}`);
      terminal.say(
        `            client id ${DEMO_SALESFORCE_APP.clientId}  secret ${DEMO_SALESFORCE_APP.clientSecret}`,
      );
      terminal.say(
        `            user ${DEMO_SALESFORCE_USER.username}  password ${DEMO_SALESFORCE_USER.password + DEMO_SALESFORCE_USER.securityToken}`,
      );
      terminal.say(`            campaign ${sandbox.campaignId}: Spring Offer, ${members} members`);
      terminal.say('');
      terminal.say('Call the contacts of a list, once a sync has filled it:');
      terminal.say(
        `  curl -X POST ${sandbox.purecloud.url}/_sandbox/switches/dialing -H 'Content-Type: application/json' -d '{"callsPerSecond":20}'`,
      );
      terminal.say('Switch a fault on:');
      terminal.say(
        `  curl -X POST ${sandbox.purecloud.url}/_sandbox/faults -H 'Content-Type: application/json' -d '{"kind":"slow","delayMs":15000}'`,
      );
      const stopped = untilSignalled();
      terminal.say('Press Ctrl+C to stop.');
      await stopped;
      await sandbox.close();
      finish(EXIT_CODE.clean);
    });
}
