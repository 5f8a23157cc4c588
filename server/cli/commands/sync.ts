/** pcbridge sync: campaigns and their contact lists, planned, run and paused. */
import type { Command } from 'commander';
import { z } from 'zod';
import { settingsIn } from '../../apply/to-bridge-file.ts';
import { SYNC_CHECK_OUTCOMES } from '../../campaigns/sync-checks.ts';
import { syncShape } from '../../campaigns/sync.ts';
import { startRun, watchRun, type WatchOptions } from '../begin-run.ts';
import { pathTo, type BridgeApi } from '../bridge-api.ts';
import { EXIT_CODE, exitCodeOfCode } from '../exit-code.ts';
import { ofSync } from '../find-sync.ts';
import type { CommandContext } from '../main.ts';
import { checkLines } from '../print-checks.ts';
import { shortCounts } from '../print-run.ts';
import { openBridgeApi, withRemoteOptions, type RemoteOptions } from '../remote-options.ts';
import { syncSchema, syncsSchema, type SyncView } from '../run-schema.ts';
import { printable, table } from '../table.ts';
import type { Terminal } from '../terminal.ts';

type RunOptions = RemoteOptions & WatchOptions & { plan?: string };

const EXAMPLES = `
Examples:
  $ pcbridge sync list
  $ pcbridge sync check spring-offer            what is wrong with the mapping, before anything is sent
  $ pcbridge sync plan spring-offer             a dry run: reads both sides, writes nothing
  $ pcbridge sync run spring-offer --plan 7c1f…
  $ pcbridge sync run spring-offer --detach     prints the id of the run and ends

A run goes on at the bridge whatever happens here: Ctrl+C ends the watching, not the run.
Exit codes of plan and run: 0 clean, 2 the sync has to be corrected, 3 sign-in refused, 4 permission missing, 5 PureCloud or
Salesforce not reached, 6 finished with failed rows, 8 limit reached, 130 paused, cancelled or no longer watched.`;

function listLines(syncs: readonly SyncView[]): string[] {
  return table(
    ['NAME', 'STATUS', 'LAST RUN', 'WHAT IT DID', 'NEXT RUN'],
    syncs.map(({ name, status, lastRun, nextRunAt, schedule }) => [
      name,
      status,
      lastRun?.startedAt ?? 'never',
      lastRun === undefined ? '' : shortCounts(lastRun),
      nextRunAt ?? (schedule === undefined ? 'when asked' : 'none'),
    ]),
  );
}

function settingLines({ lastRun, ...view }: SyncView): string[] {
  const shown = {
    ...view,
    ...(lastRun === undefined ? {} : { lastRun: `${lastRun.id}: ${lastRun.status}` }),
  };
  const width = Math.max(...Object.keys(shown).map((field) => field.length));
  return Object.entries(shown).flatMap(([field, value]) => {
    const head = printable(field).padEnd(width);
    if (Array.isArray(value) && value.length > 0)
      return value.map((item, index) => `${index === 0 ? head : ' '.repeat(width)}  ${itemText(item)}`);
    return [`${head}  ${itemText(value)}`];
  });
}

