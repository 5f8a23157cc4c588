/** The command line as a function: every command, with a terminal that keeps what was written. */
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { runWith } from '../../server/cli/main.ts';

export interface CliOptions {
  env?: NodeJS.ProcessEnv;
  stdin?: string | Uint8Array;
  /** A person is there. Default false. */
  interactive?: boolean;
  /** Standard output is a screen. Default false. */
  seen?: boolean;
}

export interface CliResult {
  exitCode: number;
  stdout: string;
  /** What was written there that is no text. */
  bytes: Buffer;
  stderr: string;
}

export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { env = {}, stdin = '', interactive = false, seen = false } = options;
  const [data, said]: [string[], string[]] = [[], []];
  const bytes = new PassThrough();
  const written = buffer(bytes);
  const exitCode = await runWith(['node', 'pcbridge', ...args], {
    data: (text) => data.push(text),
    bytes,
    say: (text) => said.push(text),
    paint: (_style, text) => text,
    interactive,
    dataIsSeen: seen,
    env,
    stdin: Readable.from([stdin]),
  });
  bytes.end();
  return { exitCode, stdout: data.join('\n'), bytes: await written, stderr: said.join('\n') };
}
