/** Salesforce record ids: the 15 characters that are case-sensitive, and the 18 that are not. Pure. */

const SUFFIX_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
const ID_15 = /^[a-zA-Z0-9]{15}$/;
const ID_18 = /^[a-zA-Z0-9]{18}$/;

function suffixCharacter(part: string): string {
  const bits = [...part].reduce((sum, letter, index) => sum | (/[A-Z]/.test(letter) ? 1 << index : 0), 0);
  return SUFFIX_ALPHABET[bits]!;
}

function suffixOf(id15: string): string {
  return [0, 5, 10].map((start) => suffixCharacter(id15.slice(start, start + 5))).join('');
}

/** Puts the capitals of an id back that something on the way has folded: the suffix says which they were. */
function withCapitals(id18: string): string {
  const suffix = id18.slice(15).toUpperCase();
  const letters = [...id18.slice(0, 15)].map((letter, index) => {
    const bits = SUFFIX_ALPHABET.indexOf(suffix[Math.floor(index / 5)]!);
    return (bits & (1 << (index % 5))) === 0 ? letter.toLowerCase() : letter.toUpperCase();
  });
  return letters.join('') + suffix;
}

/**
 * The 18-character form, which survives systems that do not tell capitals from small letters: the id of a contact in PureCloud.
 * @returns undefined where the text is no record id, or its suffix does not belong to it.
 */
export function toId18(text: string): string | undefined {
  const id = text.trim();
  if (ID_15.test(id)) return id + suffixOf(id);
  if (!ID_18.test(id)) return undefined;
  const whole = withCapitals(id);
  return suffixOf(whole.slice(0, 15)) === whole.slice(15) ? whole : undefined;
}

/** Whether the id is of the object whose ids begin so: `701` is a campaign, `00v` a member of one. */
export function hasKeyPrefix(id: string, prefix: string): boolean {
  return id.startsWith(prefix);
}
