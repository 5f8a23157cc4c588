/** A condition -> a test of one row. Text is compared in any case, ids are not, and nothing is less or more than null. Pure. */
import type { FieldType, Value } from '../org-object.ts';
import { malformedQuery } from '../org-refusal.ts';
import { isTime, spanOf, valueOf, type Span } from './literals.ts';
import type { Comparison, Condition } from './parse-soql.ts';

/** A field as one user sees it. */
export interface ReadField {
  type: FieldType;
  read: (row: number) => Value;
  /** Of a time that is looked up: rows whose value is that late, and perhaps others. Undefined: it may be any row. */
  rowsSince?: (ms: number) => Uint32Array | undefined;
}

export interface CompileContext {
  fieldOf: (path: string) => ReadField;
  nowMs: number;
}

export type RowTest = (row: number) => boolean;

const ID_CHARS = 15;

/** What a value is compared by. */
export function comparable(value: Value, type: FieldType): string | number | null {
  if (value === null) return null;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'number') return value;
  return type === 'id' || type === 'reference' ? value.slice(0, ID_CHARS) : value.toLowerCase();
}

function likeTest(pattern: string): (text: string) => boolean {
  const source = [...pattern]
    .map((char) => (char === '%' ? '.*' : char === '_' ? '.' : char.replace(/[.*+?^${}()|[\]\\]/, '\\$&')))
    .join('');
  const expression = new RegExp(`^${source}$`, 'is');
  return (text) => expression.test(text);
}

function timeTest(operator: string, { fromMs, toMs }: Span): (ms: number) => boolean {
  switch (operator) {
    case '=':
      return (ms) => ms >= fromMs && ms < toMs;
    case '!=':
      return (ms) => ms < fromMs || ms >= toMs;
    case '<':
      return (ms) => ms < fromMs;
    case '<=':
      return (ms) => ms < toMs;
    case '>':
      return (ms) => ms >= toMs;
    case '>=':
      return (ms) => ms >= fromMs;
    default:
      throw malformedQuery(`The sandbox does not compare times with ${operator}.`);
  }
}

function orderTest(operator: string, wanted: string | number): (value: string | number) => boolean {
  switch (operator) {
    case '<':
      return (value) => value < wanted;
    case '<=':
      return (value) => value <= wanted;
    case '>':
      return (value) => value > wanted;
    default:
      return (value) => value >= wanted;
  }
}

function compileTime(
  { operator, literals, literalType }: Comparison,
  { read }: ReadField,
  nowMs: number,
): RowTest {
  const isWanted = timeTest(operator, spanOf(literals[0]!, literalType, nowMs));
  return (row) => {
    const ms = read(row);
    return typeof ms === 'number' ? isWanted(ms) : operator === '!=';
  };
}

function compileComparison(comparison: Comparison, { fieldOf, nowMs }: CompileContext): RowTest {
  const { field: path, operator, literals, literalType } = comparison;
  const field = fieldOf(path);
  const { type, read } = field;
  if (isTime(literalType)) return compileTime(comparison, field, nowMs);
  const values = literals.map((literal) => valueOf(literal, literalType, type, path));
  const wanted = values.map((value) => comparable(value, type));
  const [first = null] = wanted;
  if (operator === 'LIKE') {
    const isLike = likeTest(String(values[0]));
    return (row) => isLike(String(read(row) ?? ''));
  }
  if (operator === '=' || operator === '!=') {
    const isEqual = operator === '=';
    const [written] = values;
    return (row) => {
      const value = read(row);
      return (value === written || comparable(value, type) === first) === isEqual;
    };
  }
  if (operator === 'IN' || operator === 'NOT IN') {
    const set = new Set(wanted);
    const isIn = operator === 'IN';
    return (row) => set.has(comparable(read(row), type)) === isIn;
  }
  if (first === null) return () => false;
  const isInOrder = orderTest(operator, first);
  return (row) => {
    const value = comparable(read(row), type);
    return value !== null && isInOrder(value);
  };
}

export function compileCondition(condition: Condition, context: CompileContext): RowTest {
  switch (condition.kind) {
    case 'comparison':
      return compileComparison(condition, context);
    case 'not': {
      const test = compileCondition(condition.condition, context);
      return (row) => !test(row);
    }
    case 'and': {
      const tests = condition.conditions.map((one) => compileCondition(one, context));
      return tests.reduce((one, other) => (row) => one(row) && other(row));
    }
    case 'or': {
      const tests = condition.conditions.map((one) => compileCondition(one, context));
      return tests.reduce((one, other) => (row) => one(row) || other(row));
    }
  }
}
