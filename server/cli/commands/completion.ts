/** pcbridge completion: the commands and options of this version, for the Tab key of bash and zsh. */
import { Argument, type Command } from 'commander';
import { EXIT_CODE } from '../exit-code.ts';
import type { CommandContext } from '../main.ts';

const SHELLS = ['bash', 'zsh'] as const;

interface Level {
  /** Words before: `connection test`. */
  path: string;
  words: readonly string[];
}

function levelsOf(command: Command, path: readonly string[] = []): Level[] {
  const options = command.options
    .filter(({ hidden }) => !hidden)
    .map(({ long, short }) => long ?? short ?? '');
  const names = command.commands.map((sub) => sub.name());
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  const own = { path: path.join(' '), words: [...names, ...choices, ...options, '--help'] };
  return [own, ...command.commands.flatMap((sub) => levelsOf(sub, [...path, sub.name()]))];
}

/** The deepest command that the line names decides; arguments behind it change nothing. */
export function completionScript(program: Command, shell: (typeof SHELLS)[number]): string {
  const deepestFirst = levelsOf(program).reverse();
  const cases = deepestFirst.map(({ path, words }) => {
    const pattern = path === '' ? '*' : `" ${path} "*`;
    return `    ${pattern}) words="${words.join(' ')}" ;;`;
  });
  return [
    `# Load it with: source <(pcbridge completion ${shell})`,
    ...(shell === 'zsh' ? ['autoload -U +X bashcompinit && bashcompinit'] : []),
    '_pcbridge() {',
    '  local word line=" " words=""',
    '  local current="${COMP_WORDS[COMP_CWORD]}"',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    case "$word" in -*) ;; *) line="$line$word " ;; esac',
    '  done',
    '  case "$line" in',
    ...cases,
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '}',
    'complete -o default -F _pcbridge pcbridge',
  ].join('\n');
}

export function registerCompletion(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('completion')
    .description('print a script that completes commands and options')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText('after', "\nExample:\n  $ echo 'source <(pcbridge completion bash)' >> ~/.bashrc")
    .action((shell: (typeof SHELLS)[number]) => {
      terminal.data(completionScript(program, shell));
      finish(EXIT_CODE.clean);
    });
}
