import { describe, expect, test } from '@jest/globals';
import { parseConnectionInput } from '../../server/connections/connection-input.ts';
import {
  appendSecurityToken,
  compareConnections,
  toBearerTokenRequest,
  type Connection,
} from '../../server/connections/connection.ts';
import { BridgeError } from '../../server/errors.ts';
import { Secret } from '../../server/secret.ts';

const CREDENTIALS = { clientId: 'id', clientSecret: 'secret' };
const PURECLOUD = { provider: 'purecloud', region: 'us_west_2', ...CREDENTIALS };
const SALESFORCE = {
  provider: 'salesforce',
  url: 'https://login.salesforce.com/services/oauth2/token',
  grantType: 'password',
  username: 'user@example.com',
  password: 'word',
  ...CREDENTIALS,
};

function parse(body: unknown, name = 'crm') {
  return parseConnectionInput(body, { name });
}

function errorsOf(body: unknown, name?: string): Record<string, string> {
  try {
    parse(body, name);
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    expect(error.code).toBe('invalid_request');
    return Object.fromEntries((error.options.errors ?? []).map(({ field, detail }) => [field, detail]));
  }
  return {};
}

function connectionOf(body: unknown): Connection {
  const { settings, secrets } = parse(body);
  const at = new Date(0);
  return {
    ...settings,
    ...secrets,
    name: 'crm',
    version: 1,
    credentialVersion: 1,
    createdAt: at,
    updatedAt: at,
  };
}

