/** pcbridge serve: the bridge itself, until it is told to stop. */
import type { Command } from 'commander';
import { isWorker, leaveCluster, runCluster } from '../../cluster.ts';
import { loadConfig, type Config } from '../../config.ts';
import { createLog } from '../../telemetry/log.ts';
import { EXIT_CODE } from '../exit-code.ts';
import type { CommandContext } from '../main.ts';
import type { Terminal } from '../terminal.ts';

async function serve(config: Config, terminal: Terminal): Promise<void> {
  const { startBridge } = await import('../../main.ts');
  const bridge = await startBridge(config);
  terminal.say(`PureCloud Bridge listens at ${bridge.url} (API: ${bridge.url}/docs)`);
  if (bridge.adminKey !== undefined) {
    terminal.say(
      `API key of the caller admin, shown this once: ${terminal.paint('bold', bridge.adminKey.reveal())}`,
    );
  }
  await bridge.stopped;
}

export function registerServe(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('serve')
    .description('start the bridge; it is configured by the environment')
    .action(async () => {
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
