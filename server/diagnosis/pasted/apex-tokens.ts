/** Splits Apex source into tokens: string literals, names and single signs; comments fall out. Pure, one pass. */

export interface ApexToken {
  kind: 'text' | 'name' | 'sign';
  value: string;
}

const NAME = /[A-Za-z_$][\w$]*(?:\s{0,9}\??\.\s{0,9}[A-Za-z_$][\w$]*)*/y;
const COMMENT = /\/\/[^\n]*/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** A literal that is not closed ends with its line, so that one stray apostrophe does not swallow the rest. */
function readLiteral(source: string, start: number): { value: string; endsAt: number } {
  const taken: string[] = [];
  let at = start + 1;
  while (at < source.length && source[at] !== "'" && source[at] !== '\n') {
    if (source[at] === '\\') {
      at += 1;
      taken.push(ESCAPES[source[at] ?? ''] ?? source[at] ?? '');
    } else taken.push(source[at]!);
    at += 1;
  }
  return { value: taken.join(''), endsAt: at + 1 };
}

function endOfComment(source: string, at: number): number | undefined {
  if (source.startsWith('/*', at)) {
    const end = source.indexOf('*/', at + 2);
    return end < 0 ? source.length : end + 2;
  }
  COMMENT.lastIndex = at;
  return COMMENT.exec(source) === null ? undefined : COMMENT.lastIndex;
}

export function readApexTokens(source: string): ApexToken[] {
  const tokens: ApexToken[] = [];
  let at = 0;
  while (at < source.length) {
    const char = source[at]!;
    const commentEnd = char === '/' ? endOfComment(source, at) : undefined;
    NAME.lastIndex = at;
    const name = /[A-Za-z_$]/.test(char) ? NAME.exec(source) : null;
    if (commentEnd !== undefined) at = commentEnd;
    else if (char === "'") {
      const literal = readLiteral(source, at);
      tokens.push({ kind: 'text', value: literal.value });
      at = literal.endsAt;
    } else if (name !== null) {
      tokens.push({ kind: 'name', value: name[0].replaceAll(/\s/g, '') });
      at = NAME.lastIndex;
    } else {
      if (!/\s/.test(char)) tokens.push({ kind: 'sign', value: char });
      at += 1;
    }
  }
  return tokens;
}
