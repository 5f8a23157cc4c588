/** Nothing is removed, erased or applied without a yes: from a person at the terminal, or as --yes from a script. */
import { CommandError } from './command-error.ts';
import { EXIT_CODE } from './exit-code.ts';
import { confirmed } from './questions.ts';
import type { Terminal } from './terminal.ts';

/** @returns false: a person said no, and is told that nothing was changed. @throws CommandError where there is no one to ask. */
export async function agreed(
  question: string,
  yes: boolean | undefined,
  terminal: Pick<Terminal, 'interactive' | 'say' | 'stdin'>,
): Promise<boolean> {
  if (yes === true) return true;
  if (terminal.interactive) {
    const isAgreed = await confirmed(question, terminal);
    if (!isAgreed) terminal.say('Nothing was changed.');
    return isAgreed;
  }
  throw new CommandError('There is no one at the terminal to ask', {
    exitCode: EXIT_CODE.usage,
    remedy: 'the same command with --yes',
  });
}
