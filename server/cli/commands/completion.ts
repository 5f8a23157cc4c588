/** pcbridge completion: the commands and options of this version, for the Tab key of bash, zsh and fish. */
import { Argument, type Command } from 'commander';
import { EXIT_CODE } from '../exit-code.ts';
import type { CommandContext } from '../main.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

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
function bashScript(program: Command, shell: Shell): string {
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

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, (character) => `\\${character}`)}'`;
}

/** Words of the line that are no options: a command is told by all of them, since "run" is also a word of "sync run". */
const FISH_HEAD = [
  '# Load it with: pcbridge completion fish | source',
  'function __pcbridge_words',
  '    set -l words (commandline -opc)',
  '    set -e words[1]',
  "    string match -v -- '-*' $words",
  'end',
  'function __pcbridge_at',
  '    set -l words (__pcbridge_words)',
  '    test "$words" = "$argv"',
  'end',
  'function __pcbridge_under',
  '    set -l words (__pcbridge_words)',
  '    string match -q -- "$argv*" "$words"',
  'end',
] as const;

/** Fish shows what each word does, and asks for itself which of them fit. */
function fishLines(command: Command, path: readonly string[]): string[] {
  const isHere =
    `${command.commands.length > 0 ? '__pcbridge_at' : '__pcbridge_under'} ${path.join(' ')}`.trim();
  const line = (rest: string) => `complete -c pcbridge -n ${quoted(isHere)} ${rest}`;
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  return [
    ...command.commands.map((sub) => line(`-f -a ${sub.name()} -d ${quoted(sub.description())}`)),
    ...choices.map((choice) => line(`-f -a ${choice}`)),
    ...command.options
      .filter(({ hidden, long }) => !hidden && long !== undefined)
      .map(({ long, required, description }) =>
        line(`-l ${long!.slice(2)}${required ? ' -r' : ''} -d ${quoted(description)}`),
      ),
    ...command.commands.flatMap((sub) => fishLines(sub, [...path, sub.name()])),
  ];
}

function completionScript(program: Command, shell: Shell): string {
  if (shell !== 'fish') return bashScript(program, shell);
  return [...FISH_HEAD, ...fishLines(program, [])].join('\n');
}

export function registerCompletion(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('completion')
    .description('print a script that completes commands and options')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText(
      'after',
      "\nExamples:\n  $ echo 'source <(pcbridge completion bash)' >> ~/.bashrc\n  $ pcbridge completion fish > ~/.config/fish/completions/pcbridge.fish",
    )
    .action((shell: Shell) => {
      terminal.data(completionScript(program, shell));
      finish(EXIT_CODE.clean);
    });
}
