/** What is generated and committed is what the sources make: components, labels, the browser's page; and it fits the Apex side. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { staleFiles } from '../../lwc/build/build.ts';
import { LABELS_FILE, ROOT, SOURCE_DIR, filesOf } from '../../lwc/build/component-files.ts';
import { readLabels } from '../../lwc/build/labels.ts';
import { APEX_ANSWERS, APEX_CALLS } from '../../lwc/preview/page/apex-calls.ts';
import { bearerTokenAnswerSchema } from '../../server/bearer/answer.ts';

const CLASSES = join(ROOT, 'force-app/main/default/classes');
const PAGE = join(ROOT, 'server/page');
const PAGE_BYTES_MAX = 3_000_000;

interface ApexMethod {
  name: string;
  parameters: string[];
  body: string;
}

function apexMethods(className: string): ApexMethod[] {
  const found = sourceOf(className).matchAll(
    /@AuraEnabled\s+public static String (\w+)\(([^)]*)\) \{([\s\S]*?)\n {4}\}/g,
  );
  return [...found].map(([, name = '', parameters = '', body = '']) => ({
    name,
    parameters: parameters
      .split(',')
      .map((parameter) => parameter.trim().split(' ').at(-1) ?? '')
      .filter((parameter) => parameter !== ''),
    body,
  }));
}

function sourceOf(className: string): string {
  const file = join(CLASSES, `${className}.cls`);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** Of the controller, and of the classes that the method hands its work to. */
function sourcesOf(className: string, body: string): string {
  const others = [...body.matchAll(/\b([A-Z]\w+)\./g)].map(([, name = '']) => name);
  return [className, ...others].map(sourceOf).join('\n');
}

/** Class and method of every Apex import of the components. */
function importedMethods(): string[] {
  const sources = [...filesOf(SOURCE_DIR, /\.ts$/).values()].join('\n');
  return [...sources.matchAll(/@salesforce\/apex\/([\w.]+)/g)].map(([, name = '']) => name);
}

describe('what is generated', () => {
  test('is as the sources make it', () => {
    expect(staleFiles()).toEqual([]);
  }, 60_000);

  test('is small enough to be part of the repository', () => {
    const bytes = readdirSync(PAGE).reduce((sum, name) => sum + readFileSync(join(PAGE, name)).byteLength, 0);
    expect(bytes).toBeLessThan(PAGE_BYTES_MAX);
  });

  test('calls no other site', () => {
    for (const name of ['index.html', 'page.css'])
      expect(readFileSync(join(PAGE, name), 'utf8')).not.toMatch(/(src|href|url)\s*[=(]\s*["']?https?:/);
  });
});

describe('the labels of the page', () => {
  const names = [...readLabels(readFileSync(LABELS_FILE, 'utf8')).keys()]
    .filter((name) => name.startsWith('BridgePage_'))
    .map((name) => name.slice('BridgePage_'.length));
  const isPart = (path: string) => !path.includes('bridgeLabels') && !path.includes('__tests__');
  const sources = [
    ...[...filesOf(SOURCE_DIR, /\.(ts|html)$/)].filter(([path]) => isPart(path)),
    ...filesOf(join(ROOT, 'lwc/preview/page'), /\.(ts|html)$/),
  ]
    .map(([, content]) => content)
    .join('\n');

  test('are all used', () => {
    const used = new Set([...sources.matchAll(/\b(?:LABEL|label)\.([A-Z]\w*)/g)].map(([, name]) => name));
    expect(names.filter((name) => !used.has(name))).toEqual([]);
  });

  test('are the only texts of its templates', () => {
    const templates = [...filesOf(SOURCE_DIR, /\.html$/)];
    const said = templates.flatMap(([path, html]) =>
      [...html.replace(/\{[^}]*\}/g, '').matchAll(/>([^<]*[a-zA-Z]{2}[^<]*)</g)].map(
        ([, text = '']) => `${path}: ${text.trim()}`,
      ),
    );
    expect(said).toEqual([]);
  });
});

describe("the browser's adapter", () => {
  test('plays every Apex method that the components import, and no other', () => {
    const played = [...Object.keys(APEX_CALLS), 'BridgeSetupController.getSetup'];
    expect(played.sort()).toEqual(importedMethods().sort());
  });

  test.each(Object.entries(APEX_CALLS))('asks for the same as %s', (name, callOf) => {
    const [className = '', methodName] = name.split('.');
    const method = apexMethods(className).find((each) => each.name === methodName);
    expect(method).toBeDefined();
    const params = Object.fromEntries(method!.parameters.map((parameter) => [parameter, `the-${parameter}`]));
    const call = callOf(params);
    const [path, query] = call.path.split('?');
    const source = sourcesOf(className, method!.body);
    expect(source).toContain(`'${call.method}'`);
    expect(query).toBe(method!.parameters.includes('query') ? 'the-query' : undefined);
    expect(call.body).toBe(method!.parameters.includes('body') ? 'the-body' : undefined);
    // Every part of the path that is not a parameter stands in the class.
    for (const part of path!
      .split('/')
      .filter((each) => each !== '' && each !== 'v1' && !each.startsWith('the-')))
      expect(source).toContain(part);
  });

  test('writes a parameter into a path as one segment, whatever it holds', () => {
    const call = APEX_CALLS['BridgeConnectionController.deleteConnection']!({ name: '../callers?x=1#/' });
    expect(call.path).toBe('/v1/connections/..%2Fcallers%3Fx%3D1%23%2F');
  });

  test('hands a token to no component, as Apex does', () => {
    const answerOf = APEX_ANSWERS['BridgeRequestController.requestBearerToken']!;
    const sent = readFileSync(join(ROOT, 'test/fixtures/api/requestBearerToken.success.json'), 'utf8');
    const { bearerAccessToken, ...rest } = JSON.parse(sent) as { bearerAccessToken: string };
    const shown = answerOf(sent);
    expect(shown).not.toContain(bearerAccessToken);
    expect(JSON.parse(shown)).toEqual({ ...rest, tokenCharacters: bearerAccessToken.length });
    expect(answerOf('{"exitPath":"Timeout"}')).toBe('{"exitPath":"Timeout"}');
  });
});

describe('the Apex of the request form', () => {
  // It hands on what it names, and nothing else.
  test.each(Object.keys(bearerTokenAnswerSchema.shape))('knows %s', (member) => {
    expect(sourceOf('BridgeRequestController')).toMatch(new RegExp(`private \\S.* ${member};`));
  });
});
