/** The criteria of a contact search. Pure. Times relative to now and columns of the system are not known here. */
import { z } from 'zod';
import { ApiRefusal } from './api-refusal.ts';
import type { Contact } from './outbound-state.ts';

const joined = z.enum(['AND', 'OR']).default('AND');
const predicateSchema = z.object({
  column: z.string(),
  columnType: z.enum(['numeric', 'alphabetic']).default('alphabetic'),
  operator: z.enum([
    'EQUALS',
    'LESS_THAN',
    'LESS_THAN_EQUALS',
    'GREATER_THAN',
    'GREATER_THAN_EQUALS',
    'CONTAINS',
    'BEGINS_WITH',
    'ENDS_WITH',
    'BEFORE',
    'AFTER',
    'BETWEEN',
    'IN',
  ]),
  value: z.string().default(''),
  range: z
    .object({ min: z.string().optional(), max: z.string().optional(), inSet: z.array(z.string()).optional() })
    .default({}),
  inverted: z.boolean().default(false),
});
const criteriaSchema = z.object({
  filterType: joined,
  clauses: z
    .array(z.object({ filterType: joined, predicates: z.array(predicateSchema).default([]) }))
    .default([]),
});

type Predicate = z.output<typeof predicateSchema>;

function compared(cell: string, value: string, { columnType }: Predicate): number {
  if (columnType === 'numeric') return Number(cell) - Number(value);
  return cell < value ? -1 : Number(cell > value);
}

function holds(predicate: Predicate, cell: string): boolean {
  const { operator, value, range } = predicate;
  const by = (other: string) => compared(cell, other, predicate);
  switch (operator) {
    case 'EQUALS':
      return by(value) === 0;
    case 'LESS_THAN':
    case 'BEFORE':
      return by(value) < 0;
    case 'LESS_THAN_EQUALS':
      return by(value) <= 0;
    case 'GREATER_THAN':
    case 'AFTER':
      return by(value) > 0;
    case 'GREATER_THAN_EQUALS':
      return by(value) >= 0;
    case 'CONTAINS':
      return cell.includes(value);
    case 'BEGINS_WITH':
      return cell.startsWith(value);
    case 'ENDS_WITH':
      return cell.endsWith(value);
    case 'BETWEEN':
      return by(range.min ?? '') >= 0 && by(range.max ?? '') <= 0;
    case 'IN':
      return (range.inSet ?? []).includes(cell);
  }
}

function join<T>(filterType: 'AND' | 'OR', items: readonly T[], isTrue: (item: T) => boolean): boolean {
  return filterType === 'AND' ? items.every(isTrue) : items.some(isTrue);
}

/** @throws ApiRefusal. */
export function contactFilterOf(criteria: unknown): (contact: Contact) => boolean {
  if (criteria === undefined || criteria === null) return () => true;
  const parsed = criteriaSchema.safeParse(criteria);
  if (!parsed.success) throw new ApiRefusal(400, 'bad.request');
  const { filterType, clauses } = parsed.data;
  return ({ data }) =>
    join(filterType, clauses, (clause) =>
      join(
        clause.filterType,
        clause.predicates,
        (predicate) => holds(predicate, data[predicate.column] ?? '') !== predicate.inverted,
      ),
    );
}
