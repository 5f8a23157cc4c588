import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readTokenAnswer, wholeSeconds } from '../../server/bearer/response.ts';

const answer = (status: number, body: string) => ({ status, headers: {}, body });

describe('an answer', () => {
  test('of PureCloud gives token and life', () => {
    const read = readTokenAnswer(
      answer(200, '{"access_token":"tok","token_type":"bearer","expires_in":86399}'),
    );
    expect(read).toMatchObject({
      outcome: 'token',
      token: { tokenType: 'bearer', expiresIn: 86399, expiresInSeconds: 86399 },
    });
  });

  test('of Salesforce gives the instance and no life', () => {
    const body =
      '{"access_token":"00D!AQ","instance_url":"https://x.my.salesforce.com","token_type":"Bearer","issued_at":"1278448384422","signature":"x="}';
    const read = readTokenAnswer(answer(200, body));
    expect(read).toMatchObject({
      outcome: 'token',
      token: { instanceUrl: 'https://x.my.salesforce.com', issuedAtMs: 1278448384422, expiresIn: undefined },
    });
    expect(JSON.stringify(read)).not.toContain('00D!AQ');
  });

  test.each<[name: string, status: number, body: string, reason: string]>([
    ['is a redirect', 302, '', 'redirect'],
    ['is a redirect with a token in it', 302, '{"access_token":"t"}', 'redirect'],
    ['has another status', 400, '{"error":"invalid_client"}', 'status'],
    ['has another status and a token', 500, '{"access_token":"t"}', 'status'],
    ['is empty', 200, '', 'empty'],
    ['is blank', 204, ' \n', 'empty'],
    ['is HTML', 200, '<html></html>', 'not_json'],
    ['is cut JSON', 200, '{"access_token":"abc', 'not_json'],
    ['is a JSON text', 200, '"token"', 'not_json'],
    ['is a JSON list', 200, '[{"access_token":"t"}]', 'not_json'],
    ['is JSON null', 200, 'null', 'not_json'],
    ['has no token', 200, '{"token":"t"}', 'no_token'],
    ['has an empty token', 200, '{"access_token":""}', 'no_token'],
    ['has a token that is a number', 200, '{"access_token":42}', 'no_token'],
    ['has a token that is null', 200, '{"access_token":null}', 'no_token'],
    ['has an error under 200', 200, '{"error":"invalid_grant"}', 'no_token'],
  ])('that %s is no success', (_name, status, body, reason) => {
    expect(readTokenAnswer(answer(status, body))).toMatchObject({ outcome: 'refused', reason });
  });

  test('that refuses keeps the error, and the description under either name', () => {
    expect(
      readTokenAnswer(answer(400, '{"error":"invalid_client","description":"authentication failed"}')),
    ).toMatchObject({
      error: 'invalid_client',
      errorDescription: 'authentication failed',
    });
  });

  test('of any content is read without an exception', () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), fc.oneof(fc.string(), fc.json()), (status, body) => {
        expect(['token', 'refused']).toContain(readTokenAnswer(answer(status, body)).outcome);
      }),
    );
  });
});

test.each([
  [3600, 3600],
  [3600.9, 3600],
  ['3600', 3600],
  [0, 0],
  [-5, undefined],
  ['-5', undefined],
  ['1e3', undefined],
  ['', undefined],
  ['abc', undefined],
  [null, undefined],
  [undefined, undefined],
  [Number.NaN, undefined],
  [Number.POSITIVE_INFINITY, undefined],
  [{}, undefined],
  [1e300, undefined],
])('whole seconds of %p are %p', (value, seconds) => {
  expect(wholeSeconds(value)).toBe(seconds);
});

test('a life that Apex could not read into an Integer is left out, and the token is there all the same', () => {
  const read = readTokenAnswer(answer(200, '{"access_token":"t","expires_in":4294967296}'));
  expect(read).toMatchObject({ outcome: 'token', token: { expiresIn: 4294967296 } });
  expect(read.outcome === 'token' && read.token.expiresInSeconds).toBeUndefined();
});
