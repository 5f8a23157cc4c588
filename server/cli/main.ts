/**
 * The command line: every command, one error mapper, exit codes of contract §9. What is large and only one command needs (the
 * bridge itself, the sandbox, a database) is imported by that command when it runs: asking for help loads none of it.
 */
import { Command, CommanderError } from 'commander';
import { BridgeFileError } from '../apply/file-fault.ts';
import { ConfigError } from '../config-fault.ts';
import { loadConfig } from '../config.ts';
import { BridgeError } from '../errors.ts';
import { CertificateFileError } from '../transport/certificates/pem-blocks.ts';
import { EgressEntryError } from '../transport/egress-allow-list.ts';
import { VERSION } from '../version.ts';
import { CommandError } from './command-error.ts';
import { registerApply } from './commands/apply.ts';
import { registerAudit } from './commands/audit.ts';
import { registerBackup } from './commands/backup.ts';
import { registerCaller } from './commands/caller.ts';
import { registerCertificateCommands } from './commands/certificate.ts';
import { registerCompletion } from './commands/completion.ts';
import { registerConfig } from './commands/config.ts';
import { registerConnection } from './commands/connection.ts';
import { registerDemo } from './commands/demo.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerExplain } from './commands/explain.ts';
import { registerForget } from './commands/forget.ts';
import { registerInit } from './commands/init.ts';
import { registerKey } from './commands/key.ts';
import { registerOpenApi } from './commands/openapi.ts';
import { registerRequest } from './commands/request.ts';
import { registerRun } from './commands/run.ts';
import { registerSandbox } from './commands/sandbox.ts';
import { registerServe } from './commands/serve.ts';
import { registerStatus } from './commands/status.ts';
import { registerSync } from './commands/sync.ts';
import { registerToken } from './commands/token.ts';
import { EXIT_CODE, exitCodeOfError } from './exit-code.ts';
import { portFault } from './port-fault.ts';
import { assertOneStdin } from './one-stdin.ts';
import { refusedSecretOption, withoutUnknownValue } from './request-options.ts';
import { remedyAtTerminal } from './terminal-remedy.ts';
import { processTerminal, type Terminal } from './terminal.ts';

/** Of a prompt that somebody left with Ctrl+C or Ctrl+D. */
const LEFT_PROMPT: ReadonlySet<string> = new Set(['ExitPromptError', 'AbortPromptError']);

/** What every command is registered with. */
export interface CommandContext {
  terminal: Terminal;
  finish(exitCode: number): void;
}

/** Faults of what the operator configured, whose message says what to do. */
function isConfigurationFault(error: unknown): error is Error {
  const kinds = [ConfigError, BridgeFileError, EgressEntryError, CertificateFileError];
  return kinds.some((kind) => error instanceof kind);
}

