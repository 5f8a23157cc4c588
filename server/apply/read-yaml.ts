/** YAML text -> plain values, every fault of the text, and the line of every member. Pure. No message repeats a value. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import type { FileFault, Place } from './file-fault.ts';

export type Path = readonly (string | number)[];

// Ten lines of aliases can stand for a billion values; a configuration repeats itself a few times at most.
const ALIASES_MAX = 100;
const DEPTH_MAX = 20;
const TEXT_CHARS_MAX = 1024 * 1024;

/** The library's own messages quote the text, which may be a secret. */
const SENTENCES: Partial<Record<YAMLError['code'], string>> = {
  BAD_ALIAS: 'names an anchor that is not there',
  BAD_INDENT: 'is not indented as the lines around it are',
  BAD_DQ_ESCAPE: 'holds a backslash that begins no escape; put the text in single quotes',
  BAD_SCALAR_START: 'begins with a character that has a meaning in YAML; put the value in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'has two colons in one line; put the value in quotes',
  DUPLICATE_KEY: 'stands here for the second time; keep one of the two',
  MISSING_CHAR: 'lacks a quote, bracket or colon at its end',
  MULTILINE_IMPLICIT_KEY: 'lacks a colon, or a quote that ends',
  MULTIPLE_DOCS: 'is a second document; keep one document in the file',
  TAB_AS_INDENT: 'is indented with a tab; use spaces',
  TAG_RESOLVE_FAILED: 'has a tag that is not known; remove the word that begins with "!"',
};

const HARMLESS_TO_THE_REST: ReadonlySet<YAMLError['code']> = new Set(['DUPLICATE_KEY', 'TAG_RESOLVE_FAILED']);

export interface YamlText {
  /** Undefined where the text cannot be read at all. */
  value: unknown;
  faults: FileFault[];
  /** Where this member stands; where it is absent, where the nearest one above it stands. */
  placeOf(path: Path): Place;
}

export function showPath(path: Path): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index > 0 ? '.' : ''}${step}`))
    .join('');
}

/** A plain copy of the tree, built here so that no alias, tag or key can do more than stand for a value. */
class Reading {
  readonly faults: FileFault[] = [];
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #isSecret: (path: Path) => boolean;
  #aliases = 0;

  constructor(document: Document, lines: LineCounter, isSecret: (path: Path) => boolean) {
    this.#document = document;
    this.#lines = lines;
    this.#isSecret = isSecret;
  }

  place(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  fault(path: Path, node: unknown, detail: string): undefined {
    const offset = (node as Node | undefined)?.range?.[0] ?? 0;
    this.faults.push({ ...this.place(offset), field: showPath(path), detail });
    return undefined;
  }

  resolve(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#document) : node;
  }

  plain(node: unknown, path: Path): unknown {
    if (path.length > DEPTH_MAX) return this.fault(path, node, 'is nested too deep');
    if (isAlias(node)) return this.#plainAlias(node, path);
    // Where text is meant, a secret that was not put in quotes may be read as a name: nothing below it is told of.
    if ((isMap(node) || isSeq(node)) && this.#isSecret(path)) return {};
    if (isMap(node)) return this.#plainMap(node, path);
    if (isSeq(node)) return node.items.map((item, index) => this.plain(item, [...path, index]));
    const value = isScalar(node) ? node.value : undefined;
    return value ?? this.#noValue(path, node);
  }

  #plainAlias(node: unknown, path: Path): unknown {
    this.#aliases += 1;
    if (this.#aliases === ALIASES_MAX + 1)
      this.fault(path, node, `is one alias too many: the file may hold ${ALIASES_MAX}`);
    if (this.#aliases > ALIASES_MAX) return undefined;
    const meant = this.resolve(node);
    return meant === undefined
      ? this.fault(path, node, 'names an anchor that is not there')
      : this.plain(meant, path);
  }

  #plainMap(node: YAMLMap, path: Path): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? key.value : undefined;
      if (typeof name !== 'string') this.fault(path, key, 'has a name that is not text; put it in quotes');
      else if (value === null) this.#noValue([...path, name], key);
      else entries.push([name, this.plain(value, [...path, name])]);
    }
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }

  #noValue(path: Path, node: unknown): undefined {
    const detail =
      path.length === 1
        ? 'has nothing under it; remove the line, or write {} for "none at all"'
        : 'has no value; give it one, or remove the line';
    return this.fault(path, node, detail);
  }

  placeOf(path: Path): Place {
    let node: unknown = this.#document.contents;
    let offset = 0;
    for (const step of path) {
      const container = this.resolve(node);
      const key = isMap(container)
        ? container.items.find(({ key: name }) => isScalar(name) && name.value === step)
        : undefined;
      const item = key?.value ?? (isSeq(container) ? container.items[Number(step)] : undefined);
      const at = (key?.key ?? item) as Node | undefined;
      if (at?.range == null) break;
      offset = at.range[0];
      node = item;
    }
    return this.place(offset);
  }
}

function sentenceOf(error: YAMLError): string {
  return SENTENCES[error.code] ?? `is not valid YAML here (${error.code.toLowerCase().replaceAll('_', ' ')})`;
}

/** Where the list or map in brackets opens that this error found unclosed: only the line behind it is at fault for the library. */
function unclosed(error: YAMLError, document: Document): { offset: number; detail: string } | undefined {
  const [, kind] = /^Flow (sequence|map) in block collection/.exec(error.message) ?? [];
  if (kind === undefined) return undefined;
  let offset: number | undefined;
  visit(document, {
    Collection(_key, { flow, range }) {
      if (flow === true && range?.[1] === error.pos[0]) offset = range[0];
    },
  });
  const [open, close] = kind === 'map' ? ['{', '}'] : ['[', ']'];
  const detail = `opens with "${open}", and its "${close}" is missing or not indented further than this line`;
  return offset === undefined ? undefined : { offset, detail };
}

/** @param isSecret Whether a text that nobody may read again is to stand there. */
export function readYaml(text: string, isSecret: (path: Path) => boolean = () => false): YamlText {
  const lines = new LineCounter();
  if (text.length > TEXT_CHARS_MAX) {
    const fault = { line: 1, column: 1, field: '', detail: 'the file is larger than 1 MiB' };
    return { value: undefined, faults: [fault], placeOf: () => ({ line: 1, column: 1 }) };
  }
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: false });
  const reading = new Reading(document, lines, isSecret);
  const textFaults = [...document.errors, ...document.warnings].map((error) => {
    const { offset, detail } = unclosed(error, document) ?? {
      offset: error.pos[0],
      detail: sentenceOf(error),
    };
    return { ...reading.place(offset), field: '', detail };
  });
  // What stands below a torn line is read wrongly, and to find fault with it would lead astray.
  const isTorn = document.errors.some(({ code }) => !HARMLESS_TO_THE_REST.has(code));
  const value = document.contents === null ? {} : isTorn ? undefined : reading.plain(document.contents, []);
  return { value, faults: [...textFaults, ...reading.faults], placeOf: (path) => reading.placeOf(path) };
}
