/** pcbridge status: how the bridge and its connections are, once or until stopped. */
import type { Command } from 'commander';
import { z } from 'zod';
import { BridgeError } from '../../errors.ts';
import type { BridgeApi } from '../bridge-api.ts';
import { EXIT_CODE } from '../exit-code.ts';
import type { CommandContext } from '../main.ts';
import { openBridgeApi, withRemoteOptions, type RemoteOptions } from '../remote-options.ts';
import { printable, table } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { untilSignalled } from '../until-signalled.ts';

const INTERVAL_MS = 2_000;
const CLEAR_SCREEN = '\u001b[2J\u001b[H';

const statusSchema = z.looseObject({});
type Status = z.output<typeof statusSchema>;

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

type Row = Readonly<Record<string, unknown>>;

function listLines(name: string, rows: readonly Row[]): string[] {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row).filter((key) => isScalar(row[key]))))];
  const cells = rows.map((row) =>
    columns.map((column) => (isScalar(row[column]) ? String(row[column]) : '')),
  );
  return ['', printable(name), ...table(columns, cells).map((line) => `  ${line}`)];
}

/** Facts first, lists below; whatever a newer bridge adds is shown too. */
export function statusLines(status: Status): string[] {
  const facts = Object.entries(status).filter(([, value]) => isScalar(value));
  const lists = Object.entries(status).filter(
    (entry): entry is [string, Row[]] =>
      Array.isArray(entry[1]) && entry[1].length > 0 && entry[1].every((row) => typeof row === 'object'),
  );
  return [
    ...facts.map(([name, value]) => `${printable(name)}: ${printable(String(value))}`),
    ...lists.flatMap(([name, rows]) => listLines(name, rows)),
  ];
}

/** A bridge without the overview still says whether it can work. */
async function readStatus(api: BridgeApi, terminal: Terminal): Promise<Status> {
  try {
    return await api.ask('GET', '/v1/status', statusSchema);
  } catch (error) {
    if (!(error instanceof BridgeError) || error.code !== 'not_found') throw error;
    terminal.say('This bridge has no overview (/v1/status); what follows is only whether it is ready.');
    return await api.ask('GET', '/readyz', statusSchema);
  }
}

/** @param stopped Resolves when it is enough. */
export async function watchStatus(
  api: BridgeApi,
  { json = false, intervalMs = INTERVAL_MS }: { json?: boolean; intervalMs?: number },
  terminal: Terminal,
  stopped: Promise<void>,
): Promise<void> {
  let goesOn = true;
  const end = stopped.then(() => {
    goesOn = false;
  });
  while (goesOn) {
    const status = await readStatus(api, terminal);
    if (json) terminal.data(JSON.stringify(status));
    else terminal.data([terminal.dataIsSeen ? CLEAR_SCREEN : '', ...statusLines(status)].join('\n'));
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([end, new Promise((resolve) => (timer = setTimeout(resolve, intervalMs)))]);
    clearTimeout(timer);
  }
}

export function registerStatus(program: Command, { terminal, finish }: CommandContext): void {
  withRemoteOptions(program.command('status').description('show how the bridge and its connections are'))
    .option('--watch', 'show it again every two seconds; with --json one line each')
    .addHelpText('after', '\nExamples:\n  $ pcbridge status\n  $ pcbridge status --watch --json')
    .action(async (options: RemoteOptions & { watch?: boolean }) => {
      const api = await openBridgeApi(options, terminal);
      if (options.watch) await watchStatus(api, options, terminal, untilSignalled());
      else {
        const status = await readStatus(api, terminal);
        if (options.json) terminal.data(JSON.stringify(status, null, 2));
        else statusLines(status).forEach((line) => terminal.data(line));
      }
      finish(EXIT_CODE.clean);
    });
}
