/** Secrets of the CLI: from the environment, a file, standard input or a prompt, and never from an argument, where `ps` and the shell's history would keep them. */
import { readFile } from 'node:fs/promises';
import type { Key } from 'node:readline';
import { text as readAll } from 'node:stream/consumers';
import { utf8Text } from '../utf8-text.ts';
import { invalidRequest } from '../validation.ts';
import type { Terminal } from './terminal.ts';

export interface SecretSource {
  /** Member of the request: `clientSecret`. */
  field: string;
  /** Asked at the prompt: `Client secret`. */
  label: string;
  /** Variable that is read where no source is named; an empty one counts as absent. */
  variable: string;
  /** `env:NAME`, `file:PATH`, `stdin` or `prompt`. */
  from?: string;
}

/** A file or a pipe ends with a line break that is not part of the secret; one only. */
function withoutFinalLineBreak(text: string): string {
  return text.replace(/\r?\n$/, '');
}

function wrong(source: SecretSource, detail: string): Error {
  return invalidRequest([{ field: source.field, detail }]);
}

async function contentOf(source: SecretSource, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw wrong(
      source,
      `cannot be read from ${path} (${(cause as NodeJS.ErrnoException).code ?? 'unreadable'}); check the path and its permissions`,
    );
  }
}

async function fromFile(source: SecretSource, path: string): Promise<string> {
  const text = utf8Text(await contentOf(source, path));
  if (text === undefined) throw wrong(source, 'is in a file of UTF-16; save the file as UTF-8');
  return withoutFinalLineBreak(text);
}

function fromVariable(source: SecretSource, name: string, terminal: Terminal): string {
  const value = terminal.env[name];
  if (value === undefined || value === '')
    throw wrong(source, `cannot be read: the variable ${name} is not set`);
  return value;
}

async function fromPrompt(source: SecretSource, terminal: Terminal): Promise<string> {
  if (!terminal.interactive) {
    throw wrong(
      source,
      `is required; set ${source.variable}, or name a source with file:PATH, env:NAME or stdin`,
    );
  }
  const { default: askPassword } = await import('@inquirer/password');
  const { stdin: input } = terminal;
  const ended = new AbortController();
  const end = () => ended.abort();
  const endAtCtrlD = (_text: string, { ctrl, name }: Key) =>
    ctrl === true && name === 'd' ? end() : undefined;
  // The prompt itself waits on for ever.
  input.on('keypress', endAtCtrlD).on('end', end);
  try {
    const context = { input, output: process.stderr, signal: ended.signal };
    return await askPassword({ message: source.label, mask: '*' }, context);
  } finally {
    input.off('keypress', endAtCtrlD).off('end', end);
  }
}

export function isStdin(from: unknown): boolean {
  return from === 'stdin' || from === '-';
}

/** @throws BridgeError `invalid_request` naming the field and where it can come from. */
export async function readSecret(source: SecretSource, terminal: Terminal): Promise<string> {
  const { from } = source;
  if (from === undefined) return terminal.env[source.variable] || fromPrompt(source, terminal);
  if (from === 'prompt') return fromPrompt(source, terminal);
  if (isStdin(from)) return withoutFinalLineBreak(await readAll(terminal.stdin));
  if (from.startsWith('file:')) return fromFile(source, from.slice('file:'.length));
  if (from.startsWith('env:')) return fromVariable(source, from.slice('env:'.length), terminal);
  throw wrong(
    source,
    'has no such source; name one of env:NAME, file:PATH, stdin or prompt (never the secret itself)',
  );
}
