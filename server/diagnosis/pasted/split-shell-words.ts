/** Splits a command line as a shell does, as far as pasted curl commands need it. Pure, one pass. */
import { UNKNOWN_PART } from '../read-request.ts';

const SUBSTITUTION = /\$\((?:[^()]|\([^()]{0,2000}\)){0,2000}\)|`[^`]{0,2000}`|\$\{\w{1,100}\}|\$\w{1,100}/y;
const ANSI_C: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

interface Cursor {
  text: string;
  at: number;
}

function takeSingleQuoted(cursor: Cursor): string {
  const end = cursor.text.indexOf("'", cursor.at + 1);
  const stop = end < 0 ? cursor.text.length : end;
  const value = cursor.text.slice(cursor.at + 1, stop);
  cursor.at = stop + 1;
  return value;
}

/** `$'…'`: the form in which browsers copy requests as curl. */
function takeAnsiQuoted(cursor: Cursor): string {
  const taken: string[] = [];
  cursor.at += 2;
  while (cursor.at < cursor.text.length && cursor.text[cursor.at] !== "'") {
    if (cursor.text[cursor.at] === '\\') {
      cursor.at += 1;
      const escaped = cursor.text[cursor.at] ?? '';
      taken.push(ANSI_C[escaped] ?? escaped);
    } else taken.push(cursor.text[cursor.at]!);
    cursor.at += 1;
  }
  cursor.at += 1;
  return taken.join('');
}

/** A variable or command is filled in by a shell that is not here: its value is unknown. */
function takeSubstitution(cursor: Cursor): string {
  SUBSTITUTION.lastIndex = cursor.at;
  const match = SUBSTITUTION.exec(cursor.text);
  cursor.at += match === null ? 1 : match[0].length;
  return match === null ? cursor.text[cursor.at - 1]! : UNKNOWN_PART;
}

function takeDoubleQuoted(cursor: Cursor): string {
  const taken: string[] = [];
  cursor.at += 1;
  while (cursor.at < cursor.text.length && cursor.text[cursor.at] !== '"') {
    const char = cursor.text[cursor.at]!;
    const next = cursor.text[cursor.at + 1] ?? '';
    if (char === '\\' && '"\\$`\n'.includes(next)) {
      if (next !== '\n') taken.push(next);
      cursor.at += 2;
    } else if (char === '$' || char === '`') taken.push(takeSubstitution(cursor));
    else {
      taken.push(char);
      cursor.at += 1;
    }
  }
  cursor.at += 1;
  return taken.join('');
}

function takeBare(cursor: Cursor): string {
  const char = cursor.text[cursor.at]!;
  if (char === '\\' || (char === '^' && cursor.text[cursor.at + 1] === '\n')) {
    const next = cursor.text[cursor.at + 1] ?? '';
    cursor.at += 2;
    return next === '\n' ? '' : next;
  }
  if (char === '$' || char === '`') return takeSubstitution(cursor);
  cursor.at += 1;
  return char;
}

function takePiece(cursor: Cursor): string {
  const char = cursor.text[cursor.at];
  if (char === "'") return takeSingleQuoted(cursor);
  if (char === '"') return takeDoubleQuoted(cursor);
  if (char === '$' && cursor.text[cursor.at + 1] === "'") return takeAnsiQuoted(cursor);
  return takeBare(cursor);
}

export interface ShellWords {
  words: string[];
  /** Where the command ended: at a line break that nothing continues, at `|`, `;` or `&`, or at the end of the text. */
  endsAt: number;
}

/** The words of the one command that begins at `start`. */
export function splitShellWords(text: string, start: number): ShellWords {
  const cursor: Cursor = { text, at: start };
  const words: string[] = [];
  let word: string[] | undefined;
  while (cursor.at < text.length && !/[\n|;&]/.test(text[cursor.at]!)) {
    if (/[ \t\r]/.test(text[cursor.at]!)) {
      if (word !== undefined) words.push(word.join(''));
      word = undefined;
      cursor.at += 1;
      continue;
    }
    const continues = /^[\\^]\r?\n/.exec(text.slice(cursor.at, cursor.at + 3));
    if (continues !== null) cursor.at += continues[0].length;
    else (word ??= []).push(takePiece(cursor));
  }
  if (word !== undefined) words.push(word.join(''));
  return { words, endsAt: cursor.at };
}
