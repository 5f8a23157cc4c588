/** Standard input holds one secret. Read for two, the first reading would send the one where the other belongs. */
import type { Command } from 'commander';
import { CommandError } from './command-error.ts';
import { EXIT_CODE } from './exit-code.ts';
import { isStdin } from './read-secret.ts';

/** @throws CommandError naming the options that would read it, before anything is read or sent. */
export function assertOneStdin(command: Command): void {
  const given = command.opts<Record<string, unknown>>();
  const readers = command.options
    .filter((option) => option.attributeName().endsWith('From') && isStdin(given[option.attributeName()]))
    .map(({ long }) => long ?? '');
  if (readers.length < 2) return;
  throw new CommandError(`${readers.join(' and ')} cannot both read standard input`, {
    exitCode: EXIT_CODE.usage,
    remedy: 'another source for one of them: env:NAME, file:PATH or prompt; nothing was read',
  });
}
