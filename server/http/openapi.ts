/** The OpenAPI 3.0.3 document, made from the routes: importable by External Services, which reads no 3.1 and no oneOf. */
import { z } from 'zod';
import { KEPT_HOURS } from '../callers/idempotency-keys.ts';
import { ERROR_CATALOGUE } from '../errors.ts';
import { IDEMPOTENCY_HEADER } from './idempotency.ts';
import { problemSchema } from './problem.ts';
import type { Route, RouteAnswer } from './route.ts';

type Json = Record<string, unknown>;

export interface OpenApiInfo {
  version: string;
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io,
    unrepresentable: 'any',
  }) as Json;
  return json;
}

function content(schema: z.ZodType | undefined, contentType = 'application/json'): Json {
  return schema === undefined ? {} : { content: { [contentType]: { schema: schemaOf(schema, 'output') } } };
}

function answersOf(answers: Readonly<Record<number, RouteAnswer>>): [string, Json][] {
  return Object.entries(answers).map(([status, answer]) => [
    status,
    { description: answer.description, ...content(answer.schema, answer.contentType) },
  ]);
}

const CODES_OF_STATUS: ReadonlyMap<number, [string, unknown][]> = Map.groupBy(
  Object.entries(ERROR_CATALOGUE),
  ([, { status }]) => status as number,
);

function problemAnswer(status: number): [string, Json] {
  const codes = (CODES_OF_STATUS.get(status) ?? []).map(([code]) => code);
  return [
    String(status),
    {
      description: `Code ${codes.join(' or ')}.`,
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  ];
}

function isOpen({ permission, handlerPermission }: Route): boolean {
  return permission === undefined && handlerPermission === undefined;
}

const IDEMPOTENCY_PARAMETER: Json = {
  name: IDEMPOTENCY_HEADER,
  in: 'header',
  required: false,
  description: `Names this attempt. Sent again with the same body within ${KEPT_HOURS} hours, the first answer comes back with Idempotent-Replayed: true, and nothing happens twice.`,
  schema: { type: 'string', maxLength: 255 },
};

function problemsOf(route: Route): number[] {
  const guarded = isOpen(route) ? [] : [401, 403, 429];
  const keyed = route.idempotent === true ? [400, 409] : [];
  const read = route.body === undefined && route.query === undefined ? [] : [400];
  const sent = route.body === undefined ? [] : [413, 415];
  return [...new Set([...read, ...guarded, ...keyed, ...sent, ...(route.problems ?? []), 500, 503])].sort();
}

function parametersOf(route: Route): Json[] {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const query = route.query === undefined ? {} : schemaOf(route.query, 'input');
  const inQuery = Object.entries((query.properties ?? {}) as Record<string, Json>).map(
    ([name, { description, ...schema }]) => ({
      name,
      in: 'query',
      required: ((query.required ?? []) as string[]).includes(name),
      ...(description === undefined ? {} : { description }),
      schema,
    }),
  );
  return [...inPath, ...inQuery, ...(route.idempotent === true ? [IDEMPOTENCY_PARAMETER] : [])];
}

function requestBodyOf(route: Route): Json {
  if (route.body === undefined) return {};
  const { schema, required, example, form = false } = route.body;
  const media = { schema: schemaOf(schema, 'input'), ...(example === undefined ? {} : { example }) };
  const contentType = form ? 'application/x-www-form-urlencoded' : 'application/json';
  return { requestBody: { required, content: { [contentType]: media } } };
}

function operationOf(route: Route): Json {
  const parameters = parametersOf(route);
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(isOpen(route) ? { security: [] } : { 'x-permission': route.permission ?? route.handlerPermission }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...requestBodyOf(route),
    responses: Object.fromEntries([...problemsOf(route).map(problemAnswer), ...answersOf(route.answers)]),
  };
}

export function openApiDocument(routes: readonly Route[], info: OpenApiInfo): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes)
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route) };
  return {
    openapi: '3.0.3',
    info: {
      title: 'PureCloud Bridge',
      version: info.version,
      description:
        'Bearer tokens for PureCloud and Salesforce: requests, diagnosis, and what comes after the token.',
      license: { name: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ bridgeKey: [] }, { bridgeKeyBasic: [] }],
    tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Problem: schemaOf(problemSchema, 'output') },
      securitySchemes: {
        bridgeKey: { type: 'http', scheme: 'bearer', description: 'API key of a caller.' },
        bridgeKeyBasic: { type: 'http', scheme: 'basic', description: 'Name of a caller and its API key.' },
      },
    },
  };
}