/** `Phone -> Phone (Work)`; anything else as JSON. */
function itemText(value: unknown): string {
  if (typeof value === 'string') return printable(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
  const { field, column, type, result, memberStatus } = value as Record<string, string | undefined>;
  const [from, to] = [field ?? result, column ?? memberStatus];
  if (from === undefined || to === undefined) return printable(JSON.stringify(value));
  return printable(`${from} -> ${to}${type === undefined ? '' : ` (${type})`}`);
}

function getSync(api: BridgeApi, name: string): Promise<SyncView> {
  return ofSync(api, name, () => api.ask('GET', pathTo('syncs', name), syncSchema));
}

async function setPaused(api: BridgeApi, name: string, paused: boolean, terminal: Terminal): Promise<void> {
  const stored = await getSync(api, name);
  await api.ask('PUT', pathTo('syncs', name), syncSchema, {
    ...settingsIn(stored, syncShape),
    version: stored.version,
    paused,
  });
  const { schedule, lastRun } = stored;
  const when =
    schedule === undefined ? 'It has no schedule; runs start when asked.' : `Schedule: ${schedule}.`;
  terminal.say(
    paused ? `The schedule of ${name} starts no more runs.` : `The schedule of ${name} counts again. ${when}`,
  );
  if (paused && lastRun !== undefined && lastRun.finishedAt === undefined)
    terminal.say(`A run is not finished, and goes on: pcbridge run pause ${lastRun.id}`);
}

const OUTCOME_WORD = { passed: 'ok', failed: 'failed', skipped: 'notRun' } as const;

const checkAnswerSchema = z.looseObject({
  checks: z.array(
    z.object({
      name: z.string(),
      outcome: z.enum(SYNC_CHECK_OUTCOMES),
      sentence: z.string(),
      remedy: z.string().optional(),
      code: z.string().optional(),
    }),
  ),
});

/** A side that could not be asked decides; else the sync is to be corrected. */
function exitCodeOfReport({ checks }: z.output<typeof checkAnswerSchema>): number {
  const failed = checks.find(({ outcome }) => outcome === 'failed');
  if (failed === undefined) return EXIT_CODE.clean;
  return (failed.code === undefined ? undefined : exitCodeOfCode(failed.code)) ?? EXIT_CODE.usage;
}

const webhookSchema = z.looseObject({
  address: z.string(),
  secret: z.string(),
  waiting: z.number(),
  written: z.number(),
  ignored: z.number(),
  failed: z.number(),
  lastReceivedAt: z.string().optional(),
});

function named(sync: Command, name: string, description: string, json = true): Command {
  return withRemoteOptions(
    sync.command(name).description(description).argument('<name>', 'as list shows it'),
    { json },
  );
}

function registerLooks(sync: Command, { terminal, finish }: CommandContext): void {
  withRemoteOptions(
    sync.command('list').description('list the syncs: how each is, what it did last, when it runs next'),
  ).action(async (options: RemoteOptions) => {
    const { syncs } = await (await openBridgeApi(options, terminal)).ask('GET', pathTo('syncs'), syncsSchema);
    if (options.json) terminal.data(JSON.stringify(syncs, null, 2));
    else listLines(syncs).forEach((line) => terminal.data(line));
    if (syncs.length === 0)
      terminal.say(
        'There are no syncs that this key may see. Add one to the configuration, then: pcbridge apply -f FILE',
      );
    finish(EXIT_CODE.clean);
  });
  named(sync, 'show', 'show every setting of a sync, and how it is').action(
    async (name: string, options: RemoteOptions) => {
      const view = await getSync(await openBridgeApi(options, terminal), name);
      if (options.json) terminal.data(JSON.stringify(view, null, 2));
      else settingLines(view).forEach((line) => terminal.data(line));
      finish(EXIT_CODE.clean);
    },
  );
  named(
    sync,
    'check',
    'look at campaign, fields, statuses, list and wrap-up codes of a sync, and change nothing',
  ).action(async (name: string, options: RemoteOptions) => {
    const api = await openBridgeApi(options, terminal);
    const answer = await ofSync(api, name, () =>
      api.ask('POST', pathTo('syncs', name, 'check'), checkAnswerSchema),
    );
    const checks = answer.checks.map(({ name: check, outcome, sentence, remedy }) => ({
      name: check,
      outcome: OUTCOME_WORD[outcome],
      sentence: remedy === undefined ? sentence : `${sentence} Try: ${remedy}`,
    }));
    if (options.json) terminal.data(JSON.stringify(answer, null, 2));
    else checkLines(checks, terminal).forEach((line) => terminal.data(line));
    finish(exitCodeOfReport(answer));
  });
}

/** The secret is data of its own: alone, and only where it is asked for. */
function registerWebhook(sync: Command, { terminal, finish }: CommandContext): void {
  named(sync, 'webhook', 'show where PureCloud is to send results of calls, and how many came')
    .option(
      '--show-secret',
      'print the secret that goes with them, and nothing else; with --json beside the rest',
    )
    .option('--renew', 'make a new secret; the old one ends at once')
    .action(async (name: string, options: RemoteOptions & { showSecret?: boolean; renew?: boolean }) => {
      const api = await openBridgeApi(options, terminal);
      const method = options.renew === true ? 'POST' : 'GET';
      const { secret, ...shown } = await ofSync(api, name, () =>
        api.ask(method, pathTo('syncs', name, 'webhook'), webhookSchema),
      );
      const { address, waiting, written, ignored, failed, lastReceivedAt = 'never' } = shown;
      if (options.showSecret === true)
        terminal.data(options.json ? JSON.stringify({ ...shown, secret }, null, 2) : secret);
      else if (options.json) terminal.data(JSON.stringify(shown, null, 2));
      else {
        terminal.data(printable(address));
        terminal.data(`${waiting} waiting, ${written} written, ${ignored} ignored, ${failed} failed`);
        terminal.data(printable(`last received: ${lastReceivedAt}`));
        terminal.say(`The secret that goes with them: pcbridge sync webhook ${name} --show-secret`);
      }
      finish(EXIT_CODE.clean);
    });
}

export function registerSync(program: Command, context: CommandContext): void {
  const { terminal, finish } = context;
  const sync = program
    .command('sync')
    .description('campaigns of Salesforce, kept as contact lists of PureCloud')
    .addHelpText('after', EXAMPLES);
  registerLooks(sync, context);
  registerWebhook(sync, context);
  named(sync, 'plan', 'say what a run would do, and do nothing: a dry run').action(
    async (name: string, options: RemoteOptions) => {
      const api = await openBridgeApi(options, terminal);
      const run = await ofSync(api, name, () => startRun(api, name, { dryRun: true }));
      finish(await watchRun(api, run, options, terminal));
    },
  );
  named(sync, 'run', 'send members, take results back, and show how far it has come')
    .option('--plan <id>', 'carry out this dry run; it must be of the last 30 minutes')
    .option('--detach', 'start the run and do not wait for it')
    .action(async (name: string, { plan, ...options }: RunOptions) => {
      const api = await openBridgeApi(options, terminal);
      const wish = plan === undefined ? {} : { planOf: plan };
      const run = await ofSync(api, name, () => startRun(api, name, wish));
      finish(await watchRun(api, run, options, terminal));
    });
  for (const [command, paused] of [
    ['pause', true],
    ['resume', false],
  ] as const) {
    named(
      sync,
      command,
      paused ? 'let the schedule start no more runs' : 'let the schedule start runs again',
      false,
    ).action(async (name: string, options: RemoteOptions) => {
      await setPaused(await openBridgeApi(options, terminal), name, paused, terminal);
      finish(EXIT_CODE.clean);
    });
  }
}
