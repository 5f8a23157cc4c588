/** What a command writes with: data on stdout, all else on stderr, colours only where a person looks. */
import { styleText } from 'node:util';

export interface Terminal {
  /** Data: what a script reads. */
  data(text: string): void;
  /** All else: progress, hints, errors. */
  say(text: string): void;
  paint(style: Parameters<typeof styleText>[0], text: string): string;
  /** A person is there and may be asked. */
  interactive: boolean;
  /** What is written with `data` appears on a screen, and not in a file or a pipe. */
  dataIsSeen?: boolean;
  env: NodeJS.ProcessEnv;
  stdin: NodeJS.ReadableStream;
}

export function processTerminal(): Terminal {
  const { stdout, stderr, stdin, env } = process;
  return {
    data: (text) => void stdout.write(`${text}\n`),
    say: (text) => void stderr.write(`${text}\n`),
    // styleText itself obeys NO_COLOR and whether the stream is a terminal.
    paint: (style, text) => styleText(style, text, { stream: stderr }),
    interactive: Boolean(stdin.isTTY && stderr.isTTY),
    dataIsSeen: Boolean(stdout.isTTY),
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
