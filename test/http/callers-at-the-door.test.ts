/** Who may come in, and what those who may not are told. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import request from 'supertest';
import type { RunningBridge } from '../../server/main.ts';
import { ADMIN_KEY, startTestBridge } from '../support/bridge.ts';

let bridge: RunningBridge;
beforeAll(async () => {
  bridge = await startTestBridge();
});
afterAll(() => bridge.stop());

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const diagnose = (authorization?: string) => {
  const sent = request(bridge.url).post('/v1/diagnoses').send({ text: 'authentication failed' });
  return authorization === undefined ? sent : sent.set('Authorization', authorization);
};

describe('an API key', () => {
  test.each([
    ['as Bearer', `Bearer ${ADMIN_KEY}`],
    ['as bearer in lower case', `bearer ${ADMIN_KEY}`],
    ['as Basic with its name', basic(`admin:${ADMIN_KEY}`)],
  ])('%s is let in', async (_how, authorization) => {
    expect((await diagnose(authorization)).status).toBe(200);
  });

  test.each([
    ['none', undefined],
    ['an empty header', ''],
    ['a wrong key', 'Bearer wrong'],
    ['a key with a letter more', `Bearer ${ADMIN_KEY}x`],
    ['a key in another case', `Bearer ${ADMIN_KEY.toUpperCase()}`],
    ['no scheme', ADMIN_KEY],
    ['another scheme', `Token ${ADMIN_KEY}`],
    ['two keys', `Bearer ${ADMIN_KEY}, Bearer ${ADMIN_KEY}`],
    ['the key with the name of nobody', basic(`nobody:${ADMIN_KEY}`)],
    ['the key without a name', basic(`:${ADMIN_KEY}`)],
    ['the name alone', basic('admin')],
    ['what is not Base64', 'Basic §§§'],
  ])('is not %s', async (_what, authorization) => {
    const { status, body, headers } = await diagnose(authorization);
    expect(status).toBe(401);
    expect(body).toMatchObject({ code: 'caller_unauthenticated', retryable: false });
    expect(headers['www-authenticate']).toMatch(/^Bearer /);
    expect(JSON.stringify(body)).not.toContain(ADMIN_KEY);
  });

  test('is asked for before a body is read', async () => {
    const { status } = await request(bridge.url)
      .post('/v1/diagnoses')
      .set('Content-Type', 'application/json')
      .send('not json');
    expect(status).toBe(401);
  });

  test.each(['/livez', '/readyz', '/openapi.json', '/docs'])('is not asked for at %s', async (path) => {
    expect((await request(bridge.url).get(path)).status).toBe(200);
  });
});

describe('a caller', () => {
  const as = (key: string) => ({ Authorization: `Bearer ${key}` });
  let key: string;

  beforeAll(async () => {
    const { status, body } = await request(bridge.url)
      .put('/v1/callers/reader')
      .set(as(ADMIN_KEY))
      .send({ permissions: ['read'] });
    expect([200, 201]).toContain(status);
    key = (body as { key: string }).key;
  });

  test('without the permission is told which one it needs', async () => {
    const { status, body } = await request(bridge.url)
      .post('/v1/bearer-token-requests')
      .set(as(key))
      .send({ url: 'https://x', clientId: 'a', clientSecret: 'b' });
    expect(status).toBe(403);
    expect(body).toMatchObject({ code: 'caller_forbidden', detail: expect.stringContaining('request') });
  });

  test('that may only read cannot change callers', async () => {
    const change = request(bridge.url)
      .put('/v1/callers/reader')
      .set(as(key))
      .send({ permissions: ['admin'] });
    expect((await change).status).toBe(403);
  });
});
