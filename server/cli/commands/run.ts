/** pcbridge run: what runs did, which rows need someone, and runs stopped, taken up and tried again. */
import { Option, type Command } from 'commander';
import { ROW_OUTCOMES, type RowOutcome } from '../../campaigns/row-reason.ts';
import { printRun, startRun, watchRun, type WatchOptions } from '../begin-run.ts';
import { pathTo, type BridgeApi } from '../bridge-api.ts';
import { CommandError } from '../command-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { ofSync } from '../find-sync.ts';
import { hasEnded } from '../follow-run.ts';
import type { CommandContext } from '../main.ts';
import { maskValues } from '../mask.ts';
import { rowLines, runListLines } from '../print-run.ts';
import { openBridgeApi, withRemoteOptions, type RemoteOptions } from '../remote-options.ts';
import { rowsSchema, runSchema, runsSchema, type Row, type Run } from '../run-schema.ts';
import type { Terminal } from '../terminal.ts';

const LATEST = 'latest';
const RUN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const LIST_LIMIT_DEFAULT = '30';
const ROWS_PAGE = 500;

const EXAMPLES = `
Examples:
  $ pcbridge run list --sync spring-offer
  $ pcbridge run show latest --watch
  $ pcbridge run rows spring-offer --outcome failed
  $ pcbridge run rows 7c1f… --outcome invalid --csv > to-correct.csv
  $ pcbridge run retry latest

The name of a sync stands for its newest run, "latest" for the newest of all syncs.`;

const ROWS_HELP = `
Rows hold the values of people. On a screen they are masked, and --unmasked shows them; a file or a pipe gets them as they are,
and should be kept as long as it is needed and no longer. The bridge itself keeps rows for 30 days.`;

interface RowsOptions extends RemoteOptions {
  outcome?: RowOutcome;
  csv?: boolean;
  unmasked?: boolean;
  limit?: string;
}

async function newestRun(api: BridgeApi, sync: string): Promise<Run> {
  const page = sync === LATEST ? pathTo('runs') : pathTo('syncs', sync, 'runs');
  const { runs } = await ofSync(api, sync, () => api.ask('GET', `${page}?limit=1`, runsSchema));
  if (runs[0] !== undefined) return runs[0];
  throw new CommandError('There is no run yet', {
    exitCode: EXIT_CODE.usage,
    remedy: sync === LATEST ? 'pcbridge sync list, then pcbridge sync run NAME' : `pcbridge sync run ${sync}`,
  });
}

async function findRun(api: BridgeApi, id: string): Promise<Run> {
  return RUN_ID.test(id) ? await api.ask('GET', pathTo('runs', id), runSchema) : await newestRun(api, id);
}

async function idOf(api: BridgeApi, id: string): Promise<string> {
  return RUN_ID.test(id) ? id : (await newestRun(api, id)).id;
}

async function* rowPages(api: BridgeApi, id: string, { outcome, limit }: RowsOptions): AsyncGenerator<Row[]> {
  let left = limit === undefined ? Infinity : Number(limit);
  let after: string | number | undefined;
  do {
    const query = new URLSearchParams({
      limit: String(Math.min(ROWS_PAGE, left)),
      ...(outcome === undefined ? {} : { outcome }),
      ...(after === undefined ? {} : { after: String(after) }),
    });
    const page = await api.ask('GET', `${pathTo('runs', id, 'rows')}?${query.toString()}`, rowsSchema);
    yield page.rows;
    left -= page.rows.length;
    after = page.nextAfter;
  } while (after !== undefined && left > 0);
}

async function printCsv(api: BridgeApi, id: string, options: RowsOptions, terminal: Terminal): Promise<void> {
  if (terminal.dataIsSeen === true && options.unmasked !== true) {
    throw new CommandError('The CSV holds values of people, and this is a screen', {
      exitCode: EXIT_CODE.usage,
      remedy: 'the same command with "> FILE.csv", or with --unmasked',
    });
  }
  const query = options.outcome === undefined ? '' : `?outcome=${options.outcome}`;
  await api.lines(`${pathTo('runs', id)}/rows.csv${query}`, (line) => terminal.data(line));
}

async function printRows(
  api: BridgeApi,
  id: string,
  options: RowsOptions,
  terminal: Terminal,
): Promise<void> {
  const masked = terminal.dataIsSeen === true && options.unmasked !== true;
  const rows: Row[] = [];
  for await (const page of rowPages(api, id, options)) rows.push(...page);
  const shown = masked ? rows.map((row) => ({ ...row, original: maskValues(row.original) })) : rows;
  if (options.json === true) terminal.data(JSON.stringify(shown, null, 2));
  else if (rows.length > 0) rowLines(rows, masked).forEach((line) => terminal.data(line));
  if (rows.length === 0) terminal.say('There are no such rows.');
  else if (masked) terminal.say('Values are masked on a screen; --unmasked shows them.');
}

