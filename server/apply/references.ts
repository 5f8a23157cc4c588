/** `${env:NAME}` and `${file:PATH}` in a configuration file, so that the file itself holds no secret. */
import { isAbsolute, resolve } from 'node:path';
import { readFile, stat } from 'node:fs/promises';
import { Secret } from '../secret.ts';

// A key or a certificate chain has a few KiB; more is another file than the one that was meant.
const FILE_BYTES_MAX = 64 * 1024;

export interface ReferenceSources {
  env: Readonly<Record<string, string | undefined>>;
  /** Relative paths are looked up from here: the directory of the configuration file. */
  directory: string;
}

/** What is wrong with a value; completes "FIELD …". */
export class ReferenceFault {
  readonly detail: string;

  constructor(detail: string) {
    this.detail = detail;
  }
}

type Reference = { kind: 'env'; name: string } | { kind: 'file'; path: string };
type Part = string | Reference;

const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

function parseReference(inner: string): Reference | ReferenceFault {
  const [kind, ...rest] = inner.split(':');
  const rested = rest.join(':').trim();
  if (kind === 'env' && VARIABLE_NAME.test(rested)) return { kind, name: rested };
  if (kind === 'file' && rested !== '') return { kind, path: rested };
  return new ReferenceFault(
    'has a "${…}" that is neither ${env:NAME} nor ${file:PATH}; "$${" stands for "${" itself',
  );
}

/** Text and references in turn; `$${` is the two characters `${`. */
function partsOf(text: string): Part[] | ReferenceFault {
  const parts: Part[] = [];
  let rest = text;
  for (;;) {
    const found = /\$\$\{|\$\{([^}]*)\}|\$\{/.exec(rest);
    if (found === null) return rest === '' ? parts : [...parts, rest];
    if (found.index > 0) parts.push(rest.slice(0, found.index));
    rest = rest.slice(found.index + found[0].length);
    if (found[0] === '$${') {
      parts.push('${');
      continue;
    }
    const reference =
      found[1] === undefined ? new ReferenceFault('has a "${" without its "}"') : parseReference(found[1]);
    if (reference instanceof ReferenceFault) return reference;
    parts.push(reference);
  }
}

function isText(part: Part): part is string {
  return typeof part === 'string';
}

async function readReferencedFile(path: string, directory: string): Promise<string | ReferenceFault> {
  const full = isAbsolute(path) ? path : resolve(directory, path);
  try {
    const { size } = await stat(full);
    if (size > FILE_BYTES_MAX)
      return new ReferenceFault(`names the file ${full}, which is larger than 64 KiB`);
    const text = (await readFile(full, 'utf8')).replace(/^\uFEFF|\r?\n$/g, '');
    return text === '' ? new ReferenceFault(`names the file ${full}, which is empty`) : text;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    return new ReferenceFault(
      `names the file ${full}, which cannot be read (${code}); check path and permissions`,
    );
  }
}

async function valueOf(part: Part, { env, directory }: ReferenceSources): Promise<string | ReferenceFault> {
  if (isText(part)) return part;
  if (part.kind === 'file') return await readReferencedFile(part.path, directory);
  const value = env[part.name];
  return value === undefined || value === ''
    ? new ReferenceFault(`names the variable ${part.name}, which is not set`)
    : value;
}

async function joined(
  parts: readonly Part[],
  sources: ReferenceSources,
  encode: (value: string, index: number) => string = (value) => value,
): Promise<string | ReferenceFault> {
  let text = '';
  for (const [index, part] of parts.entries()) {
    const value = await valueOf(part, sources);
    if (value instanceof ReferenceFault) return value;
    text += isText(part) ? value : encode(value, index);
  }
  return text;
}

/** A setting that is no secret: references may stand anywhere in it. */
export async function resolveText(text: string, sources: ReferenceSources): Promise<string | ReferenceFault> {
  const parts = partsOf(text);
  return parts instanceof ReferenceFault ? parts : await joined(parts, sources);
}

function literalSecret(name: string): ReferenceFault {
  return new ReferenceFault(
    `holds the secret itself, and files are copied and committed; put it in a variable or a file and write \${env:${name}} or \${file:PATH}`,
  );
}

/** A secret is one reference and nothing else. @param variable To propose in the remedy. */
export async function resolveSecret(
  text: string,
  variable: string,
  sources: ReferenceSources,
): Promise<Secret | ReferenceFault> {
  const parts = partsOf(text);
  // A torn reference may be a secret that holds "${": it gets the answer for a secret.
  if (parts instanceof ReferenceFault || parts.length !== 1 || isText(parts[0]!))
    return literalSecret(variable);
  const value = await valueOf(parts[0]!, sources);
  return value instanceof ReferenceFault ? value : new Secret(value);
}

// As an answer of the bridge shows it: it stands for the stored one.
const MASKED_PASSWORD = '***';

/**
 * The address of a proxy, whose password must be a reference. What is filled in before the `@` is percent-encoded: passwords hold
 * any character, and addresses do not.
 */
export async function resolveProxyUri(
  text: string,
  variable: string,
  sources: ReferenceSources,
): Promise<string | Secret | ReferenceFault> {
  const parts = partsOf(text);
  if (parts instanceof ReferenceFault) return parts;
  if (parts.length === 1 && !isText(parts[0]!)) return await resolveSecret(text, variable, sources);
  const template = parts.map((part) => (isText(part) ? part : '\0')).join('');
  const password = /^[^/]*\/\/[^/@:]*:([^/]*)@/.exec(template)?.[1] ?? '';
  if (password !== '' && password !== '\0' && password !== MASKED_PASSWORD) return literalSecret(variable);
  const lastAt = parts.findLastIndex((part) => isText(part) && part.includes('@'));
  const value = await joined(parts, sources, (filled, index) =>
    index < lastAt ? encodeURIComponent(filled) : filled,
  );
  if (value instanceof ReferenceFault || parts.every(isText)) return value;
  return new Secret(value);
}