describe('a connection', () => {
  test.each([
    ['url', 'https://idp.example/token?client_secret=hunter2', 'client_secret'],
    ['url', 'https://idp.example/token?tenant=1&Password=hunter2#x', 'Password'],
    ['apiUrl', 'https://api.example/?clientSecret=hunter2', 'clientSecret'],
  ])('holds no secret in the query of its %s: %s', (field, address, name) => {
    const body = { provider: 'other', url: 'https://idp.example/token', ...CREDENTIALS, [field]: address };
    const { [field]: detail } = errorsOf(body);
    expect(detail).toContain(`"${name}"`);
    expect(detail).not.toContain('hunter2');
  });

  test('may have a query without a secret', () => {
    const url = 'https://idp.example/token?tenant=1&code_challenge=x';
    expect(errorsOf({ provider: 'other', url, ...CREDENTIALS })).toEqual({});
  });

  test.each([
    { name: 'purecloud', body: PURECLOUD, expected: { credentialsInBody: false, requestsPerMinute: 300 } },
    { name: 'salesforce', body: SALESFORCE, expected: { credentialsInBody: true } },
    {
      name: 'other',
      body: { ...PURECLOUD, provider: 'other', region: null, url: 'https://idp.example/token' },
      expected: { credentialsInBody: false },
    },
    {
      name: 'salesforce, said otherwise',
      body: { ...SALESFORCE, credentialsInBody: false },
      expected: { credentialsInBody: false },
    },
  ])('has the defaults of $name', ({ body, expected }) => {
    const { settings } = parse(body);
    expect(settings).toMatchObject({
      tokenLifetimeSeconds: 1800,
      allowTokenHandout: true,
      basicEncoding: 'raw',
      ...expected,
    });
    expect('requestsPerMinute' in settings).toBe('requestsPerMinute' in expected);
    expect(settings).not.toHaveProperty('clientSecret');
  });

  test('keeps an address of its own beside the region', () => {
    const { settings } = parse({
      ...PURECLOUD,
      url: 'https://gateway.example/token',
      apiUrl: 'https://gateway.example/api',
    });
    expect(settings).toMatchObject({
      region: 'us_west_2',
      url: 'https://gateway.example/token',
      apiUrl: 'https://gateway.example/api',
    });
  });

  test('counts blank and null members as absent, as Apex and forms send them', () => {
    const { settings } = parse({
      ...PURECLOUD,
      url: '',
      apiUrl: null,
      proxyUri: null,
      scope: '',
      username: null,
    });
    expect(settings).toMatchObject({ url: 'https://login.usw2.pure.cloud/oauth/token' });
    expect(settings).not.toHaveProperty('scope');
  });

  test.each([
    {
      name: 'an unknown member',
      body: { ...PURECLOUD, clientSecert: 'x' },
      field: 'clientSecert',
      says: 'did you mean "clientSecret"',
    },
    {
      name: 'an unknown region',
      body: { ...PURECLOUD, region: 'us_wst_2' },
      field: 'region',
      says: 'did you mean us_west_2 (usw2.pure.cloud)',
    },
    {
      name: 'no region and no url',
      body: { provider: 'purecloud', ...CREDENTIALS },
      field: 'region',
      says: 'is required',
    },
    { name: 'no url', body: { provider: 'other', ...CREDENTIALS }, field: 'url', says: 'is required' },
    {
      name: 'a region for Salesforce',
      body: { ...SALESFORCE, region: 'us_west_2' },
      field: 'region',
      says: 'give url instead',
    },
    { name: 'no provider', body: CREDENTIALS, field: 'provider', says: 'one of' },
    {
      name: 'a provider that is none',
      body: { ...PURECLOUD, provider: 'genesys' },
      field: 'provider',
      says: '"purecloud"',
    },
    {
      name: 'no secret',
      body: { ...PURECLOUD, clientSecret: undefined },
      field: 'clientSecret',
      says: 'is required',
    },
    { name: 'no password', body: { ...SALESFORCE, password: '' }, field: 'password', says: 'is required' },
    {
      name: 'a colon in a raw client id',
      body: { ...PURECLOUD, clientId: 'a:b' },
      field: 'clientId',
      says: 'colon',
    },
    {
      name: 'a life of no time',
      body: { ...PURECLOUD, tokenLifetimeSeconds: 0 },
      field: 'tokenLifetimeSeconds',
      says: 'from 60 to 172800',
    },
    {
      name: 'half a request',
      body: { ...PURECLOUD, requestsPerMinute: 0.5 },
      field: 'requestsPerMinute',
      says: 'whole number',
    },
    {
      name: 'a line break in a scope',
      body: { ...PURECLOUD, scope: 'a\nb' },
      field: 'scope',
      says: 'one space between',
    },
    {
      name: 'an API that is no address',
      body: { ...PURECLOUD, apiUrl: 'ftp://x' },
      field: 'apiUrl',
      says: 'http',
    },
    {
      name: 'another name than in the path',
      body: { ...PURECLOUD, name: 'erp' },
      field: 'name',
      says: 'must be "crm"',
    },
    {
      name: 'a mask in the place of a password',
      body: { ...PURECLOUD, proxyUri: 'http://user:***@proxy.example:3128' },
      field: 'proxyUri',
      says: 'give the password again',
    },
    { name: 'a list', body: [], field: 'body', says: 'must be an object' },
  ])('is refused with $name, naming $field', ({ body, field, says }) => {
    expect(errorsOf(body)[field]).toContain(says);
  });

  test.each(['Crm', '1crm', '-a', 'a'.repeat(64), 'a_b', '', 'a/b', '__proto__'])(
    'cannot be called %p',
    (name) => {
      expect(errorsOf(PURECLOUD, name)).toHaveProperty('name');
    },
  );

  test('is refused with all its faults at once, and without repeating a secret', () => {
    const errors = errorsOf({
      ...PURECLOUD,
      clientSecret: 'canary\n',
      timeoutSeconds: 0,
      region: 'nowhere',
      frobnicate: 1,
    });
    expect(Object.keys(errors).sort()).toEqual(['clientSecret', 'frobnicate', 'timeoutSeconds']);
    expect(JSON.stringify(errors)).not.toContain('canary');
  });

  test('needs no secret again that is stored', () => {
    const stored = parse(SALESFORCE);
    const { secrets } = parseConnectionInput(
      { ...SALESFORCE, password: null, clientSecret: undefined, securityToken: 'tok' },
      { name: 'crm', stored },
    );
    expect([
      secrets.password?.reveal(),
      secrets.clientSecret?.reveal(),
      secrets.securityToken?.reveal(),
    ]).toEqual(['word', 'secret', 'tok']);
  });

  test('takes the mask of a proxy’s password for the stored one at the stored address, and at no other', () => {
    const proxied = (proxyUri: string) => ({ ...PURECLOUD, proxyUri });
    const stored = parse(proxied('http://user:word@proxy.example:3128'));
    const read = (proxyUri: string) =>
      parseConnectionInput(proxied(proxyUri), { name: 'crm', stored }).settings.proxyUri;
    expect(read('http://user:***@proxy.example:3128')).toBe('http://user:word@proxy.example:3128/');
    expect(() => read('http://user:***@other.example:3128')).toThrow('proxyUri holds "***"');
  });

  test('clears a stored secret that is null and that the grant does not need', () => {
    const stored = parse({ ...SALESFORCE, securityToken: 'tok' });
    const { username: _, ...service } = { ...SALESFORCE, grantType: 'client_credentials' };
    const read = (change: object) =>
      Object.keys(parseConnectionInput({ ...service, ...change }, { name: 'crm', stored }).secrets);
    expect(read({ password: null, securityToken: null, clientSecret: null })).toEqual(['clientSecret']);
    expect(read({ password: undefined, securityToken: null })).toEqual(['clientSecret', 'password']);
    expect(read({ password: '', securityToken: null })).toEqual(['clientSecret', 'password']);
  });

  test('gives the bearer token request that signs it in, and nothing that is only the connection’s', () => {
    const request = toBearerTokenRequest(
      connectionOf({ ...SALESFORCE, securityToken: 'TOK', scope: 'api id' }),
    );
    expect(request).toMatchObject({
      url: SALESFORCE.url,
      grantType: 'password',
      username: 'user@example.com',
      scope: 'api id',
      credentialsInBody: true,
    });
    expect(request.password?.reveal()).toBe('wordTOK');
    for (const field of ['securityToken', 'name', 'version', 'provider', 'allowTokenHandout', 'privateKey']) {
      expect(request).not.toHaveProperty(field);
    }
  });
});

describe('the security token', () => {
  test.each([
    { password: 'word', token: 'TOK', sent: 'wordTOK' },
    { password: 'wordTOK', token: 'TOK', sent: 'wordTOK' },
    { password: 'TOKword', token: 'TOK', sent: 'TOKwordTOK' },
    { password: 'word', token: undefined, sent: 'word' },
  ])('goes behind the password once: $password and $token give $sent', ({ password, token, sent }) => {
    const securityToken = token === undefined ? undefined : new Secret(token);
    expect(appendSecurityToken(new Secret(password), securityToken).reveal()).toBe(sent);
  });
});

describe('a change', () => {
  test('is none where nothing differs, and is told apart by what signs in', () => {
    const before = parse(PURECLOUD);
    expect(compareConnections(before, parse(PURECLOUD))).toEqual({
      changed: false,
      credentialChanged: false,
    });
    expect(compareConnections(before, parse({ ...PURECLOUD, allowTokenHandout: false }))).toEqual({
      changed: true,
      credentialChanged: false,
    });
    expect(compareConnections(before, parse({ ...PURECLOUD, clientSecret: 'Secret' }))).toEqual({
      changed: true,
      credentialChanged: true,
    });
    expect(compareConnections(before, parse({ ...PURECLOUD, username: 'new' }))).toEqual({
      changed: true,
      credentialChanged: true,
    });
  });
});
