/** What the pages say is so: links lead somewhere, commands and variables exist, references are fresh. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { references } from '../scripts/write-references.ts';
import { bridgeFileJsonSchema } from '../server/apply/bridge-file.ts';
import { createProgram } from '../server/cli/main.ts';
import { processTerminal } from '../server/cli/terminal.ts';
import { describeApi } from '../server/compose/compose-bridge.ts';
import { VARIABLE_NAMES } from '../server/config.ts';
import { apexStatementFaults, apexSyntaxFaults } from './support/apex-syntax.ts';

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

const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
/** A class stands by itself; else it is what one would put into a method. */
const apexFaults = (code: string) =>
  /^\s*(@\w+.*\s+)?(public|global|private)\b.*\bclass\b/m.test(code)
    ? apexSyntaxFaults(code)
    : apexStatementFaults(code);

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

/** Method, path and JSON body of every `curl` of a page. */
function curlsIn(text: string): { method: string; path: string; body?: unknown }[] {
  const whole = text.replaceAll(/\\\n\s*/g, '');
  return [...whole.matchAll(/^\$ curl (.*)$/gm)].map(([, line]) => {
    const sent = /-d '([^']*)'/.exec(line!)?.[1];
    const path = /(?:8080|_URL)(\/[^\s'"]*)/.exec(line!)?.[1] ?? '';
    const method = /-X (\w+)/.exec(line!)?.[1] ?? (sent === undefined ? 'GET' : 'POST');
    return {
      method,
      path: path.split('?')[0]!,
      ...(sent === undefined ? {} : { body: JSON.parse(sent) as unknown }),
    };
  });
}

interface Operation {
  requestBody?: { content: Record<string, { schema: { properties?: object } }> };
}

/** What is wrong with a call as far as path, method and members of the body go. */
function faultOfCall({ method, path, body }: ReturnType<typeof curlsIn>[number]): string | undefined {
  const { paths } = describeApi() as { paths: Record<string, Record<string, Operation>> };
  const known = Object.keys(paths).find((one) =>
    new RegExp(`^${one.replaceAll(/\{\w+\}/g, '[^/{}]+')}$`).test(path),
  );
  if (path.startsWith('/proxy/')) return undefined;
  const operation = known === undefined ? undefined : paths[known]![method.toLowerCase()];
  if (operation === undefined) return `${method} ${path}: there is no such operation`;
  const members = Object.keys(operation.requestBody?.content['application/json']?.schema.properties ?? {});
  const unknown = Object.keys(body ?? {}).filter((name) => !members.includes(name));
  return unknown.length === 0 ? undefined : `${method} ${path}: there is no ${unknown.join(', ')}`;
}

test.each(PAGES)('every curl of %s asks for what the bridge has', (page) => {
  expect(curlsIn(read(page)).flatMap((call) => faultOfCall(call) ?? [])).toEqual([]);
});

test('a call of an operation or a member that does not exist is found out', () => {
  const text = `$ curl -s http://127.0.0.1:8080/v1/connection\n$ curl -X PUT http://127.0.0.1:8080/v1/connections/a -d '{"colour":1}'\n`;
  expect(curlsIn(text).map(faultOfCall)).toEqual([
    'GET /v1/connection: there is no such operation',
    'PUT /v1/connections/a: there is no colour',
  ]);
});

test.each(PAGES)('every line of Apex on %s is Apex', (page) => {
  const faults = [...read(page).matchAll(/```apex\n([\s\S]*?)```/g)].flatMap(([, code]) => apexFaults(code!));
  expect(faults).toEqual([]);
});

test('what is no Apex is found out', () => {
  expect(apexFaults('HttpResponse answer = PureCloud.get(;')).not.toEqual([]);
});

test.each(PAGES)('every YAML of %s is a configuration file', (page) => {
  for (const [, text] of read(page).matchAll(/```yaml\n([\s\S]*?)```/g)) {
    expect(ajv.validate(bridgeFileJsonSchema(), parse(text!)) ? [] : ajv.errors).toEqual([]);
  }
});

test('the references are fresh: npm run generate:references', async () => {
  for (const [path, text] of await references()) expect(read(path)).toBe(text);
});
