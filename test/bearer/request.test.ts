import { describe, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import {
  bearerTokenRequestShape,
  forgivenFaults,
  parseBearerTokenRequest,
} from '../../server/bearer/request.ts';
import { BridgeError, type FieldError } from '../../server/errors.ts';

const VALID = { url: 'https://login.mypurecloud.com/oauth/token', clientId: 'id', clientSecret: 's3cret' };

function errorsOf(input: unknown): readonly FieldError[] {
  try {
    parseBearerTokenRequest(input);
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'invalid_request') return error.options.errors ?? [];
    throw error;
  }
  return [];
}

describe('inputs of a bearer token request', () => {
  test('have the defaults of the tool', () => {
    expect(parseBearerTokenRequest(VALID)).toMatchObject({
      grantType: 'client_credentials',
      credentialsInBody: false,
      contentType: 'application/x-www-form-urlencoded',
      timeoutSeconds: 10,
      ignoreUnknownCertificateAuthority: false,
      ignoreWrongCertificateUsage: false,
      ignoreCertificateNameMismatch: false,
      ignoreInvalidCertificateDate: false,
      basicEncoding: 'raw',
    });
  });

  test.each(['', null, undefined])('take %p for an absent member', (blank) => {
    const request = parseBearerTokenRequest({
      ...VALID,
      grantType: blank,
      contentType: blank,
      proxyUri: blank,
      timeoutSeconds: blank,
    });
    expect(request).toMatchObject({
      grantType: 'client_credentials',
      contentType: 'application/x-www-form-urlencoded',
      timeoutSeconds: 10,
    });
    expect(request.proxyUri).toBeUndefined();
  });

  test('never print a secret', () => {
    const request = parseBearerTokenRequest({ ...VALID, password: 'p4ssword' });
    expect(JSON.stringify(request)).not.toMatch(/s3cret|p4ssword/);
    expect(request.clientSecret?.reveal()).toBe('s3cret');
  });

  test.each<[name: string, input: object, field: string, words: RegExp]>([
    ['no address', { url: undefined }, 'url', /required/],
    [
      'an address without a scheme',
      { url: 'login.mypurecloud.com/oauth/token' },
      'url',
      /http:\/\/ or https:\/\//,
    ],
    ['another scheme', { url: 'ftp://host/' }, 'url', /http:\/\//],
    ['no host', { url: 'https://' }, 'url', /not a valid address/],
    ['credentials in the address', { url: 'https://a:b@host/' }, 'url', /credentials/],
    ['a backslash in the address', { url: 'https://host\\@evil/' }, 'url', /backslash/],
    ['a space in the address', { url: 'https://host/a b' }, 'url', /space/],
    ['a proxy without its protocol', { proxyUri: 'proxy:3128' }, 'proxyUri', /http:\/\//],
    ['a proxy of another protocol', { proxyUri: 'socks5://proxy:1080' }, 'proxyUri', /http:\/\//],
    ['no client id', { clientId: undefined }, 'clientId', /required/],
    ['no secret', { clientSecret: '' }, 'clientSecret', /required/],
    ['a line feed in the secret', { clientSecret: 'abc\n' }, 'clientSecret', /line break/],
    ['a carriage return in the secret', { clientSecret: 'abc\r' }, 'clientSecret', /line break/],
    [
      'a line break in the password',
      { grantType: 'password', username: 'u', password: 'a\nb' },
      'password',
      /line break/,
    ],
    ['a line separator in the secret', { clientSecret: 'abc\u2028' }, 'clientSecret', /line break/],
    ['a line break in the client id', { clientId: 'abc\n' }, 'clientId', /line break/],
    ['a colon in the client id', { clientId: 'a:b' }, 'clientId', /colon/],
    ['an unknown grant', { grantType: 'authorization_code' }, 'grantType', /must be one of/],
    ['a grant of another case', { grantType: 'Password' }, 'grantType', /must be one of/],
    [
      'password grant without a user',
      { grantType: 'password', password: 'p' },
      'username',
      /required for the grant password/,
    ],
    [
      'password grant without a password',
      { grantType: 'password', username: 'u' },
      'password',
      /required for the grant password/,
    ],
    ['a flag as text', { credentialsInBody: 'true' }, 'credentialsInBody', /true or false/],
    ['a timeout of 0', { timeoutSeconds: 0 }, 'timeoutSeconds', /from 1 to 120/],
    ['a timeout of 121', { timeoutSeconds: 121 }, 'timeoutSeconds', /from 1 to 120/],
    ['half a second', { timeoutSeconds: 1.5 }, 'timeoutSeconds', /whole number/],
    ['a timeout as text', { timeoutSeconds: '10' }, 'timeoutSeconds', /number/],
    ['a path as certificate', { clientCertificate: '../key.pem' }, 'clientCertificate', /without a path/],
    [
      'a Windows path as certificate',
      { clientCertificate: 'a\\b.pem' },
      'clientCertificate',
      /without a path/,
    ],
    ['a line break in the content type', { contentType: 'text/plain\r\nX: y' }, 'contentType', /one line/],
    ['an unknown Basic encoding', { basicEncoding: 'utf-16' }, 'basicEncoding', /must be one of/],
    [
      'a public key for the JWT',
      { privateKey: '-----BEGIN PUBLIC KEY-----' },
      'privateKey',
      /RSA private key/,
    ],
    ['a misspelt member', { clientSecrt: 'x' }, 'clientSecrt', /did you mean "clientSecret"/],
    ['the member of the vendor', { client_id: 'x' }, 'client_id', /did you mean "clientId"/],
    ['a foreign member', { zzz: 1 }, 'zzz', /not known; remove it/],
  ])('are refused with %s, by the name of the field', (_name, change, field, words) => {
    const error = errorsOf({ ...VALID, ...change }).find((candidate) => candidate.field === field);
    expect(error?.detail).toMatch(words);
  });

  test('name all that is wrong at once', () => {
    const fields = errorsOf({ url: 'x', timeoutSeconds: 0, clientSecret: 'a\nb', typo: 1 }).map(
      ({ field }) => field,
    );
    expect(fields.sort()).toEqual(['clientId', 'clientSecret', 'timeoutSeconds', 'typo', 'url']);
  });

  test.each([[[]], ['text'], [42], [null], [undefined], [true]])('refuse a body that is %p', (body) => {
    expect(errorsOf(body)).not.toHaveLength(0);
  });

  test('take a colon in the client id where it goes into the body, or is encoded', () => {
    expect(errorsOf({ ...VALID, clientId: 'a:b', credentialsInBody: true })).toEqual([]);
    expect(errorsOf({ ...VALID, clientId: 'a:b', basicEncoding: 'rfc6749' })).toEqual([]);
  });

  test('of a JWT bearer request need key, subject and audience, and no secret', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs1', format: 'pem' });
    const jwt = { url: VALID.url, clientId: 'id', grantType: 'urn:ietf:params:oauth:grant-type:jwt-bearer' };
    expect(errorsOf({ ...jwt, privateKey: pem, subject: 'me', audience: 'https://x' })).toEqual([]);
    expect(errorsOf(jwt).map(({ field }) => field)).toEqual(['privateKey', 'subject', 'audience']);
  });

  test('never repeat a value in an error', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(bearerTokenRequestShape)),
        fc.constantFrom('\n', '\u0000', '\u2028'),
        (field, bad) => {
          const errors = errorsOf({ ...VALID, [field]: `canary-4711${bad}` });
          expect(JSON.stringify(errors)).not.toContain('canary-4711');
        },
      ),
    );
  });

  test('of any shape give a request or errors that name fields, and nothing else', () => {
    const members = fc.dictionary(
      fc.constantFrom(...Object.keys(bearerTokenRequestShape), 'other', '__proto__'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(members, (input) => {
        for (const { field, detail } of errorsOf(input)) {
          expect(field).not.toBe('');
          expect(detail).not.toBe('');
        }
      }),
      { numRuns: 500 },
    );
  });
});

test('each of the four flags forgives its own fault', () => {
  const forgiven = (flags: object) => [...forgivenFaults(parseBearerTokenRequest({ ...VALID, ...flags }))];
  expect(forgiven({})).toEqual([]);
  expect(forgiven({ ignoreUnknownCertificateAuthority: true })).toEqual(['unknownCertificateAuthority']);
  expect(forgiven({ ignoreWrongCertificateUsage: true })).toEqual(['wrongCertificateUsage']);
  expect(forgiven({ ignoreCertificateNameMismatch: true })).toEqual(['certificateNameMismatch']);
  expect(forgiven({ ignoreInvalidCertificateDate: true })).toEqual(['invalidCertificateDate']);
});
