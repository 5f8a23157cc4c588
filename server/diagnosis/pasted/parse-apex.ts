/** Reads the request that Apex source builds, as far as it stands there in literals. Pure; runs nothing. */
import type { RequestFacts } from '../facts.ts';
import { isPartlyUnknown, UNKNOWN_PART } from '../read-request.ts';
import { readApexTokens } from './apex-tokens.ts';
import type { ApexToken } from './apex-tokens.ts';

/** Deeper calls are not taken apart: nobody writes them by hand. */
const DEPTH_MAX = 20;
/** Bounds that keep hostile text from costing more than its length: `a = a + a` doubles with every line. */
const GROUP_TOKENS_MAX = 2000;
const ASSIGNED_TOKENS_MAX = 100;
const VALUE_CHARS_MAX = 8000;
const REQUEST_CALL = /(?:^|\.)(setHeader|setEndpoint|setMethod|setBody|setBodyAsBlob)$/i;

type Variables = Map<string, string>;

/** Index just behind the sign that closes what opened before `start`. */
function endOfGroup(tokens: readonly ApexToken[], start: number): number {
  let depth = 1;
  const limit = Math.min(tokens.length, start + GROUP_TOKENS_MAX);
  for (let at = start; at < limit; at += 1) {
    const { kind, value } = tokens[at]!;
    if (kind === 'sign' && '([{'.includes(value)) depth += 1;
    if (kind === 'sign' && ')]}'.includes(value)) depth -= 1;
    if (depth === 0) return at + 1;
    // A statement that ends inside an open bracket was cut off when it was copied.
    if (kind === 'sign' && value === ';') return at;
  }
  return limit;
}

function splitArguments(tokens: readonly ApexToken[]): ApexToken[][] {
  const parts: ApexToken[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === 'sign' && '([{'.includes(token.value)) depth += 1;
    if (token.kind === 'sign' && ')]}'.includes(token.value)) depth -= 1;
    if (depth === 0 && token.kind === 'sign' && token.value === ',') parts.push([]);
    else parts.at(-1)!.push(token);
  }
  return parts;
}

function valueOfCall(name: string, inner: readonly ApexToken[], variables: Variables, depth: number): string {
  const first = (): string => valueOf(splitArguments(inner)[0] ?? [], variables, depth + 1);
  if (/(?:^|\.)(?:valueOf|trim|toString)$/i.test(name)) return inner.length === 0 ? UNKNOWN_PART : first();
  if (/(?:^|\.)base64Encode$/i.test(name)) return Buffer.from(first()).toString('base64');
  if (/(?:^|\.)urlEncode$/i.test(name)) {
    const text = first();
    return isPartlyUnknown(text) ? text : encodeURIComponent(text.toWellFormed());
  }
  if (/^JSON\.serialize/i.test(name)) return `{${UNKNOWN_PART}}`;
  return UNKNOWN_PART;
}

/** The text of an expression: literals as they are, everything computed as the sign for the unknown. */
function valueOf(tokens: readonly ApexToken[], variables: Variables, depth = 0): string {
  if (depth > DEPTH_MAX) return UNKNOWN_PART;
  let text = '';
  let at = 0;
  while (at < tokens.length && text.length < VALUE_CHARS_MAX) {
    const { kind, value } = tokens[at]!;
    at += 1;
    if (kind === 'text') text += value;
    else if (kind === 'sign' && value === '(') {
      const end = endOfGroup(tokens, at);
      text += valueOf(tokens.slice(at, end - 1), variables, depth + 1);
      at = end;
    } else if (kind === 'name' && tokens[at]?.kind === 'sign' && tokens[at]?.value === '(') {
      const end = endOfGroup(tokens, at + 1);
      text += valueOfCall(value, tokens.slice(at + 1, end - 1), variables, depth);
      at = end;
    } else if (kind === 'name') text += variables.get(value.toLowerCase()) ?? UNKNOWN_PART;
    else if (value !== '+') text += UNKNOWN_PART;
  }
  return text.slice(0, VALUE_CHARS_MAX).replaceAll(/…{2,}/g, UNKNOWN_PART);
}

function isSign(token: ApexToken | undefined, value: string): boolean {
  return token?.kind === 'sign' && token.value === value;
}

interface Draft {
  method?: string;
  url?: string;
  headers: Record<string, string>;
  body?: string;
}

function applyCall(draft: Draft, call: string, values: readonly string[]): void {
  const [first = '', second = ''] = values;
  switch (call.toLowerCase()) {
    case 'setheader':
      draft.headers[first.trim().toLowerCase()] = second;
      break;
    case 'setendpoint':
      draft.url = first;
      break;
    case 'setmethod':
      draft.method = first;
      break;
    default:
      draft.body = first;
  }
}

/** `name = expression;`, declared or not: a later line may use the name. */
function readAssignment(tokens: readonly ApexToken[], at: number, variables: Variables): void {
  const name = tokens[at]!;
  if (name.kind !== 'name' || !isSign(tokens[at + 1], '=') || isSign(tokens[at + 2], '=')) return;
  const expression = tokens.slice(at + 2, at + 2 + ASSIGNED_TOKENS_MAX);
  const end = expression.findIndex((token) => isSign(token, ';'));
  const value = valueOf(end < 0 ? expression : expression.slice(0, end), variables);
  if (value === UNKNOWN_PART) variables.delete(name.value.toLowerCase());
  else variables.set(name.value.toLowerCase(), value);
}

/** Applies the call at `at`, and returns the index behind it. */
function readCall(
  tokens: readonly ApexToken[],
  at: number,
  draft: Draft,
  variables: Variables,
): number | undefined {
  const token = tokens[at]!;
  const call =
    token.kind === 'name' && isSign(tokens[at + 1], '(') ? REQUEST_CALL.exec(token.value)?.[1] : undefined;
  if (call === undefined) return undefined;
  const end = endOfGroup(tokens, at + 2);
  const inner = tokens.slice(at + 2, isSign(tokens[end - 1], ')') ? end - 1 : end);
  applyCall(
    draft,
    call,
    splitArguments(inner).map((argument) => valueOf(argument, variables)),
  );
  return end;
}

/** The request that the source builds; nothing where it builds none. */
export function parseApex(source: string): RequestFacts | undefined {
  if (!/\.\s{0,9}set(?:Header|Endpoint|Body|Method)\s{0,9}\(/i.test(source)) return undefined;
  const tokens = readApexTokens(source);
  const draft: Draft = { headers: {} };
  const variables: Variables = new Map();
  for (let at = 0; at < tokens.length;) {
    const end = readCall(tokens, at, draft, variables);
    if (end === undefined) readAssignment(tokens, at, variables);
    at = end ?? at + 1;
  }
  // Without the call that sends it, a piece of source may go on elsewhere and set a body there.
  const isWhole = /\.\s{0,9}send\s{0,9}\(/i.test(source);
  if (isWhole) draft.body ??= '';
  // What Apex sends where the source sets none.
  if (isWhole) draft.headers['content-type'] ??= 'application/x-www-form-urlencoded';
  return draft;
}

/** Lines that are source, as against an error message that stands below it. */
export function isApexSourceLine(line: string): boolean {
  return /[;{}]\s{0,40}$|^\s{0,200}(?:\/\/|\*|\/\*)|\.\s{0,9}set(?:Header|Endpoint|Body|Method)\s{0,9}\(/i.test(
    line.slice(0, 5000),
  );
}
