import { describe, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { jwtVerify } from 'jose';
import { GRANTS } from '../../server/bearer/grants/grants.ts';
import { parseBearerTokenRequest } from '../../server/bearer/request.ts';
import { wireView } from '../../server/bearer/wire-view.ts';

const NOW_MS = Date.UTC(2026, 10, 21);
const URL_OF_TOKEN = 'https://login.mypurecloud.com/oauth/token';
/** Every character that an encoding has ever lost. */
const AWKWARD = '+ & = % : space ü 日本 " \\ / ? # 😀 %20 %2B';

async function sent(input: object) {
  const request = parseBearerTokenRequest({
    url: URL_OF_TOKEN,
    clientId: 'id',
    clientSecret: 'secret',
    ...input,
  });
  return GRANTS[request.grantType](request, NOW_MS);
}

function decodedBasic(authorization: string | undefined): string {
  return Buffer.from(authorization!.replace(/^Basic /, ''), 'base64').toString('utf8');
}

describe('client credentials', () => {
  test('case 20: go out byte for byte as the PureCloud SDKs send them', async () => {
    const { method, headers, body } = await sent({ clientId: 'a1b2', clientSecret: 'x-_y' });
    expect({ method, body }).toEqual({ method: 'POST', body: 'grant_type=client_credentials' });
    expect(headers).toEqual({
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from('a1b2:x-_y').toString('base64')}`,
    });
  });

  test('in the body leave no Authorization header', async () => {
    const { headers, body } = await sent({ credentialsInBody: true });
    expect(headers).not.toHaveProperty('authorization');
    expect(body).toBe('grant_type=client_credentials&client_id=id&client_secret=secret');
  });

  test('in the header leave neither id nor secret in the body', async () => {
    expect((await sent({ clientId: 'the-id', clientSecret: 'the-secret' })).body).not.toMatch(
      /the-id|the-secret/,
    );
  });

  test('carry no user, even where one is given', async () => {
    expect((await sent({ username: 'u', password: 'p' })).body).toBe('grant_type=client_credentials');
  });
});

describe('the password grant', () => {
  test('sends everything in the body for Salesforce', async () => {
    const { headers, body } = await sent({
      grantType: 'password',
      username: 'a+b@x.com',
      password: 'PASS+TOKEN',
      credentialsInBody: true,
    });
    expect(headers).not.toHaveProperty('authorization');
    expect(body).toBe(
      'grant_type=password&username=a%2Bb%40x.com&password=PASS%2BTOKEN&client_id=id&client_secret=secret',
    );
  });
});

describe('the JWT bearer grant', () => {
  test('sends an assertion that the public key verifies, and no secret that nobody gave', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const request = parseBearerTokenRequest({
      url: URL_OF_TOKEN,
      clientId: 'id',
      grantType: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      subject: 'me@example.com',
      audience: 'https://x.my.salesforce.com',
    });
    const { body, headers } = await GRANTS[request.grantType](request, NOW_MS);
    const form = new URLSearchParams(body);
    expect([...form.keys()]).toEqual(['grant_type', 'assertion']);
    expect(headers).not.toHaveProperty('authorization');
    const { payload, protectedHeader } = await jwtVerify(form.get('assertion')!, publicKey, {
      currentDate: new Date(NOW_MS),
    });
    expect(protectedHeader.alg).toBe('RS256');
    expect(payload).toEqual({
      iss: 'id',
      sub: 'me@example.com',
      aud: 'https://x.my.salesforce.com',
      exp: NOW_MS / 1000 + 180,
    });
  });
});

describe('the body', () => {
  test('is JSON for application/json, with a charset too', async () => {
    for (const contentType of ['application/json', 'Application/JSON; charset=utf-8']) {
      const { headers, body } = await sent({ contentType, credentialsInBody: true });
      expect(headers['content-type']).toBe(contentType);
      expect(JSON.parse(body)).toEqual({
        grant_type: 'client_credentials',
        client_id: 'id',
        client_secret: 'secret',
      });
    }
  });

  test('is a form for any other content type, which is sent as given', async () => {
    const { headers, body } = await sent({ contentType: 'text/plain' });
    expect([headers['content-type'], body]).toEqual(['text/plain', 'grant_type=client_credentials']);
  });
});

describe('every character', () => {
  const text = fc
    .oneof(fc.constant(AWKWARD), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }))
    .filter(
      // eslint-disable-next-line no-control-regex
      (value) => !/[\u0000-\u001f\u007f\u2028\u2029]/.test(value) && value.isWellFormed(),
    );

  test('survives in a form, in JSON and in both kinds of Basic', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, async (id, secret) => {
        const clientId = id.replaceAll(':', '');
        fc.pre(clientId !== '');
        const credentials = { clientId, clientSecret: secret };
        const form = new URLSearchParams((await sent({ ...credentials, credentialsInBody: true })).body);
        expect([form.get('client_id'), form.get('client_secret')]).toEqual([clientId, secret]);

        const json = JSON.parse(
          (await sent({ ...credentials, credentialsInBody: true, contentType: 'application/json' })).body,
        );
        expect([json.client_id, json.client_secret]).toEqual([clientId, secret]);

        expect(decodedBasic((await sent(credentials)).headers.authorization)).toBe(`${clientId}:${secret}`);

        const encoded = decodedBasic(
          (await sent({ ...credentials, basicEncoding: 'rfc6749' })).headers.authorization,
        ).split(':');
        const decode = (part: string) => new URLSearchParams(`x=${part}`).get('x');
        expect(encoded.map(decode)).toEqual([clientId, secret]);
      }),
      { numRuns: 200 },
    );
  });
});

test('what is shown of the wire has the real bytes and no secret', async () => {
  for (const contentType of ['', 'application/json']) {
    const request = parseBearerTokenRequest({
      url: URL_OF_TOKEN,
      clientId: 'my-id',
      clientSecret: 'canary-secret',
      grantType: 'password',
      username: 'me',
      password: 'canary-password',
      credentialsInBody: true,
      contentType,
    });
    const lines = (await wireView(request, NOW_MS)).join('\n');
    expect(lines).toContain('POST /oauth/token HTTP/1.1');
    expect(lines).toContain('my-id');
    expect(lines).not.toContain('canary');
  }
});
