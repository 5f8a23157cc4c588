/** pcbridge status: how the bridge and its connections are, once or until stopped. */
import type { Command } from 'commander';
import { z } from 'zod';
import { BridgeError } from '../../errors.ts';
import type { BridgeApi } from '../bridge-api.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { mayPass } from '../follow-run.ts';
import type { CommandContext } from '../main.ts';
import { statusLines, statusSchema } from '../print-status.ts';
import { openBridgeApi, withRemoteOptions, type RemoteOptions } from '../remote-options.ts';
import type { Terminal } from '../terminal.ts';
import { untilSignalled } from '../until-signalled.ts';

const INTERVAL_MS = 2_000;
const CLEAR_SCREEN = '\u001b[2J';
const HOME = '\u001b[H';
const ERASE_TO_END_OF_LINE = '\u001b[K';
const ERASE_BELOW = '\u001b[J';

interface Shown {
  json: unknown;
  lines: string[];
}

/** A bridge without the overview still says whether it can work. */
async function readStatus(api: BridgeApi, terminal: Terminal): Promise<Shown> {
  try {
    const status = await api.ask('GET', '/v1/status', statusSchema);
    return { json: status, lines: statusLines(status, terminal) };
  } catch (error) {
    if (!(error instanceof BridgeError) || error.code !== 'not_found') throw error;
    const ready = await api.ask('GET', '/readyz', z.looseObject({ status: z.string() }));
    return {
      json: ready,
      lines: [`Bridge: ready. It is of a version that tells no more (${api.url}/v1/status).`],
    };
  }
}

/** A screen over the one before it. Erasing all of it every two seconds would flicker. */
function screenOf(lines: readonly string[], isFirst: boolean): string {
  const all = [...lines, '', 'Shown again every 2 s. Ctrl+C ends it.'].flatMap((line) => line.split('\n'));
  const drawn = all.map((line) => line + ERASE_TO_END_OF_LINE).join('\n');
  return `${isFirst ? CLEAR_SCREEN : ''}${HOME}${drawn}${ERASE_BELOW}`;
}

/** @param stopped Resolves when it is enough. */
export async function watchStatus(
  api: BridgeApi,
  { json = false, intervalMs = INTERVAL_MS }: { json?: boolean; intervalMs?: number },
  terminal: Terminal,
  stopped: Promise<void>,
): Promise<void> {
  let goesOn = true;
  let isFirst = true;
  let isAway = false;
  const end = stopped.then(() => {
    goesOn = false;
  });
  while (goesOn) {
    try {
      const { json: all, lines } = await readStatus(api, terminal);
      if (json) terminal.data(JSON.stringify(all));
      else terminal.data(terminal.dataIsSeen ? screenOf(lines, isFirst) : lines.join('\n'));
      isAway = false;
    } catch (error) {
      // A bridge that restarts is what people watch for; one that never answered is another one.
      if (isFirst || !mayPass(error)) throw error;
      if (!json && terminal.dataIsSeen) terminal.data(screenOf([error.message], false));
      else if (!isAway) terminal.say(`${error.message}. It is asked again.`);
      isAway = true;
    }
    isFirst = false;
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
        if (options.json) terminal.data(JSON.stringify(status.json, null, 2));
        else status.lines.forEach((line) => terminal.data(line));
      }
      finish(EXIT_CODE.clean);
    });
}
