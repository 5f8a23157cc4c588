/** SOQL text -> what is asked for, as a tree. The grammar is the parser's; precedence and what this org does not answer are decided here. */
import type { Query, WhereClause } from '@jetstreamapp/soql-parser-js';
import { malformedQuery } from '../org-refusal.ts';

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'LIKE' | 'IN' | 'NOT IN';

export interface Comparison {
  kind: 'comparison';
  /** Dotted: `Lead.Country`. */
  field: string;
  operator: Operator;
  /** As the parser names them: STRING, DATETIME, NULL … */
  literalType: string;
  /** As written, strings with their quotes. */
  literals: readonly string[];
}

export type Condition =
  | Comparison
  | { kind: 'and' | 'or'; conditions: readonly Condition[] }
  | { kind: 'not'; condition: Condition };

export interface SoqlQuery {
  object: string;
  /** Dotted field paths; absent for `COUNT()`. */
  fields?: readonly string[];
  where?: Condition;
  orderBy: readonly { field: string; isDescending: boolean; nullsLast: boolean }[];
  limit?: number;
  offset: number;
}

type Token = '(' | ')' | 'AND' | 'OR' | 'NOT' | Comparison;

const OPERATORS: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=', 'LIKE', 'IN', 'NOT IN']);

interface ParsedCondition {
  openParen?: number;
  closeParen?: number;
  field?: string;
  operator?: string;
  value?: string | string[];
  literalType?: string | string[];
}

function comparisonOf({ field, operator, value, literalType }: ParsedCondition): Comparison {
  if (field === undefined || value === undefined || literalType === undefined)
    throw malformedQuery(
      'The sandbox compares fields with values, and knows no functions or subqueries in WHERE.',
    );
  if (!OPERATORS.has(operator ?? ''))
    throw malformedQuery(`The sandbox does not know the operator ${operator}.`);
  return {
    kind: 'comparison',
    field,
    operator: operator as Operator,
    literalType: [literalType].flat()[0] ?? 'STRING',
    literals: [value].flat(),
  };
}

/** The parser gives a list that counts brackets; this is the list as it was written. */
function tokensOf(where: WhereClause | undefined): Token[] {
  const tokens: Token[] = [];
  for (let at: WhereClause | undefined = where; at !== undefined;) {
    const left = at.left as ParsedCondition | null;
    const brackets = (count = 0, bracket: '(' | ')') => Array.from({ length: count }, () => bracket);
    tokens.push(...brackets(left?.openParen, '('));
    if (left?.field !== undefined) tokens.push(comparisonOf(left));
    else if (left?.operator !== undefined) comparisonOf(left);
    tokens.push(...brackets(left?.closeParen, ')'));
    const joined = at as { operator?: string; right?: WhereClause };
    if (joined.operator !== undefined) tokens.push(joined.operator as 'AND' | 'OR' | 'NOT');
    at = joined.right;
  }
  return tokens;
}

class ConditionReader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** Salesforce refuses AND and OR side by side without brackets, rather than have one bind closer. */
  conditions(): Condition {
    const conditions = [this.#single()];
    const joiner = this.#tokens[this.#at];
    while (this.#tokens[this.#at] === 'AND' || this.#tokens[this.#at] === 'OR') {
      if (this.#tokens[this.#at] !== joiner)
        throw malformedQuery(`unexpected token: ${joiner === 'AND' ? 'OR' : 'AND'}`);
      this.#at += 1;
      conditions.push(this.#single());
    }
    if (conditions.length === 1) return conditions[0]!;
    return { kind: joiner === 'AND' ? 'and' : 'or', conditions };
  }

  #single(): Condition {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    if (token === 'NOT') return { kind: 'not', condition: this.#single() };
    if (token === '(') {
      const inner = this.conditions();
      if (this.#tokens[this.#at] !== ')') throw malformedQuery('expecting a right parenthesis');
      this.#at += 1;
      return inner;
    }
    if (typeof token !== 'object') throw malformedQuery(`unexpected token: ${token ?? '<EOF>'}`);
    return token;
  }
}

interface ParsedField {
  type: string;
  field?: string;
  rawValue?: string;
}

function fieldsOf({ fields = [] }: Query): string[] | undefined {
  const parsed = fields as ParsedField[];
  if (parsed.length === 1 && /^count\(\s*\)$/i.test(parsed[0]!.rawValue ?? '')) return undefined;
  return parsed.map(({ type, field, rawValue }) => {
    if (type === 'FieldRelationship' && rawValue !== undefined) return rawValue;
    if (type === 'Field' && field !== undefined) return field;
    throw malformedQuery(`The sandbox does not answer ${rawValue ?? type}.`);
  });
}

const UNANSWERED = ['groupBy', 'having', 'usingScope', 'withDataCategory', 'update'] as const;

function readQuery(query: Query): SoqlQuery {
  const unanswered = UNANSWERED.find((clause) => query[clause] !== undefined);
  if (unanswered !== undefined) throw malformedQuery(`The sandbox does not answer ${unanswered}.`);
  const fields = fieldsOf(query);
  const tokens = tokensOf(query.where);
  const orders = [query.orderBy ?? []].flat() as { field?: string; order?: string; nulls?: string }[];
  return {
    object: query.sObject ?? '',
    ...(fields === undefined ? {} : { fields }),
    ...(tokens.length === 0 ? {} : { where: new ConditionReader(tokens).conditions() }),
    orderBy: orders.map(({ field = '', order, nulls }) => ({
      field,
      isDescending: order === 'DESC',
      nullsLast: nulls === 'LAST',
    })),
    ...(query.limit === undefined ? {} : { limit: query.limit }),
    offset: query.offset ?? 0,
  };
}

/** The parser is loaded with the first query: it takes some thirty megabytes, and not every sandbox is asked one. */
export async function parseSoql(text: string): Promise<SoqlQuery> {
  const { parseQuery } = await import('@jetstreamapp/soql-parser-js');
  let query: Query;
  try {
    query = parseQuery(text);
  } catch (error) {
    throw malformedQuery(error instanceof Error ? error.message : 'the query cannot be read');
  }
  return readQuery(query);
}