function ofRun(run: Command, name: string, description: string): Command {
  return withRemoteOptions(
    run
      .command(name)
      .description(description)
      .argument('<run>', 'its id as list shows it, the name of a sync for its newest run, or "latest"'),
  );
}

function registerLooks(run: Command, { terminal, finish }: CommandContext): void {
  withRemoteOptions(run.command('list').description('list runs, the newest first'))
    .option('--sync <name>', 'only of this sync')
    .option('--limit <count>', 'at most so many', LIST_LIMIT_DEFAULT)
    .action(async (options: RemoteOptions & { sync?: string; limit: string }) => {
      const api = await openBridgeApi(options, terminal);
      const query = new URLSearchParams({
        limit: options.limit,
        ...(options.sync === undefined ? {} : { sync: options.sync }),
      });
      const ask = () => api.ask('GET', `${pathTo('runs')}?${query.toString()}`, runsSchema);
      const { runs } = await (options.sync === undefined ? ask() : ofSync(api, options.sync, ask));
      if (options.json) terminal.data(JSON.stringify(runs, null, 2));
      else runListLines(runs).forEach((line) => terminal.data(line));
      if (runs.length === 0) terminal.say('There are no runs. Start one with: pcbridge sync run NAME');
      finish(EXIT_CODE.clean);
    });
  ofRun(run, 'show', 'show what a run did')
    .option('--watch', 'follow it until it has ended; the exit code is then that of the run')
    .action(async (id: string, options: RemoteOptions & { watch?: boolean }) => {
      const api = await openBridgeApi(options, terminal);
      const found = await findRun(api, id);
      if (options.watch === true) return finish(await watchRun(api, found, options, terminal));
      printRun(found, options, terminal);
      finish(EXIT_CODE.clean);
    });
  ofRun(run, 'rows', 'list the rows of a run that need someone, with the reason and what to do')
    .addOption(new Option('--outcome <outcome>', 'only these').choices(ROW_OUTCOMES))
    .option('--limit <count>', 'at most so many')
    .addOption(
      new Option(
        '--csv',
        'print CSV with the original values, for correcting them and for loaders',
      ).conflicts(['json', 'limit']),
    )
    .option('--unmasked', 'show the values of people on a screen too')
    .addHelpText('after', ROWS_HELP)
    .action(async (id: string, options: RowsOptions) => {
      const api = await openBridgeApi(options, terminal);
      const print = options.csv === true ? printCsv : printRows;
      await print(api, await idOf(api, id), options, terminal);
      finish(EXIT_CODE.clean);
    });
}

const CONTROLS = [
  ['pause', 'stop a run between two batches; it can be resumed', 'stops after the batch it is at'],
  ['cancel', 'end a run between two batches; what it did stays done', 'ends after the batch it is at'],
] as const;

function registerControls(run: Command, { terminal, finish }: CommandContext): void {
  for (const [name, description, said] of CONTROLS) {
    ofRun(run, name, description).action(async (id: string, options: RemoteOptions) => {
      const api = await openBridgeApi(options, terminal);
      const found = await api.ask('POST', pathTo('runs', await idOf(api, id), name), runSchema);
      if (!hasEnded(found)) terminal.say(`The run ${found.id} ${said}.`);
      if (options.json === true) printRun(found, options, terminal);
      else terminal.say(`${found.sync}: ${found.status}`);
      finish(EXIT_CODE.clean);
    });
  }
  ofRun(run, 'resume', 'go on with a run that was paused or that failed')
    .option('--detach', 'do not wait for it')
    .action(async (id: string, options: RemoteOptions & WatchOptions) => {
      const api = await openBridgeApi(options, terminal);
      const found = await api.ask('POST', pathTo('runs', await idOf(api, id), 'resume'), runSchema);
      finish(await watchRun(api, found, options, terminal));
    });
  ofRun(run, 'retry', 'start a run of the failed rows of another run alone')
    .option('--detach', 'do not wait for it')
    .action(async (id: string, options: RemoteOptions & WatchOptions) => {
      const api = await openBridgeApi(options, terminal);
      const failed = await findRun(api, id);
      const retry = await startRun(api, failed.sync, { retryFailedOf: failed.id });
      finish(await watchRun(api, retry, options, terminal));
    });
}

export function registerRun(program: Command, context: CommandContext): void {
  const run = program
    .command('run')
    .description('runs of syncs: what they did, and which rows need someone')
    .addHelpText('after', EXAMPLES);
  registerLooks(run, context);
  registerControls(run, context);
}
