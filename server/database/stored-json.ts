/** A value as JSON text that PostgreSQL takes. Pure. */

/** jsonb takes neither NUL nor half a surrogate pair, and one such text, which an upstream may have said, would hold up all of its statement. */
export function toStoredJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'string' ? member.toWellFormed().replaceAll('\0', '') : member,
  );
}
