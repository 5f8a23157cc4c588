/** pcbridge explain: a code, or whatever was pasted, in plain words; offline. */
import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import { findings } from '../../diagnosis/diagnose.ts';
import { meaningsOf, suggestCodes } from '../../diagnosis/explain-code.ts';
import type { Diagnosis } from '../../diagnosis/facts.ts';
import { parsePasted } from '../../diagnosis/parse-pasted.ts';
import type { ErrorCode } from '../../errors.ts';
import { EVERY_CODE } from '../every-code.ts';
import { EXIT_CODE } from '../exit-code.ts';
import type { CommandContext } from '../main.ts';
import { printDiagnosis } from '../print-outcome.ts';
import type { Terminal } from '../terminal.ts';

const EXAMPLES = `
Examples:
  $ pcbridge explain grant_type_not_allowed
  $ pbpaste | pcbridge explain -
  $ pcbridge explain - < apex-debug.log`;

/** How a bearer token request ended -> the code that says the same of a call; in small letters. */
const CODE_OF_EXIT_PATH: Readonly<Record<string, ErrorCode>> = {
  unknownhost: 'unknown_host',
  timeout: 'upstream_timeout',
  connectionfailure: 'connection_failure',
  failure: 'upstream_failure',
};

function print(found: readonly Diagnosis[], asJson: boolean, terminal: Terminal): void {
  if (asJson) terminal.data(JSON.stringify(found, null, 2));
  else found.forEach((diagnosis) => printDiagnosis(diagnosis, terminal, terminal.data));
}

export function registerExplain(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('explain')
    .description('explain a code, or a pasted request, answer, Apex source or debug log')
    .argument('<code|->', 'a code, or - to read what was pasted from standard input')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (code: string, options: { json?: boolean }) => {
      if (code === '-') {
        print(findings(parsePasted(await readAll(terminal.stdin))), options.json === true, terminal);
        return finish(EXIT_CODE.clean);
      }
      if (code.toLowerCase() === 'success') {
        terminal.say('Success: the request ended with a token, and there is nothing to put right.');
        return finish(EXIT_CODE.clean);
      }
      const meanings = meaningsOf(CODE_OF_EXIT_PATH[code.toLowerCase()] ?? code, EVERY_CODE);
      if (meanings.length > 0) {
        print(meanings, options.json === true, terminal);
        return finish(EXIT_CODE.clean);
      }
      const read = findings(parsePasted(code)).filter(({ code: found }) => found !== 'not_recognised');
      if (read.length > 0) {
        print(read, options.json === true, terminal);
        return finish(EXIT_CODE.clean);
      }
      const suggestions = suggestCodes(code, EVERY_CODE);
      terminal.say(`There is no code "${code}".`);
      terminal.say(
        suggestions.length > 0
          ? `Try: pcbridge explain ${suggestions[0]}`
          : 'Try: pcbridge explain - and paste the whole answer',
      );
      return finish(EXIT_CODE.usage);
    });
}
