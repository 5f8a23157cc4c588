import { describe, expect, test } from '@jest/globals';
import { parseCallerInput } from '../../server/callers/caller.ts';
import { allowsProxyCall } from '../../server/callers/proxy-rules.ts';

const JWT = { issuer: 'https://org.example', audience: 'bridge' };

describe('a caller', () => {
  test('has a certificate fingerprint in one spelling', () => {
    const { settings } = parseCallerInput('org', {
      permissions: [],
      certificateSha256: `${'AB:'.repeat(31)}CD`,
    });
    expect(settings.certificateSha256).toBe(`${'ab'.repeat(31)}cd`);
  });

  test.each([
    { name: 'no permissions', body: {}, field: 'permissions', says: 'is required' },
    {
      name: 'a permission that is none',
      body: { permissions: ['read', 'write'] },
      field: 'permissions[1]',
      says: 'must be admin, read',
    },
    {
      name: 'an unknown member',
      body: { permissions: [], permission: [] },
      field: 'permission',
      says: 'did you mean "permissions"',
    },
    { name: 'a short key', body: { permissions: [], key: 'short' }, field: 'key', says: 'at least 24' },
    {
      name: 'a key with a space',
      body: { permissions: [], key: 'a b'.repeat(10) },
      field: 'key',
      says: 'without spaces',
    },
    {
      name: 'a fingerprint that is none',
      body: { permissions: [], certificateSha256: 'ab' },
      field: 'certificateSha256',
      says: '64 hexadecimal',
    },
    {
      name: 'a JWT without a key to check it',
      body: { permissions: [], jwt: JWT },
      field: 'jwt',
      says: 'one of certificate and jwksUrl',
    },
    {
      name: 'a certificate that is none',
      body: { permissions: [], jwt: { ...JWT, certificate: 'x' } },
      field: 'jwt.certificate',
      says: 'PEM',
    },
    {
      name: 'an address that is none',
      body: { permissions: [], jwt: { ...JWT, jwksUrl: 'file:///x' } },
      field: 'jwt.jwksUrl',
      says: 'http',
    },
    {
      name: 'a rule with small letters',
      body: { permissions: [], proxyRules: [{ methods: ['get'], pathPrefix: '/' }] },
      field: 'proxyRules[0].methods[0]',
      says: 'capital',
    },
    {
      name: 'a rule with a query',
      body: { permissions: [], proxyRules: [{ methods: ['GET'], pathPrefix: '/a?b' }] },
      field: 'proxyRules[0].pathPrefix',
      says: 'path only',
    },
    { name: 'a list', body: [], field: 'body', says: 'must be an object' },
  ])('is refused with $name', ({ body, field, says }) => {
    expect(() => parseCallerInput('org', body)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        options: expect.objectContaining({
          errors: expect.arrayContaining([{ field, detail: expect.stringContaining(says) }]),
        }),
      }),
    );
  });

  test.each([null, [], 'text', 7])('that is %j and no object is refused as such', (body) => {
    expect(() => parseCallerInput('job', body)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  test('can be sent back as it was shown', () => {
    const shown = {
      name: 'org',
      version: 3,
      createdAt: 'x',
      updatedAt: 'y',
      keys: [],
      permissions: ['read'],
    };
    expect(parseCallerInput('org', shown)).toEqual({
      settings: { permissions: ['read'] },
      expectedVersion: 3,
    });
  });
});

describe('proxy rules', () => {
  const rules = [
    { methods: ['GET', 'HEAD'], pathPrefix: '/api/v2/users' },
    { methods: ['POST'], pathPrefix: '/api/v2/outbound/' },
  ];
  test.each([
    ['GET', '/api/v2/users', true],
    ['GET', '/api/v2/users/me', true],
    ['HEAD', '/api/v2/users/', true],
    ['GET', '/api/v2/users-secret', false],
    ['GET', '/api/v2/Users', false],
    ['GET', '/api/v2/%75sers', false],
    ['DELETE', '/api/v2/users', false],
    ['get', '/api/v2/users', false],
    ['POST', '/api/v2/outbound/campaigns', true],
    ['POST', '/api/v2/outbound', false],
    ['GET', '//api/v2/users', false],
  ])('%s %s is allowed: %p', (method, path, allowed) => {
    expect(allowsProxyCall(rules, method, path)).toBe(allowed);
  });

  test('that are not there allow everything', () => {
    expect([allowsProxyCall(undefined, 'DELETE', '/x'), allowsProxyCall([], 'DELETE', '/x')]).toEqual([
      true,
      true,
    ]);
  });
});