/** An `internal_error` with a remedy of its own was foreseen all the same: a stored secret that no key opens. */
function isForeseen(error: unknown): error is BridgeError {
  return (
    error instanceof BridgeError && (error.code !== 'internal_error' || error.options.remedy !== undefined)
  );
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\nCaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

/** What nobody foresaw. The stack is for whoever mends it, and not for a person who only wants to go on. */
function reportUnforeseen(error: unknown, terminal: Terminal): number {
  terminal.say(
    `${terminal.paint('red', 'Error:')} ${error instanceof Error ? error.message : String(error)}`,
  );
  if (/^(debug|trace)$/i.test(terminal.env.LOG_LEVEL ?? '')) terminal.say(stackOf(error));
  else terminal.say('Try: the command again with LOG_LEVEL=debug, and report what it prints.');
  return EXIT_CODE.unexpected;
}

/** Says what went wrong and ends with one thing to try. */
function report(thrown: unknown, terminal: Terminal): number {
  const error = portFault(thrown) ?? thrown;
  if (isForeseen(error)) {
    const title = error.code === 'internal_error' ? 'Something stored cannot be used' : error.entry.title;
    terminal.say(`${terminal.paint('red', 'Error:')} ${title}.`);
    const lines = error.options.errors?.map(({ field, detail }) => `  ${field} ${detail}`) ?? [
      `  ${error.message}`,
    ];
    lines.filter((line) => line.trim() !== title).forEach((line) => terminal.say(line));
    terminal.say(`Try: ${error.options.remedy ?? remedyAtTerminal(error.code, error.entry.remedy)}`);
    return exitCodeOfError(error);
  }
  if (isConfigurationFault(error)) {
    terminal.say(`${terminal.paint('red', 'Error:')} ${error.message}`);
    return EXIT_CODE.usage;
  }
  if (error instanceof CommandError) {
    const stop = error.message.endsWith('.') ? '' : '.';
    terminal.say(`${terminal.paint('red', 'Error:')} ${error.message}${stop}`);
    error.lines.forEach((line) => terminal.say(line));
    terminal.say(`Try: ${error.remedy}`);
    return error.exitCode;
  }
  if (error instanceof Error && LEFT_PROMPT.has(error.name)) {
    terminal.say('Stopped. Nothing was sent.');
    return EXIT_CODE.interrupted;
  }
  return reportUnforeseen(error, terminal);
}

export function createProgram(context: CommandContext): Command {
  const program = new Command('pcbridge')
    .description(
      'Bearer tokens for PureCloud and Salesforce: requests, diagnosis, and what comes after the token.',
    )
    .version(VERSION)
    .configureOutput({
      writeErr: (text) => context.terminal.say(withoutUnknownValue(text).trimEnd()),
      writeOut: (text) => context.terminal.data(text.trimEnd()),
    })
    .showSuggestionAfterError()
    .exitOverride()
    .hook('preAction', (_program, command) => assertOneStdin(command));
  registerServe(program, context);
  registerDemo(program, context);
  registerSandbox(program, context);
  registerInit(program, context);
  registerApply(program, context);
  registerConfig(program, context);
  registerConnection(program, context);
  registerToken(program, context);
  registerRequest(program, context);
  registerSync(program, context);
  registerRun(program, context);
  registerForget(program, context);
  registerCaller(program, context);
  registerKey(program, context);
  registerBackup(program, context);
  registerAudit(program, context);
  registerCertificateCommands(program, {
    ...context,
    directory: () => loadConfig(context.terminal.env).certificatesDir,
  });
  registerStatus(program, context);
  registerDoctor(program, context);
  registerExplain(program, context);
  registerOpenApi(program, context);
  registerCompletion(program, context);
  return program;
}

/** @param argv As `process.argv`. */
export async function runWith(argv: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = EXIT_CODE.clean;
  const program = createProgram({ terminal, finish: (code) => (exitCode = code) });
  const secret = argv
    .slice(2)
    .map(refusedSecretOption)
    .find((refusal) => refusal !== undefined);
  if (secret !== undefined) {
    terminal.say(secret);
    return EXIT_CODE.usage;
  }
  try {
    await program.parseAsync([...argv]);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODE.clean : EXIT_CODE.usage;
    return report(error, terminal);
  }
}

/**
 * Whoever reads the data may have enough (`pcbridge run rows … | head`): the command ends without a word, as one that is no longer
 * watched. Where it cannot be written, as on a full disk, it ends with one.
 */
function endWithOutput(stdout: NodeJS.WriteStream, { say, paint }: Terminal): void {
  stdout.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.exit(EXIT_CODE.interrupted);
    say(`${paint('red', 'Error:')} The output cannot be written (${code}).`);
    say('Try: free some space, or send the output to another place');
    process.exit(EXIT_CODE.unexpected);
  });
}

export async function run(argv: readonly string[]): Promise<void> {
  const terminal = processTerminal();
  endWithOutput(process.stdout, terminal);
  process.exitCode = await runWith(argv, terminal);
}
