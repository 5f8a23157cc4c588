import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { describeApi } from '../../server/compose/compose-bridge.ts';
import { RELEASED } from '../support/released-state.ts';
import { breaksBetween, type OpenApi, type Schema } from '../support/openapi-compatibility.ts';

const documents = readdirSync(RELEASED).filter((name) => /^openapi-.*\.json$/.test(name));

describe('the API', () => {
  test.each(documents)('keeps what %s has promised', (name) => {
    const released = JSON.parse(readFileSync(join(RELEASED, name), 'utf8')) as OpenApi;
    expect(breaksBetween(released, describeApi() as OpenApi)).toEqual([]);
  });
});

const thing: Schema = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string' }, kind: { type: 'string', enum: ['a', 'b'] } },
};

function apiWith({
  sent = thing,
  answered = thing,
  ...operation
}: { sent?: Schema; answered?: Schema; [member: string]: unknown } = {}): OpenApi {
  const json = (schema: Schema) => ({ content: { 'application/json': { schema } } });
  const put = {
    operationId: 'putThing',
    requestBody: json(sent),
    responses: { 200: json(answered) },
    ...operation,
  };
  return { paths: { '/things': { put } } };
}

describe('a change that callers would notice', () => {
  test.each<[string, OpenApi, string[]]>([
    ['nothing', apiWith(), []],
    ['an operation is gone', { paths: {} }, ['PUT /things: is gone']],
    [
      'it has another name',
      apiWith({ operationId: 'saveThing' }),
      ['PUT /things: putThing is called saveThing'],
    ],
    [
      'it needs another permission',
      apiWith({ 'x-permission': 'admin' }),
      ['PUT /things: needs admin in place of undefined'],
    ],
    [
      'a member more is taken',
      apiWith({ sent: { ...thing, properties: { ...thing.properties, size: { type: 'number' } } } }),
      [],
    ],
    [
      'a member more is asked for',
      apiWith({ sent: { ...thing, required: ['name', 'kind'] } }),
      ['PUT /things body.kind: is asked for now'],
    ],
    [
      'a member is taken no more',
      apiWith({ sent: { ...thing, properties: { name: { type: 'string' } } } }),
      ['PUT /things body.kind: is no longer understood'],
    ],
    [
      'a value is taken no more',
      apiWith({
        sent: { ...thing, properties: { ...thing.properties, kind: { type: 'string', enum: ['a'] } } },
      }),
      ['PUT /things body.kind: no longer takes b'],
    ],
    [
      'a member is answered no more',
      apiWith({ answered: { ...thing, properties: { kind: thing.properties!.kind! } } }),
      ['PUT /things 200.name: is no longer answered'],
    ],
    [
      'a member may be missing',
      apiWith({ answered: { ...thing, required: [] } }),
      ['PUT /things 200.name: may be missing now'],
    ],
    [
      'a member has another type',
      apiWith({ answered: { ...thing, properties: { ...thing.properties, name: { type: 'number' } } } }),
      ['PUT /things 200.name: was string, is number'],
    ],
    [
      'a value is answered that nobody knows',
      apiWith({
        answered: {
          ...thing,
          properties: { ...thing.properties, kind: { type: 'string', enum: ['a', 'b', 'c'] } },
        },
      }),
      ['PUT /things 200.kind: answers c too, which no caller knows'],
    ],
    ['an answer is gone', apiWith({ responses: { 201: {} } }), ['PUT /things: no longer answers 200']],
    [
      'a parameter is asked for',
      apiWith({ parameters: [{ name: 'q', in: 'query', required: true }] }),
      ['PUT /things: query q is asked for now'],
    ],
  ])('%s', (_name, after, breaks) => {
    expect(breaksBetween(apiWith(), after)).toEqual(breaks);
  });
});
