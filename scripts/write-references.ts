/**
 * npm run generate:references: writes the reference pages that follow from tables in the code: docs/errors.md from the catalogue
 * of errors and the diagnosis table, docs/api.md from the routes. A test holds them fresh.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { describeApi } from '../server/compose/compose-bridge.ts';
import { ROW_REASON_CODES, RUN_END_CODES } from '../server/campaigns/explain-run-code.ts';
import { APEX_CODES } from '../server/diagnosis/apex-codes.ts';
import type { Diagnosis } from '../server/diagnosis/facts.ts';
import { NOT_RECOGNISED, OUTCOME_ROWS, REQUEST_ROWS } from '../server/diagnosis/diagnosis-table.ts';
import { ERROR_CATALOGUE, type CatalogueEntry } from '../server/errors.ts';

const ROOT = join(import.meta.dirname, '..');
const MADE = '<!-- Made by `npm run generate:references`; changes by hand are lost. -->';

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function catalogueTable(): string {
  const rows = Object.entries<CatalogueEntry>(ERROR_CATALOGUE).map(([code, entry]) => [
    String(entry.status),
    `\`${code}\``,
    cell(entry.title),
    entry.retryable ? 'yes' : 'no',
    cell(entry.remedy),
  ]);
  return table(['status', 'code', 'means', 'try again', 'what to do'], rows);
}

function diagnosisOf({ code, title, causes, remedy }: Diagnosis): string {
  const list = causes.map((cause) => `- ${cell(cause)}`).join('\n');
  return `### \`${code}\`\n\n${cell(title)}.\n\n${list}\n\n**What to do:** ${cell(remedy)}`;
}

export function errorReference(): string {
  const catalogue = new Set(Object.keys(ERROR_CATALOGUE));
  const upstream = [...OUTCOME_ROWS, NOT_RECOGNISED].filter(({ code }) => !catalogue.has(code));
  return [
    '# Every error, with cause and remedy',
    MADE,
    'The same words come from `pcbridge explain CODE`, and for what you have at hand from `pcbridge explain -`.',
    '## What the bridge answers',
    'Each answer is JSON with `code`, `remedy`, `retryable`, `correlationId` and, where fields are wrong, `errors`.',
    catalogueTable(),
    '## What an upstream or the network said',
    '`diagnosis.code` of a bearer token request, and of the check of a connection that failed. Causes: most likely first.',
    ...upstream.map(diagnosisOf),
    '## What is wrong with a request itself',
    'Told before anything is sent, or of a request that was pasted.',
    ...REQUEST_ROWS.filter(({ code }) => !catalogue.has(code)).map(diagnosisOf),
    '## Why a run ended early, or was not whole',
    '`failure.code` of a run. The run itself names the field, status or contacts.',
    ...RUN_END_CODES.map(diagnosisOf),
    '## Why a row of a run is there',
    '[Rows](campaign-sync.md#rows) says more of them.',
    table(
      ['code', 'means', 'what to do'],
      ROW_REASON_CODES.map(({ code, title, remedy }) => [`\`${code}\``, cell(title), cell(remedy)]),
    ),
    '## What the Apex client says itself',
    '`code` of a `PureCloud.BridgeException`, and the failure code of a Flow action, where no answer of the bridge came as far.',
    ...APEX_CODES.map(diagnosisOf),
    '',
  ].join('\n\n');
}

interface Operation {
  operationId: string;
  summary: string;
  tags?: string[];
  'x-permission'?: string;
}

export function apiReference(): string {
  const { paths } = describeApi() as { paths: Record<string, Record<string, Operation>> };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
  );
  const tags = [...new Set(operations.map(({ tags: [tag] = ['Other'] }) => tag!))];
  const sections = tags.map((tag) => {
    const rows = operations
      .filter(({ tags: [own] = ['Other'] }) => own === tag)
      .map((found) => [
        `\`${found.method.toUpperCase()} ${found.path}\``,
        cell(found.summary),
        found['x-permission'] === undefined ? '' : `\`${found['x-permission']}\``,
        `\`${found.operationId}\``,
      ]);
    return `## ${tag}\n\n${table(['request', 'does', 'permission', 'operation'], rows)}`;
  });
  return [
    '# API',
    MADE,
    'Inputs, answers and examples: `/docs` of a running bridge, `/openapi.json` (OpenAPI 3.0.3), or `pcbridge openapi`.',
    '`ANY /proxy/{connection}/{path}` takes what the upstream takes, and stands in none of them: [the proxy](connections-and-callers.md#the-proxy).',
    ...sections,
    '',
  ].join('\n\n');
}

/** Path -> text, formatted as the project formats its pages. */
export async function references(): Promise<Map<string, string>> {
  const options = { ...(await resolveConfig(join(ROOT, 'docs/errors.md'))), parser: 'markdown' };
  return new Map([
    ['docs/errors.md', await format(errorReference(), options)],
    ['docs/api.md', await format(apiReference(), options)],
  ]);
}

if (import.meta.main) {
  for (const [path, text] of await references()) writeFileSync(join(ROOT, path), text);
}
