/** Bytes as text, a character of Latin-1 for each: V8 searches, cuts and replaces text far faster than Node does a Buffer. Pure. */

// eslint-disable-next-line no-control-regex -- all of ASCII is meant
const ASCII = /^[\x00-\x7f]*$/;
// eslint-disable-next-line no-control-regex -- all of Latin-1 is meant
const LATIN_1 = /^[\x00-\xff]*$/;

export function isAscii(text: string): boolean {
  return ASCII.test(text);
}

export function isLatin1(text: string): boolean {
  return LATIN_1.test(text);
}

/** The bytes of its UTF-8. */
export function toByteText(text: string): string {
  return ASCII.test(text) ? text : Buffer.from(text).toString('latin1');
}

/** What these bytes say in UTF-8. */
export function fromByteText(bytes: string): string {
  return ASCII.test(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString();
}
