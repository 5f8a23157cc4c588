/** Names of members that mean something to JavaScript, and names that are chosen to collide. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunningBridge } from '../../server/main.ts';
import { readYaml } from '../../server/apply/read-yaml.ts';
import { ADMIN_KEY, startTestBridge } from '../support/bridge.ts';

const POISON = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'];
const JSON_TYPE = { 'content-type': 'application/json' };
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };

let bridge: RunningBridge;
beforeAll(async () => {
  bridge = await startTestBridge();
});
afterAll(() => bridge.stop());

async function ask(method: string, path: string, headers: Record<string, string> = {}, body?: string) {
  const response = await fetch(bridge.url + path, {
    method,
    headers: { authorization: `Bearer ${ADMIN_KEY}`, ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, text: await response.text() };
}

function expectUnpolluted(): void {
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
}

describe('prototype pollution', () => {
  test.each(POISON)('by a member %s of a JSON body changes nothing and is refused', async (name) => {
    for (const path of ['/v1/bearer-token-requests', '/v1/diagnoses', '/v1/configuration']) {
      const body = `{"${name}":{"polluted":true},"text":"x"}`;
      expect((await ask('POST', path, JSON_TYPE, body)).status).toBe(400);
    }
    for (const path of ['/v1/connections/a', '/v1/callers/a', '/v1/syncs/a']) {
      const body = `{"${name}":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}`;
      expect((await ask('PUT', path, JSON_TYPE, body)).status).toBe(400);
    }
    expectUnpolluted();
  });

  test.each(POISON)('by a form or a query with %s changes nothing', async (name) => {
    for (const text of [`${name}[polluted]=1`, `${name}.polluted=1`, `a[${name}][polluted]=1`]) {
      expect((await ask('POST', '/oauth/token', FORM_TYPE, `grant_type=x&${text}`)).status).toBe(400);
      expect((await ask('GET', `/v1/activity?${text}`)).status).toBe(400);
    }
    expectUnpolluted();
  });

  test.each(POISON)('by the name %s finds no connection, caller or sync, and makes none', async (name) => {
    for (const kind of ['connections', 'callers', 'syncs']) {
      expect((await ask('GET', `/v1/${kind}/${name}`)).status).toBe(404);
      expect((await ask('DELETE', `/v1/${kind}/${name}`)).status).toBe(404);
    }
    expect((await ask('GET', `/v1/connections/${name}/token`)).status).toBe(404);
    expect((await ask('GET', `/proxy/${name}/x`)).status).toBe(404);
    expectUnpolluted();
  });

  test.each(['%00', 'a%00b', 'crm%00'])('by a NUL in the name, %s, nothing is found either', async (name) => {
    for (const kind of ['connections', 'callers', 'syncs', 'runs']) {
      expect((await ask('GET', `/v1/${kind}/${name}`)).status).toBe(404);
    }
    for (const kind of ['connections', 'callers', 'syncs']) {
      expect((await ask('DELETE', `/v1/${kind}/${name}`)).status).toBe(404);
    }
  });

  test('by a YAML file changes nothing', () => {
    readYaml(
      'connections:\n  __proto__:\n    polluted: true\n  constructor:\n    prototype: {polluted: true}\n',
    );
    readYaml('a: &a {__proto__: {polluted: true}}\nb: {<<: *a}\n');
    expectUnpolluted();
  });
});

describe('hash collisions', () => {
  const MEMBERS = 60_000;
  const CPU_MS_MAX = 5_000;

  /** Array indices are kept apart from names, and hash to themselves. */
  const indices = () => Array.from({ length: MEMBERS }, (_, index) => String(index * 4096));
  /** Each pair collides in the times-31 and times-33 hashes of old: `Aa` and `BB`. */
  const oldHash = () =>
    Array.from({ length: MEMBERS }, (_, index) =>
      [...index.toString(2).padStart(17, '0')].map((bit) => (bit === '0' ? 'Aa' : 'BB')).join(''),
    );

  test.each([
    { name: 'array indices', keys: indices },
    { name: 'names that collide in simple hashes', keys: oldHash },
  ])('$name as members of a body, a form and a query cost no more than others', async ({ keys }) => {
    const before = process.cpuUsage();
    const names = keys();
    const json = `{${names.map((key) => `"${key}":1`).join()}}`;
    const answers = await Promise.all([
      ask('POST', '/v1/diagnoses', JSON_TYPE, json),
      ask(
        'POST',
        '/oauth/token',
        FORM_TYPE,
        names
          .map((key) => `${key}=1`)
          .join('&')
          .slice(0, 16_000),
      ),
      ask('GET', `/v1/activity?${names.join('&').slice(0, 16_000)}`),
    ]);
    for (const { status, text } of answers) {
      expect([400, 413]).toContain(status);
      expect(text.length).toBeLessThan(20_000);
    }
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(CPU_MS_MAX);
  });
});
