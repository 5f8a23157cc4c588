/** Every regular expression of the server, read by a static analysis: none may take more than linear time, but for those named here. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { analyse } from 'scslre';
import ts from 'typescript';
import { PATTERNS } from '../../server/telemetry/redaction-patterns.ts';

const SERVER = join(import.meta.dirname, '../../server');

/** What the analysis objects to, and why it does no harm: its input is short, and of whom. `charsMax` is tried below. */
const BOUNDED: readonly {
  file: string;
  pattern: RegExp;
  worst: (length: number) => string;
  charsMax: number;
}[] = [
  { file: 'config-values.ts', pattern: /=+$/, worst: (n) => `${'='.repeat(n)}x`, charsMax: 4_096 }, // a variable of the operator
  { file: 'regions.ts', pattern: /[/?#:].*$/, worst: (n) => `${':'.repeat(n)}\n`, charsMax: 255 },
  { file: 'regions.ts', pattern: /\.+$/, worst: (n) => `${'.'.repeat(n)}x`, charsMax: 255 },
  { file: 'cli/bridge-api.ts', pattern: /\/+$/, worst: (n) => `${'/'.repeat(n)}x`, charsMax: 4_096 }, // an option of the command line
  { file: 'proxy/proxy-path.ts', pattern: /\/+$/, worst: (n) => `${'/'.repeat(n)}x`, charsMax: 2_048 }, // apiUrl of a connection
  // The last part takes whatever is left, so that it cannot fail behind the blanks; tried at the length of a pasted text.
  {
    file: 'diagnosis/read-request.ts',
    pattern: /^\s*(\S+)(?:\s+([^]*))?$/,
    worst: (n) => `a${' '.repeat(n)}\n`,
    charsMax: 262_144,
  },
];
// Milliseconds are enough for each; one that is not linear at these lengths would take hours.
const GIVEN_UP_MS = 20_000;

/** Patterns that are put together when the server starts, each from parts that stand in its file. */
const BUILT = ['apply/bridge-file.ts', 'callers/permissions.ts', 'telemetry/redaction-patterns.ts'];

interface Found {
  file: string;
  source: string;
  flags: string;
}

function literalsOf(path: string): { literals: Found[]; isBuilding: boolean } {
  const file = relative(SERVER, path);
  const literals: Found[] = [];
  let isBuilding = false;
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      literals.push({ file, source: node.text.slice(1, end), flags: node.text.slice(end + 1) });
    }
    if ((ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === 'RegExp')
      isBuilding = true;
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true));
  return { literals, isBuilding };
}

const FILES = readdirSync(SERVER, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => literalsOf(join(entry.parentPath, entry.name)));
const LITERALS = FILES.flatMap(({ literals }) => literals);

function objections({ source, flags }: { source: string; flags: string }): string[] {
  return analyse({ source, flags }).reports.map(
    ({ type, exponential, character }) =>
      `/${source}/${flags}: ${type}${exponential ? ', exponential' : ''}, by ${JSON.stringify(character.pick)}`,
  );
}

describe('ReDoS', () => {
  test('no regular expression of the server takes more than linear time, but for those whose input is short', () => {
    const isBounded = ({ file, source }: Found) =>
      BOUNDED.some((known) => known.file === file && known.pattern.source === source);
    const found = LITERALS.filter((literal) => !isBounded(literal)).flatMap(objections);
    expect(found).toEqual([]);
    expect(LITERALS.length).toBeGreaterThan(300);
  }, 60_000);

  test('the analysis finds what it is for', () => {
    expect(objections({ source: '^(a+)+$', flags: '' })).not.toEqual([]);
    expect(objections({ source: '\\s+$', flags: '' })).not.toEqual([]);
  });

  test.each(BOUNDED)(
    '$file $pattern comes to an end at the longest input it gets',
    ({ file, pattern, worst, charsMax }) => {
      expect(LITERALS.some((literal) => literal.file === file && literal.source === pattern.source)).toBe(
        true,
      );
      const text = worst(charsMax);
      const replace = () =>
        runInNewContext(`text.replace(pattern, '')`, { text, pattern }, { timeout: GIVEN_UP_MS }) as string;
      expect(replace).not.toThrow();
    },
  );

  test('patterns that are put together are in files that are known, and no part of them comes from outside', () => {
    const building = FILES.filter(({ isBuilding }) => isBuilding);
    expect(building).toHaveLength(BUILT.length);
    expect(Object.values(PATTERNS).flatMap(objections)).toEqual([]);
  });
});
