/** One spelling for text that systems write in many. Pure. */

/** Upstream texts that matter are short; a page of HTML is not read to its end. */
const READ_CHARS_MAX = 20_000;

/** Lower case, straight quotes, single spaces, bounded: the form every phrase of the table is written in. */
export function normaliseText(text: string): string {
  return text
    .slice(0, READ_CHARS_MAX)
    .toLowerCase()
    .replaceAll(/[\u2018\u2019\u02bc]/g, "'")
    .replaceAll(/[\u201c\u201d]/g, '"')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
