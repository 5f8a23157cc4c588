/** Distinct secrets, and every spelling in which one of them could come out again. */
import { randomBytes } from 'node:crypto';

export interface Canary {
  name: string;
  value: string;
  /** What to look for, lower case where case does not matter. */
  spellings: readonly Spelling[];
}

interface Spelling {
  encoding: string;
  bytes: Buffer;
}

/** Aligned to three bytes at each of the three places where the text may begin within a longer one. */
function base64Cores(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].map((start) => {
    const length = Math.floor((bytes.length - start) / 3) * 3;
    return bytes.subarray(start, start + length).toString('base64');
  });
}

function spellingsOf(value: string): Spelling[] {
  const percent = [...Buffer.from(value)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  const texts: [encoding: string, text: string][] = [
    ['raw', value],
    ['URL', encodeURIComponent(value)],
    ['form', new URLSearchParams([['', value]]).toString().slice(1)],
    ['every byte percent-encoded', percent],
    ['JSON', JSON.stringify(value).slice(1, -1)],
    ['hex', Buffer.from(value).toString('hex')],
    ...base64Cores(value).flatMap((core): [string, string][] => [
      ['Base64', core],
      ['Base64url', core.replaceAll('+', '-').replaceAll('/', '_')],
    ]),
  ];
  return texts.map(([encoding, text]) => ({ encoding, bytes: Buffer.from(text) }));
}

/** Where one is found that holds another, the other is found too; each is looked for in very many bytes. */
function withoutWhatHoldsAnother(spellings: readonly Spelling[]): Spelling[] {
  return spellings.filter(
    ({ bytes }, at) =>
      !spellings.some(
        (other, otherAt) =>
          otherAt !== at &&
          bytes.includes(other.bytes) &&
          (bytes.length > other.bytes.length || otherAt < at),
      ),
  );
}

/** @param more Parts by which it would be known as well, such as the lines of a PEM file. */
export function canaryOf(name: string, value: string, more: readonly string[] = []): Canary {
  return { name, value, spellings: withoutWhatHoldsAnother([value, ...more].flatMap(spellingsOf)) };
}

/** A secret whose middle is random, with characters around it that every encoding changes; known by its middle too. */
export function makeCanary(name: string, around: readonly [string, string] = ['+"%&', '=\\ü<']): Canary {
  const core = `canary${randomBytes(12).toString('hex')}`;
  return canaryOf(name, `${around[0]}${core}${around[1]}`, [core]);
}

/** Which canaries are in there, as `name as encoding`. */
export function canariesIn(haystack: Buffer | string, canaries: readonly Canary[]): string[] {
  const bytes = typeof haystack === 'string' ? Buffer.from(haystack) : haystack;
  return canaries.flatMap(({ name, spellings }) =>
    spellings
      .filter((spelling) => bytes.includes(spelling.bytes))
      .map(({ encoding }) => `${name} as ${encoding}`),
  );
}
