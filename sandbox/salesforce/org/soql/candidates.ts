/** Where a query looks: rows among which all that it finds must be, as an org knows them by its indexes on ids and stamps. */
import type { OrgTable } from '../org-table.ts';
import { rowBound } from '../record-id.ts';
import type { CompileContext } from './compile-condition.ts';
import { isTime, spanOf, unquote } from './literals.ts';
import type { Comparison, Condition } from './parse-soql.ts';

interface Bounds {
  from: number;
  to: number;
}

/** Conditions that every row has to meet. */
function necessary(condition: Condition | undefined): Comparison[] {
  if (condition === undefined) return [];
  if (condition.kind === 'comparison') return [condition];
  return condition.kind === 'and' ? condition.conditions.flatMap(necessary) : [];
}

/** The rows among which all that is wanted must be: ids and campaigns are where they are, so that a page costs what is on it. */
function boundsOf(table: OrgTable, comparisons: readonly Comparison[]): Bounds[] {
  let [from, to] = [0, table.rows];
  let seeded: readonly [number, number] | undefined;
  for (const { field, operator, literals, literalType } of comparisons) {
    if (literalType !== 'STRING') continue;
    const text = unquote(literals[0]!);
    const row = /^id$/i.test(field) ? rowBound(table.object.keyPrefix, text) : undefined;
    if (row !== undefined && (operator === '>' || operator === '>=')) from = Math.max(from, row);
    if (row !== undefined && (operator === '<' || operator === '<=')) to = Math.min(to, row + 1);
    if (operator === '=') seeded ??= table.seededSpan(field, text);
  }
  if (seeded === undefined) return [{ from, to }];
  return [
    { from: Math.max(from, seeded[0]), to: Math.min(to, seeded[1]) },
    { from: Math.max(from, table.seededRows), to },
  ];
}

function rowsById(table: OrgTable, comparisons: readonly Comparison[]): number[] | undefined {
  const byId = comparisons.find(
    ({ field, operator, literalType }) =>
      /^id$/i.test(field) && (operator === 'IN' || operator === '=') && literalType === 'STRING',
  );
  const rows = byId?.literals.map((literal) => table.rowOf(unquote(literal))).filter((row) => row >= 0);
  return rows === undefined ? undefined : [...new Set(rows)].sort((a, b) => a - b);
}

function union(parts: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all.sort().filter((row, index, rows) => index === 0 || row !== rows[index - 1]);
}

/** Undefined: no index tells, so that it may be any row. */
function rowsByStamps(condition: Condition | undefined, context: CompileContext): Uint32Array | undefined {
  switch (condition?.kind) {
    case 'comparison': {
      const { field, operator, literals, literalType } = condition;
      if (!isTime(literalType) || !operator.startsWith('>')) return undefined;
      return context.fieldOf(field).rowsSince?.(spanOf(literals[0]!, literalType, context.nowMs).fromMs);
    }
    case 'and': {
      const known = condition.conditions.map((one) => rowsByStamps(one, context));
      return known.filter((rows) => rows !== undefined).sort((a, b) => a.length - b.length)[0];
    }
    case 'or': {
      const parts = condition.conditions.map((one) => rowsByStamps(one, context));
      const known = parts.filter((rows) => rows !== undefined);
      return known.length === parts.length ? union(known) : undefined;
    }
    default:
      return undefined;
  }
}

/** Hands over row by row what may be wanted, until it is told that this is enough. */
export function forCandidates(
  table: OrgTable,
  where: Condition | undefined,
  context: CompileContext,
  take: (row: number) => boolean,
): void {
  const comparisons = necessary(where);
  const byId = rowsById(table, comparisons);
  if (byId !== undefined) {
    byId.every(take);
    return;
  }
  const byStamps = rowsByStamps(where, context);
  for (const { from, to } of boundsOf(table, comparisons)) {
    if (byStamps === undefined) {
      for (let row = from; row < to; row += 1) if (!take(row)) return;
    } else if (!byStamps.filter((row) => row >= from && row < to).every(take)) return;
  }
}
