/**
 * What a new OpenAPI document breaks for callers that were written against an older one. Pure. What is sent may only be allowed
 * more, what is answered may only say more: a caller sends unknown members never, and overlooks the ones that it does not know.
 */

export interface Schema {
  type?: string;
  enum?: readonly unknown[];
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  items?: Schema;
  $ref?: string;
}

interface Media {
  content?: Readonly<Record<string, { schema?: Schema }>>;
}

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema?: Schema;
}

interface Operation {
  operationId?: string;
  parameters?: readonly Parameter[];
  requestBody?: Media & { required?: boolean };
  responses: Readonly<Record<string, Media>>;
  'x-permission'?: string;
}

export interface OpenApi {
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  components?: { schemas?: Readonly<Record<string, Schema>> };
}

type Resolve = (schema: Schema) => Schema;

function resolver(document: OpenApi): Resolve {
  return (schema) =>
    schema.$ref === undefined
      ? schema
      : (document.components?.schemas?.[schema.$ref.split('/').at(-1)!] ?? {});
}

interface Pair {
  before: Schema;
  after: Schema;
  at: string;
}

class Comparison {
  readonly breaks: string[] = [];
  readonly #before: Resolve;
  readonly #after: Resolve;

  constructor(before: OpenApi, after: OpenApi) {
    this.#before = resolver(before);
    this.#after = resolver(after);
  }

  sent(pair: Pair): void {
    const { before, after, at } = this.#resolved(pair);
    const removed = (before.enum ?? []).filter(
      (value) => after.enum !== undefined && !after.enum.includes(value),
    );
    if (removed.length > 0) this.breaks.push(`${at}: no longer takes ${removed.join(', ')}`);
    const demanded = (after.required ?? []).filter((name) => before.required?.includes(name) !== true);
    demanded.forEach((name) => this.breaks.push(`${at}.${name}: is asked for now`));
    this.#members({ before, after, at }, 'is no longer understood', (member) => this.sent(member));
  }

  answered(pair: Pair): void {
    const { before, after, at } = this.#resolved(pair);
    const added = (after.enum ?? []).filter(
      (value) => before.enum !== undefined && !before.enum.includes(value),
    );
    if (added.length > 0) this.breaks.push(`${at}: answers ${added.join(', ')} too, which no caller knows`);
    const promised = (before.required ?? []).filter((name) => after.required?.includes(name) !== true);
    promised.forEach((name) => this.breaks.push(`${at}.${name}: may be missing now`));
    this.#members({ before, after, at }, 'is no longer answered', (member) => this.answered(member));
  }

  #resolved({ before, after, at }: Pair): Pair {
    return { before: this.#before(before), after: this.#after(after), at };
  }

  #members({ before, after, at }: Pair, words: string, compare: (pair: Pair) => void): void {
    if (before.type !== after.type) this.breaks.push(`${at}: was ${before.type}, is ${after.type}`);
    for (const [name, schema] of Object.entries(before.properties ?? {})) {
      const now = after.properties?.[name];
      if (now === undefined) this.breaks.push(`${at}.${name}: ${words}`);
      else compare({ before: schema, after: now, at: `${at}.${name}` });
    }
    if (before.items !== undefined && after.items !== undefined)
      compare({ before: before.items, after: after.items, at: `${at}[]` });
  }
}

function schemaOf(media: Media | undefined): Schema | undefined {
  return Object.values(media?.content ?? {})[0]?.schema;
}

function compareParameters(comparison: Comparison, before: Operation, after: Operation, at: string): void {
  const key = (parameter: Parameter) => `${parameter.in} ${parameter.name}`;
  const now = new Map((after.parameters ?? []).map((parameter) => [key(parameter), parameter]));
  const then = new Map((before.parameters ?? []).map((parameter) => [key(parameter), parameter]));
  for (const [name, parameter] of then) {
    const found = now.get(name);
    if (found === undefined) comparison.breaks.push(`${at}: ${name} is no longer understood`);
    else comparison.sent({ before: parameter.schema ?? {}, after: found.schema ?? {}, at: `${at} ${name}` });
  }
  for (const [name, parameter] of now) {
    if (parameter.required === true && then.get(name)?.required !== true)
      comparison.breaks.push(`${at}: ${name} is asked for now`);
  }
}

function compareOperations(comparison: Comparison, before: Operation, after: Operation, at: string): void {
  if (before.operationId !== after.operationId)
    comparison.breaks.push(`${at}: ${before.operationId} is called ${after.operationId}`);
  if (before['x-permission'] !== after['x-permission'])
    comparison.breaks.push(`${at}: needs ${after['x-permission']} in place of ${before['x-permission']}`);
  compareParameters(comparison, before, after, at);
  const [sentThen, sentNow] = [schemaOf(before.requestBody), schemaOf(after.requestBody)];
  if (sentThen !== undefined && sentNow !== undefined)
    comparison.sent({ before: sentThen, after: sentNow, at: `${at} body` });
  else if (after.requestBody?.required === true && before.requestBody?.required !== true)
    comparison.breaks.push(`${at}: a body is asked for now`);
  for (const [status, answer] of Object.entries(before.responses).filter(([code]) => code.startsWith('2'))) {
    const [then, now] = [schemaOf(answer), schemaOf(after.responses[status])];
    if (after.responses[status] === undefined) comparison.breaks.push(`${at}: no longer answers ${status}`);
    else if (then !== undefined)
      comparison.answered({ before: then, after: now ?? {}, at: `${at} ${status}` });
  }
}

/** @returns one sentence per break; none where every caller of the older document gets on with the new one. */
export function breaksBetween(before: OpenApi, after: OpenApi): string[] {
  const comparison = new Comparison(before, after);
  for (const [path, methods] of Object.entries(before.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const at = `${method.toUpperCase()} ${path}`;
      const now = after.paths[path]?.[method];
      if (now === undefined) comparison.breaks.push(`${at}: is gone`);
      else compareOperations(comparison, operation, now, at);
    }
  }
  return comparison.breaks;
}
