/** The document that others generate clients from: valid, importable by External Services, and true. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import request from 'supertest';
import { describeApi } from '../../server/compose/compose-bridge.ts';
import { ERROR_CATALOGUE } from '../../server/errors.ts';
import type { RunningBridge } from '../../server/main.ts';
import { startTestBridge } from '../support/bridge.ts';

type Json = Record<string, unknown>;

interface Operation {
  operationId: string;
  security?: unknown[];
  summary: string;
  tags: string[];
  parameters?: { name: string; in: string; schema: Json }[];
  requestBody?: { content: Record<string, { schema: Json }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: Json }> }>;
}

interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json> };
}

const DOCUMENT = describeApi() as Document;
const OPERATIONS = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: `${method} ${path}`,
    path,
    method,
    operation,
  })),
);

/** Every object in the document, with the way to it. */
function* objectsIn(value: unknown, way = ''): Generator<[way: string, object: Json]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [way, value as Json];
  for (const [key, below] of Object.entries(value)) yield* objectsIn(below, `${way}/${key}`);
}

// https://developer.salesforce.com/docs/atlas.en-us.apexcode.meta/apexcode/apex_reserved_words.htm
const APEX_RESERVED = new Set(
  `abstract activate and any array as asc autonomous begin bigdecimal blob boolean break bulk by byte case cast catch char class
  collect commit const continue currency date datetime decimal default delete desc do double else end enum exception exit export
  extends false final finally float for from global goto group having hint if implements import in inner insert instanceof int
  integer interface into join like limit list long loop map merge new not null nulls number object of on or outer override package
  parallel pragma private protected public retrieve return rollback select set short sobject sort static string super switch
  synchronized system testmethod then this throw time transaction trigger true try undelete update upsert using virtual void
  webservice when where while`.split(/\s+/),
);

describe('the OpenAPI document', () => {
  test('is valid OpenAPI 3.0.3', async () => {
    const { valid, errors } = await new Validator().validate(
      structuredClone(DOCUMENT) as unknown as Record<string, unknown>,
    );
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
    expect(DOCUMENT.openapi).toBe('3.0.3');
  });

  test('names every operation once, as Apex can', () => {
    const ids = OPERATIONS.map(({ operation }) => operation.operationId);
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z0-9]{0,39}$/);
    expect(new Set(ids.map((id) => id.toLowerCase())).size).toBe(ids.length);
  });

  test.each(['oneOf', 'anyOf', 'allOf', 'not', 'discriminator', 'nullable', 'const', 'patternProperties'])(
    'never says %s, which External Services cannot read',
    (keyword) => {
      const found = [...objectsIn(DOCUMENT)].filter(
        ([way, object]) => keyword in object && !way.endsWith('properties'),
      );
      expect(found.map(([way]) => way)).toEqual([]);
    },
  );

  test('has no type that is a list, and nothing that can be null', () => {
    const found = [...objectsIn(DOCUMENT)].filter(([, { type }]) => Array.isArray(type) || type === 'null');
    expect(found.map(([way]) => way)).toEqual([]);
  });

  test('has no member that Apex cannot have', () => {
    const members = [...objectsIn(DOCUMENT)]
      .filter(([way]) => way.endsWith('/properties'))
      .flatMap(([way, properties]) => Object.keys(properties).map((name) => `${way}/${name}`));
    expect(members.length).toBeGreaterThan(50);
    for (const member of members) {
      const name = member.split('/').at(-1)!;
      // RFC 6749 has its own spelling at its own endpoints.
      expect(member).toMatch(/oauth~?1?\/?token|\/[a-z][A-Za-z0-9]*$/);
      expect(APEX_RESERVED.has(name.toLowerCase()) ? member : undefined).toBeUndefined();
    }
  });

  test('gives no GET a body', () => {
    const withBody = OPERATIONS.filter(({ method, operation }) => method === 'get' && operation.requestBody);
    expect(withBody.map(({ name }) => name)).toEqual([]);
  });

  test('refers to nothing that is not there', () => {
    for (const [, { $ref }] of objectsIn(DOCUMENT)) {
      if (typeof $ref === 'string') {
        expect($ref).toMatch(/^#\/components\/schemas\//);
        expect(DOCUMENT.components.schemas).toHaveProperty($ref.split('/').at(-1)!);
      }
    }
  });

  test.each(OPERATIONS.map(({ name, operation }) => [name, operation] as const))(
    'tells of %s what it answers, problems included',
    (_name, operation) => {
      expect(operation.summary).toMatch(/^[A-Z]/);
      const { responses } = operation;
      expect(Object.keys(responses).some((status) => status.startsWith('2'))).toBe(true);
      for (const [status, { description, content = {} }] of Object.entries(responses)) {
        expect(description).not.toBe('');
        if (status >= '400' && operation.security?.length !== 0)
          expect(content['application/json']?.schema).toBeDefined();
      }
    },
  );
});

describe('a running bridge', () => {
  let bridge: RunningBridge;
  beforeAll(async () => {
    bridge = await startTestBridge();
  });
  afterAll(() => bridge.stop());

  test('serves the very document that the command line prints', async () => {
    const { status, headers, body } = await request(bridge.url).get('/openapi.json');
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(body).toEqual(JSON.parse(JSON.stringify(DOCUMENT)));
  });

  test.each(OPERATIONS.map(({ name, method, path, operation }) => [name, method, path, operation] as const))(
    'answers %s, and asks for a key where the document says so',
    async (_name, method, path, operation) => {
      const target = path.replaceAll(/\{\w+\}/g, 'x');
      const send = request(bridge.url)[method as 'get' | 'post' | 'put' | 'delete'](target);
      const { status, body } = await send;
      if (operation.security?.length === 0) expect((body as { code?: string }).code).not.toBe('not_found');
      else expect(status).toBe(401);
      expect(Object.keys(operation.responses)).toContain(String(status));
    },
  );

  test('shows the document on a page that its own security policy lets run', async () => {
    const { status, headers, text } = await request(bridge.url).get('/docs');
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^text\/html/);
    expect(headers['content-security-policy']).not.toMatch(/script-src[^;]*unsafe/);
    expect(text).not.toMatch(/<script(?![^>]*\ssrc=)|\son\w+=|javascript:|<style/i);
    const assets = [...text.matchAll(/<(?:script|link)[^>]*\s(?:src|href)="([^"]+)"/g)].map(
      ([, url]) => url!,
    );
    expect(assets.length).toBeGreaterThanOrEqual(3);
    for (const asset of assets) {
      expect(asset).toMatch(/^\//);
      const answer = await request(bridge.url).get(asset);
      expect(answer.status).toBe(200);
      const type = { js: /javascript/, css: /css/, png: /png/ }[asset.split('.').at(-1) as 'js'];
      expect(answer.headers['content-type']).toMatch(type);
    }
    expect((await request(bridge.url).get('/docs/start.js')).text).toContain("url: '/openapi.json'");
  });
});

test.each(Object.entries(ERROR_CATALOGUE))(
  'the error %s has a title, and a remedy that is a sentence',
  (code, entry) => {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(entry.title).toMatch(/^[A-Z].*[^.]$/);
    expect(entry.remedy).toMatch(/^[A-Z][^]*\.$/);
    expect(entry.status).toBeGreaterThanOrEqual(400);
  },
);
