/** Literals of SOQL -> values, times relative to now among them. Pure. */
import type { FieldType, Value } from '../org-object.ts';
import { malformedQuery, OrgRefusal } from '../org-refusal.ts';

const DAY_MS = 86_400_000;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

export function unquote(literal: string): string {
  return literal.slice(1, -1).replaceAll(/\\(.)/gs, (_, letter: string) => ESCAPES[letter] ?? letter);
}

/** Days from today at which a date literal begins and ends. */
const RELATIVE: Readonly<Record<string, (n: number) => [from: number, to: number]>> = {
  YESTERDAY: () => [-1, 0],
  TODAY: () => [0, 1],
  TOMORROW: () => [1, 2],
  LAST_N_DAYS: (n) => [-n, 1],
  NEXT_N_DAYS: (n) => [1, n + 1],
  N_DAYS_AGO: (n) => [-n, -n + 1],
};

/** A span of time: a day, for everything but an instant. */
export interface Span {
  fromMs: number;
  toMs: number;
}

export function spanOf(literal: string, literalType: string, nowMs: number): Span {
  if (literalType === 'DATETIME') {
    const ms = Date.parse(literal);
    if (Number.isNaN(ms)) throw malformedQuery(`'${literal}' is not a dateTime`);
    return { fromMs: ms, toMs: ms + 1 };
  }
  if (literalType === 'DATE') {
    const ms = Date.parse(`${literal}T00:00:00Z`);
    return { fromMs: ms, toMs: ms + DAY_MS };
  }
  const [name = '', count = '0'] = literal.split(':');
  const days = RELATIVE[name.toUpperCase()];
  if (days === undefined) throw malformedQuery(`The sandbox does not know the date literal ${literal}.`);
  const todayMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const [from, to] = days(Number(count));
  return { fromMs: todayMs + from * DAY_MS, toMs: todayMs + to * DAY_MS };
}

export function isTime(literalType: string): boolean {
  return literalType.startsWith('DATE');
}

function wrongType(field: string, literal: string): OrgRefusal {
  return new OrgRefusal(
    400,
    'INVALID_FIELD',
    `value of filter criterion for field '${field}' cannot be ${literal}`,
  );
}

/** @throws OrgRefusal where a field of this type is not compared with such a literal. */
export function valueOf(literal: string, literalType: string, type: FieldType, field: string): Value {
  switch (literalType) {
    case 'NULL':
      return null;
    case 'STRING':
      if (type === 'boolean' || type === 'int' || type === 'datetime') throw wrongType(field, literal);
      return unquote(literal);
    case 'BOOLEAN':
      if (type !== 'boolean') throw wrongType(field, literal);
      return /^true$/i.test(literal);
    case 'INTEGER':
    case 'DECIMAL':
      if (type !== 'int') throw wrongType(field, literal);
      return Number(literal);
    default:
      throw wrongType(field, literal);
  }
}
