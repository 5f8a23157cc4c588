/** What a command writes with: data on stdout, all else on stderr, colours only where a person looks. */
import { styleText } from 'node:util';

export interface Terminal {
  /**
   * Data: what a script reads.
   * @param ifLost Said where it cannot be written: what is to be done about something that is shown only once.
   */
  data(text: string, ifLost?: string): void;
  /** Data that is no text, such as a backup; it is not closed. */
  bytes: NodeJS.WritableStream;
  /** All else: progress, hints, errors. */
  say(text: string): void;
  paint(style: Parameters<typeof styleText>[0], text: string): string;
  /** A person is there and may be asked. */
  interactive: boolean;
  /** What is written with `data` or `bytes` appears on a screen, and not in a file or a pipe. */
  dataIsSeen?: boolean;
  /** A line of the screen below what was said, drawn over itself, an empty one to take it away; absent where stderr is no screen. */
  live?: { columns(): number; draw(line: string): void };
  env: NodeJS.ProcessEnv;
  stdin: NodeJS.ReadableStream;
}

const ERASE_LINE = '\r\u001b[2K';
// What screens had before they told their width.
const COLUMNS_DEFAULT = 80;

export function processTerminal(): Terminal {
  const { stdout, stderr, stdin, env } = process;
  const canDraw = stderr.isTTY && env.TERM !== 'dumb';
  const live = {
    columns: () => stderr.columns || COLUMNS_DEFAULT,
    draw: (line: string) => void stderr.write(`${ERASE_LINE}${line}`),
  };
  return {
    data: (text, ifLost) =>
      void stdout.write(`${text}\n`, (error) => {
        if (error && ifLost !== undefined) stderr.write(`${ifLost}\n`);
      }),
    bytes: stdout,
    say: (text) => void stderr.write(`${text}\n`),
    // styleText itself obeys NO_COLOR and whether the stream is a terminal.
    paint: (style, text) => styleText(style, text, { stream: stderr }),
    interactive: Boolean(stdin.isTTY && stderr.isTTY),
    dataIsSeen: Boolean(stdout.isTTY),
    ...(canDraw ? { live } : {}),
    env,
    stdin,
  };
}

/** Lines at most this wide, broken between words, the following ones indented. */
export function wrapped(text: string, indent = '  ', width = 96): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line.length + word.length > width && line.trim() !== '') {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()].join('\n');
}
