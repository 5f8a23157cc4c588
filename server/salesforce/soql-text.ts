/** Pieces of SOQL from values. Pure. */

/** Ids of one `IN`: three times as many would pass the 16 kB that an address may have. */
export const IDS_PER_QUERY_MAX = 400;

export function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`;
}

/** @throws RangeError for what is no date. */
export function instant(iso: string): string {
  return new Date(iso).toISOString();
}

const FIELD_PATH = /^[A-Za-z]\w*(\.[A-Za-z]\w*){0,5}$/;

/** Whoever configures a sync names fields: nothing but a name may get into a query. @throws RangeError. */
export function fieldPath(path: string): string {
  if (!FIELD_PATH.test(path)) throw new RangeError(`${JSON.stringify(path)} is not the name of a field`);
  return path;
}
