/** Starts a run, or takes up the sight of one, and ends with what it came to: the exit code says it to scripts. */
import { pathTo, type BridgeApi } from './bridge-api.ts';
import { EXIT_CODE, exitCodeOfRun } from './exit-code.ts';
import { followRun, hasEnded } from './follow-run.ts';
import { runLines, shortCounts } from './print-run.ts';
import { runSchema, type Run } from './run-schema.ts';
import type { Terminal } from './terminal.ts';
import { whileUnsignalled } from './until-signalled.ts';

export interface RunWish {
  dryRun?: boolean;
  /** Dry run that is to be carried out. */
  planOf?: string;
  /** Run whose failed rows are to be tried again. */
  retryFailedOf?: string;
}

export interface WatchOptions {
  json?: boolean;
  detach?: boolean;
}

export async function startRun(api: BridgeApi, sync: string, wish: RunWish): Promise<Run> {
  return await api.ask('POST', pathTo('syncs', sync, 'runs'), runSchema, { dryRun: false, ...wish });
}

function sayHowToGoOn({ id }: Run, terminal: Terminal): void {
  terminal.say(`Follow it: pcbridge run show ${id} --watch`);
  terminal.say(`Stop it:   pcbridge run pause ${id}, or pcbridge run cancel ${id}`);
}

function sayWhatIsNext(run: Run, terminal: Terminal): void {
  const { id, sync, counts, dryRun, status } = run;
  const named = [
    ['failed', counts.failed],
    ['invalid', counts.invalid],
    ['skipped', counts.skipped],
  ] as const;
  const rows = named.find(([, count]) => count > 0);
  if (rows !== undefined)
    terminal.say(`Why rows were ${rows[0]}: pcbridge run rows ${id} --outcome ${rows[0]}`);
  if (counts.failed > 0 && !dryRun) terminal.say(`Try the failed rows again: pcbridge run retry ${id}`);
  if (status === 'Paused') terminal.say(`Go on with it: pcbridge run resume ${id}`);
  if (dryRun && status === 'Healthy')
    terminal.say(
      `Nothing was written. Carry it out within 30 minutes: pcbridge sync run ${sync} --plan ${id}`,
    );
}

export function printRun(run: Run, { json }: WatchOptions, terminal: Terminal): void {
  if (json === true) terminal.data(JSON.stringify(run, null, 2));
  else runLines(run).forEach((line) => terminal.data(line));
}

/** @returns the exit code. A person who stops watching leaves the run going on. */
export async function watchRun(
  api: BridgeApi,
  started: Run,
  options: WatchOptions,
  terminal: Terminal,
): Promise<number> {
  if (options.detach === true) {
    terminal.say(`The run ${started.id} of ${started.sync} goes on at the bridge.`);
    sayHowToGoOn(started, terminal);
    if (options.json === true) printRun(started, options, terminal);
    else terminal.data(started.id);
    return EXIT_CODE.clean;
  }
  const run = await whileUnsignalled((signalled) => followRun(api, started, terminal, signalled));
  if (!hasEnded(run)) {
    terminal.say(`No longer watching. The run ${run.id} goes on: ${shortCounts(run)} until now.`);
    sayHowToGoOn(run, terminal);
    if (options.json === true) printRun(run, options, terminal);
    return EXIT_CODE.interrupted;
  }
  printRun(run, options, terminal);
  sayWhatIsNext(run, terminal);
  return exitCodeOfRun(run);
}
