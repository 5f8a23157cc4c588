/** Instants as text, for what writes one for every request. */

/** The last one, made once for all that happens within its millisecond. */
let known = { atMs: 0, text: new Date(0).toISOString() };

/** ISO 8601 in UTC, with milliseconds. @throws RangeError where it is no instant. */
export function isoTime(atMs: number): string {
  if (atMs !== known.atMs) known = { atMs, text: new Date(atMs).toISOString() };
  return known.text;
}
