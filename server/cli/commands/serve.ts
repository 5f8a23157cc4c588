/** pcbridge serve: the bridge itself, until it is told to stop. */
import { Option, type Command } from 'commander';
import { isWorker, leaveCluster, runCluster } from '../../cluster.ts';
import { loadConfig, type Config } from '../../config.ts';
import { createLog } from '../../telemetry/log.ts';
import { collectEarly } from '../collect-early.ts';
import { CommandError } from '../command-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import type { CommandContext } from '../main.ts';
import { sayAdminKey } from '../say-admin-key.ts';
import type { Terminal } from '../terminal.ts';

async function serve(config: Config, terminal: Terminal): Promise<void> {
  const { startBridge } = await import('../../main.ts');
  const bridge = await startBridge(config, { showAdminKey: (key) => sayAdminKey(key, terminal) });
  collectEarly();
  terminal.say(`PureCloud Bridge listens at ${bridge.url} (API: ${bridge.url}/docs)`);
  await bridge.stopped;
}

/** What people try first; the environment is the one place for settings. */
function refuseOptions(given: Readonly<Record<string, string>>): void {
  const [option, value] = Object.entries(given)[0] ?? [];
  if (option === undefined) return;
  throw new CommandError(`serve has no option --${option}: it is configured by the environment`, {
    exitCode: EXIT_CODE.usage,
    remedy: `${option.toUpperCase()}=${value} pcbridge serve`,
  });
}

export function registerServe(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('serve')
    .description('start the bridge; it is configured by the environment')
    .addOption(new Option('--port <port>').hideHelp())
    .addOption(new Option('--host <host>').hideHelp())
    .action(async (given: Readonly<Record<string, string>>) => {
      refuseOptions(given);
      const config = loadConfig(terminal.env);
      if (config.processes > 1 && !isWorker) {
        terminal.say(`PureCloud Bridge starts ${config.processes} processes`);
        const log = createLog({ level: config.logLevel });
        return finish(await runCluster(config.processes, log, { hopeless: EXIT_CODE.usage }));
      }
      try {
        await serve(config, terminal);
      } finally {
        leaveCluster();
      }
      return finish(EXIT_CODE.clean);
    });
}
