/** What the pages say is so: links lead somewhere, commands and variables exist, references are fresh. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { references } from '../scripts/write-references.ts';
import { createProgram } from '../server/cli/main.ts';
import { processTerminal } from '../server/cli/terminal.ts';
import { VARIABLE_NAMES } from '../server/config.ts';

const ROOT = join(import.meta.dirname, '..');
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const program = createProgram({ terminal: processTerminal(), finish: () => undefined });

const read = (page: string) => readFileSync(join(ROOT, page), 'utf8');

/** Every `pcbridge …` of a page, in a console block or in running text, with lines that a backslash continues put together. */
function commandsIn(text: string): string[] {
  const whole = text.replaceAll(/\\\n\s*/g, '');
  return [...whole.matchAll(/(?:^\$ (?:npx )?|`|\| )(pcbridge [a-z][^`\n]*)/gm)].map(([, line]) => line!);
}

/** What is wrong with a command line as far as its words and options go; undefined where nothing is. */
function faultOf(line: string): string | undefined {
  const words = line.replace(/\s(#|\(|\|).*$/, '').split(/\s+/);
  let command: Command = program;
  let index = 1;
  for (; index < words.length; index += 1) {
    const next = command.commands.find((sub) => sub.name() === words[index]);
    if (next === undefined) break;
    command = next;
  }
  if (command.commands.length > 0 && index < words.length && !words[index]!.startsWith('-'))
    return `${line}: there is no "${words[index]}"`;
  const options = new Set(command.options.flatMap(({ long, short }) => [long, short]));
  const unknown = words
    .slice(index)
    .filter((word) => word.startsWith('-') && word !== '-' && !options.has(word.split('=')[0]));
  return unknown.length === 0 ? undefined : `${line}: there is no ${unknown.join(', ')}`;
}

test.each(PAGES)('every link of %s leads to a file that is there', (page) => {
  const targets = [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(
    ([, target]) => target!,
  );
  expect(targets.filter((target) => !existsSync(join(ROOT, dirname(page), target)))).toEqual([]);
});

test.each(PAGES)('every command of %s can be given', (page) => {
  expect(commandsIn(read(page)).flatMap((line) => faultOf(line) ?? [])).toEqual([]);
});

test('a command, an option or a word that does not exist is found out', () => {
  expect(commandsIn('$ npx pcbridge connection put a --colour red\n').map(faultOf)).toEqual([
    expect.stringContaining('--colour'),
  ]);
  expect(commandsIn('call `pcbridge connection paint a`').map(faultOf)).toEqual([
    expect.stringContaining('"paint"'),
  ]);
});

test.each(PAGES)('every variable of the bridge that %s names is read', (page) => {
  const named = new Set([...read(page).matchAll(/\b(BRIDGE_[A-Z_]+)\b/g)].map(([, name]) => name!));
  const others = [
    'sfdx-project.json',
    ...readdirSync(join(ROOT, 'scripts')).map((name) => `scripts/${name}`),
  ];
  const byOthers = others.map(read).join();
  const isRead = (name: string) => VARIABLE_NAMES.includes(name) || byOthers.includes(name);
  expect([...named].filter((name) => !isRead(name))).toEqual([]);
});

test('the references are fresh: npm run generate:references', async () => {
  for (const [path, text] of await references()) expect(read(path)).toBe(text);
});
