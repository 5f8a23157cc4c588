/** Every route of the OpenAPI document, asked over HTTP with anything: it answers in JSON, with a status that it documents, in time. */
import fc from 'fast-check';
import { describeApi } from '../../server/compose/compose-bridge.ts';
import { ADMIN_KEY } from '../support/bridge.ts';
import { awkward, json, membersLike } from './inputs.ts';

interface Operation {
  requestBody?: {
    content: Record<string, { example?: unknown; schema: { properties?: Record<string, unknown> } }>;
  };
  parameters?: { name: string; in: string }[];
  responses: Record<string, unknown>;
}

const MS_MAX = 10_000;
/** What any route may answer to what is no request to it: HTTP itself, or the router before it. */
const ALWAYS = [400, 404, 405, 413, 415, 429];
/** Would only slow the run down, or end it: a new key for every secret, a stream of rows. */
const LEFT_OUT = ['POST /v1/secret-key/rotate'];

interface Call {
  method: string;
  template: string;
  path: string;
  body: string | undefined;
  contentType: string;
}

const DOCUMENT = describeApi() as { paths: Record<string, Record<string, Operation>> };
const OPERATIONS = Object.entries(DOCUMENT.paths)
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  .filter(({ method, path }) => !LEFT_OUT.includes(`${method} ${path}`));

/** Never the administrator: it would lock the run out. */
const name = fc
  .oneof(
    fc.constantFrom('crm', 'job', 'sync', 'a', '00000000-0000-7000-8000-000000000000'),
    awkward.map((text) => encodeURIComponent(text.toWellFormed()).slice(0, 300) || 'a'),
  )
  .filter((text) => text !== 'admin');

function bodyOf(operation: Operation): fc.Arbitrary<string> {
  const media = Object.values(operation.requestBody?.content ?? {})[0];
  const example = (media?.example ?? {}) as Record<string, unknown>;
  const fields = Object.fromEntries(Object.keys(media?.schema.properties ?? {}).map((field) => [field, 'x']));
  const object = membersLike({ ...fields, ...example }).map((value) => JSON.stringify(value));
  return fc.oneof(
    { weight: 6, arbitrary: object },
    { weight: 1, arbitrary: json.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: awkward },
  );
}

const contentType = fc.oneof(
  { weight: 8, arbitrary: fc.constant('application/json') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'application/x-www-form-urlencoded',
      'text/plain',
      'application/json; charset=utf-16',
      'x',
      'application/json, a',
    ),
  },
);

function callOf({ path: template, method, operation }: (typeof OPERATIONS)[number]): fc.Arbitrary<Call> {
  const named = (operation.parameters ?? [])
    .filter((parameter) => parameter.in === 'query')
    .map((parameter) => parameter.name);
  const query = fc.array(fc.tuple(fc.oneof(fc.constantFrom('x', ...named), awkward), awkward), {
    maxLength: 3,
  });
  return fc
    .record({
      name,
      query,
      body: operation.requestBody === undefined ? fc.constant(undefined) : bodyOf(operation),
      contentType,
    })
    .map(({ name: resource, query: pairs, body, contentType: type }) => {
      const search = new URLSearchParams(pairs).toString().slice(0, 4_000);
      const path = template.replaceAll(/\{\w+\}/g, () => resource);
      return { method, template, path: search === '' ? path : `${path}?${search}`, body, contentType: type };
    });
}

/** @throws where the answer is not one that a client can rely on. */
async function tryCall(
  url: string,
  { method, template, path, body, contentType: type }: Call,
): Promise<void> {
  const startedAtMs = performance.now();
  const response = await fetch(url + path, {
    method,
    redirect: 'manual',
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': type, 'x-bridge-timeout-seconds': '2' },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  const documented = Object.keys(DOCUMENT.paths[template]![method.toLowerCase()]!.responses).map(Number);
  const { status } = response;
  if (performance.now() - startedAtMs > MS_MAX) throw new Error(`took ${performance.now() - startedAtMs} ms`);
  if (status === 500 || ![...documented, ...ALWAYS].includes(status))
    throw new Error(`answered ${status}: ${text}`);
  if (text.includes(ADMIN_KEY)) throw new Error('answered with the key of the caller');
  if (status >= 400 && typeof (JSON.parse(text) as { code?: unknown }).code !== 'string')
    throw new Error(`no problem: ${text}`);
}

/** Against a running bridge whose administrator has `ADMIN_KEY`. */
export async function fuzzRoutes(url: string, runs: number, seed: number) {
  // The first request waits for what is loaded with it.
  await fetch(`${url}/v1/status`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
  const property = fc.asyncProperty(fc.oneof(...OPERATIONS.map(callOf)), (call) => tryCall(url, call));
  const details = await fc.check(property, { seed, numRuns: runs });
  const alive = await fetch(`${url}/livez`).then(({ status }) => status === 200);
  const failure = details.failed
    ? `${String(details.errorInstance)}\n${fc.defaultReportMessage(details)}`
    : alive
      ? undefined
      : 'the bridge is gone';
  return { name: 'every route', runs: details.numRuns, ...(failure === undefined ? {} : { failure }) };
}
