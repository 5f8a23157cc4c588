/** pcbridge openapi: the OpenAPI document of this version. */
import type { Command } from 'commander';
import { EXIT_CODE } from '../exit-code.ts';
import type { CommandContext } from '../main.ts';

export function registerOpenApi(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('openapi')
    .description('print the OpenAPI 3.0.3 document')
    .action(async () => {
      const { describeApi } = await import('../../compose/compose-bridge.ts');
      terminal.data(JSON.stringify(describeApi(), null, 2));
      finish(EXIT_CODE.clean);
    });
}
