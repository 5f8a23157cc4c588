/** The command line as a function: every command, with a terminal that keeps what was written. */
import { Readable } from 'node:stream';
import { runWith } from '../../server/cli/main.ts';

export interface CliOptions {
  env?: NodeJS.ProcessEnv;
  stdin?: string;
  /** A person is there. Default false. */
  interactive?: boolean;
  /** Standard output is a screen. Default false. */
  seen?: boolean;
}

export interface CliResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { env = {}, stdin = '', interactive = false, seen = false } = options;
  const [data, said]: [string[], string[]] = [[], []];
  const exitCode = await runWith(['node', 'pcbridge', ...args], {
    data: (text) => data.push(text),
    say: (text) => said.push(text),
    paint: (_style, text) => text,
    interactive,
    dataIsSeen: seen,
    env,
    stdin: Readable.from([stdin]),
  });
  return { exitCode, stdout: data.join('\n'), stderr: said.join('\n') };
}
