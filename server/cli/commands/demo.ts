/** pcbridge demo: sandbox and bridge on this machine, and what can be done with them. */
import type { Command } from 'commander';
import { EXIT_CODE } from '../exit-code.ts';
import type { CommandContext } from '../main.ts';

export function registerDemo(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('demo')
    .description(
      'start sandbox and bridge here: tokens, failures explained, a campaign called and its results',
    )
    .option('--once', 'end when the story is told')
    .action(async (options: { once?: boolean }) => {
      const { runDemo } = await import('../demo/run-demo.ts');
      await runDemo(terminal, { isOnce: options.once === true });
      finish(EXIT_CODE.clean);
    });
}
