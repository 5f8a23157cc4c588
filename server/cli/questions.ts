/** Questions to a person: asked on stderr, answered on standard input, line by line. */
import { createInterface } from 'node:readline';
import type { Terminal } from './terminal.ts';

export interface Questions {
  /** The answer without surrounding spaces; undefined where standard input has ended. */
  ask(question: string): Promise<string | undefined>;
  close(): void;
}

export function openQuestions({ stdin, say }: Pick<Terminal, 'stdin' | 'say'>): Questions {
  const reader = createInterface({ input: stdin });
  const lines = reader[Symbol.asyncIterator]();
  return {
    async ask(question) {
      say(question);
      const line = await lines.next();
      return line.done === true ? undefined : line.value.trim();
    },
    close: () => reader.close(),
  };
}

/** Only "y" and "yes" are a yes. */
export async function confirmed(
  question: string,
  terminal: Pick<Terminal, 'stdin' | 'say'>,
): Promise<boolean> {
  const questions = openQuestions(terminal);
  try {
    return /^y(es)?$/i.test((await questions.ask(`${question} [y/N]`)) ?? '');
  } finally {
    questions.close();
  }
}
