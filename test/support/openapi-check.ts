/** Holds requests and answers to an OpenAPI 3.0 document: paths, parameters, bodies. */
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema?: { type?: string };
}

interface Operation {
  parameters?: Parameter[];
  requestBody?: { content?: Record<string, { schema?: object }> };
  responses?: Record<string, { content?: Record<string, { schema?: object }> }>;
}

interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

export interface Exchange {
  method: string;
  /** Path and query. */
  path: string;
  requestBody?: string | undefined;
  status: number;
  answerBody?: string | undefined;
}

/** Formats that JSON Schema does not have; and `uri`, which the vendor uses for what is relative, too. */
const VENDOR_FORMATS = ['int32', 'int64', 'float', 'double', 'uri', 'local-date-time'];

export interface OpenApiCheck {
  /** What is wrong with it, in words; nothing where all is right. */
  faultsOf(exchange: Exchange): string[];
}

export function createOpenApiCheck(file: string): OpenApiCheck {
  const document = JSON.parse(readFileSync(file, 'utf8')) as OpenApi;
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  for (const format of VENDOR_FORMATS) ajv.addFormat(format, true);
  ajv.addSchema({ $id: 'api', ...document });
  const compiled = new Map<object, ValidateFunction>();
  const templates = Object.keys(document.paths).map((template) => ({
    template,
    pattern: new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`),
    fixed: template.replaceAll(/\{[^}]+\}/g, '').length,
  }));

  function validatorOf(schema: object): ValidateFunction {
    const known = compiled.get(schema);
    if (known !== undefined) return known;
    const text = JSON.stringify(schema).replaceAll('"#/components', '"api#/components');
    const made = ajv.compile(JSON.parse(text) as object);
    compiled.set(schema, made);
    return made;
  }

  function bodyFaults(
    what: string,
    content: Record<string, { schema?: object }> | undefined,
    body = '',
  ): string[] {
    const schema = content?.['application/json']?.schema;
    if (schema === undefined || body === '') return [];
    const validate = validatorOf(schema);
    if (validate(JSON.parse(body))) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${what} ${instancePath} ${message}`);
  }

  function queryFaults({ parameters = [] }: Operation, query: URLSearchParams): string[] {
    const known = new Map(parameters.filter((one) => one.in === 'query').map((one) => [one.name, one]));
    const unknown = [...new Set(query.keys())].filter((name) => !known.has(name));
    const repeated = [...known.values()].filter(
      ({ name, schema }) => schema?.type !== 'array' && query.getAll(name).length > 1,
    );
    const missing = [...known.values()].filter(({ name, required }) => required === true && !query.has(name));
    const wrong = [...known.values()].filter(({ name, schema }) => {
      const value = query.get(name);
      if (value === null) return false;
      if (schema?.type === 'boolean') return value !== 'true' && value !== 'false';
      return (schema?.type === 'integer' || schema?.type === 'number') && Number.isNaN(Number(value));
    });
    return [
      ...unknown.map((name) => `unknown parameter ${name}`),
      ...repeated.map(({ name }) => `parameter ${name} more than once`),
      ...missing.map(({ name }) => `no parameter ${name}`),
      ...wrong.map(({ name }) => `parameter ${name} of the wrong type`),
    ];
  }

  return {
    faultsOf({ method, path, requestBody, status, answerBody }) {
      const url = new URL(path, 'http://api.invalid');
      const [found] = templates
        .filter(({ pattern }) => pattern.test(url.pathname))
        .sort((a, b) => b.fixed - a.fixed);
      const operation =
        found === undefined ? undefined : document.paths[found.template]![method.toLowerCase()];
      const name = `${method} ${url.pathname}`;
      if (operation === undefined) return [`${name}: no such operation`];
      const response = operation.responses?.[String(status)];
      return [
        ...queryFaults(operation, url.searchParams),
        ...bodyFaults('request', operation.requestBody?.content, requestBody),
        ...(response === undefined ? [`answer ${status} is not described`] : []),
        ...bodyFaults('answer', response?.content, answerBody),
      ].map((fault) => `${name}: ${fault}`);
    },
  };
}
