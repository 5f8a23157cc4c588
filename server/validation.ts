/** Input from outside -> a value of the schema, or one error that names every field that is wrong. */
import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import { BridgeError, type FieldError } from './errors.ts';

/** At most this many edits apart counts as a typing mistake; more is another word. */
const TYPING_MISTAKE_EDITS_MAX = 4;

/** The known name that was probably meant, if one is near enough. */
export function didYouMean(unknown: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const lower = unknown.toLowerCase();
  const nearest = closest(
    lower,
    known.map((name) => name.toLowerCase()),
  );
  const edits = distance(lower, nearest);
  const near = edits <= Math.min(TYPING_MISTAKE_EDITS_MAX, Math.floor(nearest.length / 2));
  return near ? known.find((name) => name.toLowerCase() === nearest) : undefined;
}

export function unknownField(field: string, known: readonly string[]): FieldError {
  const meant = didYouMean(field.split('.').at(-1)!, known);
  return {
    field,
    detail: meant === undefined ? 'is not known; remove it' : `is not known; did you mean "${meant}"?`,
  };
}

function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`))
    .join('');
}

const TYPE_WORDS: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
};

/** One issue of zod -> what is wrong with which field, in words that never repeat the value: it may be a secret. */
function toFieldErrors(issue: z.core.$ZodIssue, known: readonly string[]): FieldError[] {
  const field = pathOf(issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownField(field === '' ? key : `${field}.${key}`, known));
    case 'invalid_type':
      return [
        {
          field: field === '' ? 'body' : field,
          detail:
            issue.input === undefined
              ? 'is required'
              : `must be ${TYPE_WORDS[issue.expected] ?? issue.expected}`,
        },
      ];
    case 'invalid_value':
      return [
        { field, detail: `must be one of ${issue.values.map((value) => `"${String(value)}"`).join(', ')}` },
      ];
    default:
      return [{ field, detail: issue.message }];
  }
}

/** @param known Names to suggest from where a member is unknown. */
export function fieldErrorsOf(error: z.ZodError, known: readonly string[]): FieldError[] {
  return error.issues.flatMap((issue) => toFieldErrors(issue, known));
}

export function invalidRequest(errors: readonly FieldError[]): BridgeError {
  const [first, ...rest] = errors;
  const more = rest.length === 0 ? '' : ` (and ${rest.length} more)`;
  return new BridgeError('invalid_request', {
    detail: first === undefined ? 'The request is not valid' : `${first.field} ${first.detail}${more}`,
    errors,
  });
}

/** PostgreSQL keeps no NUL, and half of a character beyond the first 65,536 has no bytes in UTF-8. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** @throws BridgeError `invalid_request` naming the first text within, at any depth, that is none. */
export function assertStorableTexts(input: unknown): void {
  const open: [field: string, value: unknown][] = [['', input]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [field, value] = next;
    if (typeof value === 'string' && !isStorableText(value)) {
      throw invalidRequest([
        { field: field || 'body', detail: 'holds a NUL or half of a character; take it out' },
      ]);
    }
    if (typeof value !== 'object' || value === null) continue;
    const isList = Array.isArray(value);
    for (const [key, member] of Object.entries(value))
      open.push([isList ? `${field}[${key}]` : field === '' ? key : `${field}.${key}`, member]);
  }
}

/**
 * Members that are null or blank are as good as absent: Apex serialises unset members as null, and a form sends blank fields.
 * Anything but a plain object is given back as it is, for the schema to refuse.
 */
export function withoutBlanks(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null && value !== ''));
}

/** @throws BridgeError `invalid_request` naming every field that is wrong. */
export function parseInput<Schema extends z.ZodObject>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw invalidRequest(fieldErrorsOf(parsed.error, Object.keys(schema.shape)));
}
