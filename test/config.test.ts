import path from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ConfigError, type ConfigFault, type Environment } from '../server/config-fault.ts';
import { loadConfig, VARIABLE_NAMES } from '../server/config.ts';

const KEY = Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64');
const HERE = path.resolve('/srv/bridge');
const PRODUCTION = { NODE_ENV: 'production', BRIDGE_SECRET_KEY: KEY };

function faultsOf(env: Environment): readonly ConfigFault[] {
  try {
    loadConfig(env, HERE);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  test('has the documented defaults in an empty environment', () => {
    expect(loadConfig({}, HERE)).toEqual({
      isProduction: false,
      port: 8080,
      host: '127.0.0.1',
      dataDir: path.join(HERE, '.bridge'),
      certificatesDir: path.join(HERE, '.bridge', 'certificates', 'rest'),
      egress: { allow: undefined, allowPrivate: false },
      trustedProxies: [],
      processes: 1,
      activityDays: 30,
      salesforceApiShare: 0.8,
      notify: {},
      logLevel: 'info',
      outgoingProxy: { noProxy: [] },
      warnings: [],
    });
  });

  test('reads every variable', () => {
    const config = loadConfig(
      {
        NODE_ENV: 'production',
        PORT: '9090',
        HOST: '::',
        DATABASE_URL: 'postgres://u:hunter2@db.example/bridge',
        BRIDGE_DATA_DIR: 'data',
        BRIDGE_SECRET_KEY: KEY,
        BRIDGE_ADMIN_KEY: '0123456789abcdef',
        BRIDGE_CONFIG: 'bridge.yaml',
        BRIDGE_CERTIFICATES_DIR: '/etc/bridge/certificates',
        BRIDGE_CA_FILE: 'ca.pem',
        BRIDGE_EGRESS_ALLOW: 'a.example:443',
        BRIDGE_EGRESS_ALLOW_PRIVATE: 'true',
        BRIDGE_TLS_CERT: 'tls.crt',
        BRIDGE_TLS_KEY: 'tls.key',
        BRIDGE_TRUSTED_PROXIES: '10.0.0.1, fd00::/8',
        WEB_CONCURRENCY: '4',
        LOG_LEVEL: 'DEBUG',
        https_proxy: 'http://user:hunter2@proxy.example:3128',
        no_proxy: 'a.example',
      },
      HERE,
    );
    expect(config).toMatchObject({
      isProduction: true,
      port: 9090,
      host: '::',
      dataDir: path.join(HERE, 'data'),
      configFile: path.join(HERE, 'bridge.yaml'),
      certificatesDir: '/etc/bridge/certificates',
      caFile: path.join(HERE, 'ca.pem'),
      egress: { allow: 'a.example:443', allowPrivate: true },
      tls: { certFile: path.join(HERE, 'tls.crt'), keyFile: path.join(HERE, 'tls.key') },
      trustedProxies: ['10.0.0.1', 'fd00::/8'],
      processes: 4,
      logLevel: 'debug',
      outgoingProxy: { https: { shown: 'http://proxy.example:3128' } },
      warnings: [],
    });
    expect(config.databaseUrl?.reveal()).toBe('postgres://u:hunter2@db.example/bridge');
    expect(config.secretKey?.reveal()).toBe(KEY);
    expect(config.adminKey?.reveal()).toBe('0123456789abcdef');
  });

  test('takes certificates below the data directory where nothing else is said', () => {
    expect(loadConfig({ BRIDGE_DATA_DIR: '/var/bridge' }, HERE).certificatesDir).toBe(
      '/var/bridge/certificates/rest',
    );
  });

  test('takes an empty value for an absent one', () => {
    const empty = Object.fromEntries(
      VARIABLE_NAMES.filter((name) => name !== 'BRIDGE_EGRESS_ALLOW').map((name) => [name, ' ']),
    );
    expect(loadConfig(empty, HERE)).toEqual(loadConfig({}, HERE));
  });

  test('cannot be changed, however deep', () => {
    const config = loadConfig({ BRIDGE_TRUSTED_PROXIES: '10.0.0.1' }, HERE);
    expect(
      Object.isFrozen(config) && Object.isFrozen(config.egress) && Object.isFrozen(config.outgoingProxy),
    ).toBe(true);
    expect(() => (config.trustedProxies as string[]).push('0.0.0.0/0')).toThrow(TypeError);
  });

  test.each<[string, string, RegExp]>([
    ['NODE_ENV', 'Production', /not "production"/],
    ['NODE_ENV', 'prod', /not "production"/],
    ['PORT', '65536', /not a port/],
    ['PORT', '-1', /not a port/],
    ['PORT', '8080x', /not a port/],
    ['PORT', '1e3', /not a port/],
    ['HOST', 'http://localhost', /neither a host name nor an address/],
    ['HOST', 'localhost:8080', /neither a host name nor an address/],
    ['DATABASE_URL', 'localhost/bridge', /not a URL/],
    ['DATABASE_URL', 'mysql://u:hunter2@h/d', /not a URL of a PostgreSQL server/],
    ['DATABASE_URL', 'postgres:///bridge', /names no server/],
    ['DATABASE_URL', 'postgres://u@h/d#x', /not percent-encoded/],
    ['DATABASE_URL', 'postgres://u:hun#ter2@h/d', /not a URL|not percent-encoded/],
    ['BRIDGE_SECRET_KEY', 'hunter2hunter2!', /not Base64/],
    ['BRIDGE_SECRET_KEY', Buffer.alloc(31, 'x1').toString('base64'), /31 bytes and not 32/],
    ['BRIDGE_SECRET_KEY', Buffer.alloc(33, 'x1').toString('base64'), /33 bytes and not 32/],
    ['BRIDGE_SECRET_KEY', Buffer.alloc(32).toString('base64'), /one byte repeated/],
    ['BRIDGE_ADMIN_KEY', 'hunter2', /7 characters/],
    ['BRIDGE_ADMIN_KEY', 'hunter2 hunter2 hunter2', /spaces/],
    ['BRIDGE_ADMIN_KEY', 'hünter2hünter2hünter2', /outside ASCII/],
    ['BRIDGE_EGRESS_ALLOW', '', /is empty/],
    ['BRIDGE_EGRESS_ALLOW', 'a.example,https://b.example', /"https:\/\/b\.example".*scheme/],
    ['BRIDGE_EGRESS_ALLOW', 'u:hunter2@b.example', /user info/],
    ['BRIDGE_EGRESS_ALLOW_PRIVATE', 'yes', /neither true nor false/],
    ['BRIDGE_EGRESS_ALLOW_PRIVATE', 'TRUE', /neither true nor false/],
    ['BRIDGE_TRUSTED_PROXIES', '10.0.0.1,proxy.example', /"proxy\.example"/],
    ['BRIDGE_TRUSTED_PROXIES', '10.0.0.0/33', /no address and no network/],
    ['BRIDGE_TRUSTED_PROXIES', '10.1/16', /no address and no network/],
    ['BRIDGE_TRUSTED_PROXIES', '10.0.0.1,', /no address and no network/],
    ['BRIDGE_TRUSTED_PROXIES', '0.0.0.0/0', /trusts everyone/],
    ['BRIDGE_TRUSTED_PROXIES', '::/0', /trusts everyone/],
    ['BRIDGE_CLIENT_CERTIFICATE_HEADER', 'X-Client-Cert: x', /not the name of a header/],
    ['WEB_CONCURRENCY', '0', /not a number of processes/],
    ['BRIDGE_ACTIVITY_DAYS', '0', /not a number of days/],
    ['BRIDGE_SALESFORCE_API_PERCENT', '101', /not a percentage/],
    ['BRIDGE_NOTIFY_SLACK_URL', 'hooks.slack.com/x', /not an http or https address/],
    ['BRIDGE_NOTIFY_WEBHOOK_URL', 'https://me:pw@example.org/', /holds a user/],
    ['WEB_CONCURRENCY', '1.5', /not a number of processes/],
    ['LOG_LEVEL', 'verbose', /not a level/],
    ['HTTPS_PROXY', 'socks5://u:hunter2@p.example', /neither http nor https/],
    ['http_proxy', 'http://u:hunter2@p.example/x', /a path/],
  ])('refuses %s=%s and says what to do', (variable, value, fault) => {
    const faults = faultsOf({
      [variable]: value,
      ...(variable === 'WEB_CONCURRENCY' ? { DATABASE_URL: 'postgres://h/d' } : {}),
    });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({ variable, fault: expect.stringMatching(fault) });
    expect(faults[0]!.remedy.length).toBeGreaterThan(10);
    expect(inspect(faults)).not.toMatch(/hunter2|hünter2|ter2@/);
  });

  test.each<[string, string, keyof ReturnType<typeof loadConfig>, unknown]>([
    ['PORT', '0', 'port', 0],
    ['HOST', '[::1]', 'host', '::1'],
    ['HOST', 'LOCALHOST', 'host', 'localhost'],
    ['BRIDGE_TRUSTED_PROXIES', '::1', 'trustedProxies', ['::1']],
    ['BRIDGE_CLIENT_CERTIFICATE_HEADER', 'X-Client-Cert', 'clientCertificateHeader', 'x-client-cert'],
    ['LOG_LEVEL', 'silent', 'logLevel', 'silent'],
    ['BRIDGE_ACTIVITY_DAYS', '7', 'activityDays', 7],
    ['BRIDGE_SALESFORCE_API_PERCENT', '100', 'salesforceApiShare', 1],
    ['BRIDGE_EGRESS_ALLOW_PRIVATE', '1', 'egress', { allow: undefined, allowPrivate: true }],
    ['BRIDGE_EGRESS_ALLOW_PRIVATE', '0', 'egress', { allow: undefined, allowPrivate: false }],
  ])('takes %s=%s', (variable, value, member, expected) => {
    expect(loadConfig({ [variable]: value }, HERE)[member]).toEqual(expected);
  });

  test.each([KEY.replace(/=+$/, ''), KEY.replaceAll('+', '-').replaceAll('/', '_')])(
    'takes the key without padding and as Base64url',
    (key) => {
      expect(loadConfig({ BRIDGE_SECRET_KEY: key }, HERE).secretKey?.reveal()).toBe(KEY);
    },
  );

  test('takes a database behind a socket', () => {
    expect(faultsOf({ DATABASE_URL: 'postgresql:///bridge?host=/var/run/postgresql' })).toEqual([]);
  });

  test.each<[string, Environment, string]>([
    ['a certificate without its key', { BRIDGE_TLS_CERT: 'a' }, 'BRIDGE_TLS_KEY'],
    ['a key without its certificate', { BRIDGE_TLS_KEY: 'a', BRIDGE_TLS_CERT: '' }, 'BRIDGE_TLS_CERT'],
    ['production without a secret key', { NODE_ENV: 'production' }, 'BRIDGE_SECRET_KEY'],
    ['production with a space behind it', { NODE_ENV: 'production ' }, 'BRIDGE_SECRET_KEY'],
    [
      'production with private addresses open',
      { ...PRODUCTION, BRIDGE_EGRESS_ALLOW_PRIVATE: 'true' },
      'BRIDGE_EGRESS_ALLOW_PRIVATE',
    ],
    ...['0.0.0.0', '::', '[::]', '203.0.113.7', '2001:db8::7', 'bridge.example.com'].map(
      (HOST): [string, Record<string, string>, string] => [
        `production over plain http at ${HOST}`,
        { ...PRODUCTION, HOST },
        'HOST',
      ],
    ),
    ['several processes on the embedded database', { WEB_CONCURRENCY: '2' }, 'WEB_CONCURRENCY'],
  ])('refuses %s', (_name, env, variable) => {
    expect(faultsOf(env).map((fault) => fault.variable)).toEqual([variable]);
  });

  test.each<[string, Environment]>([
    ['with TLS of its own', { HOST: '0.0.0.0', BRIDGE_TLS_CERT: 'a', BRIDGE_TLS_KEY: 'b' }],
    ['behind a proxy that ends TLS', { HOST: '0.0.0.0', BRIDGE_TRUSTED_PROXIES: '10.0.0.1' }],
    ['over plain http where somebody has said so', { HOST: '0.0.0.0', BRIDGE_ALLOW_PLAIN_HTTP: 'true' }],
    ['over plain http on loopback', { HOST: '::1' }],
    ['over plain http on an address of the network', { HOST: '10.1.2.3' }],
    [
      'to private addresses that are named',
      { BRIDGE_EGRESS_ALLOW_PRIVATE: '1', BRIDGE_EGRESS_ALLOW: 'a.example' },
    ],
  ])('starts in production %s', (_name, env) => {
    expect(faultsOf({ ...PRODUCTION, ...env })).toEqual([]);
  });

  test('tells every fault at once, one variable a line', () => {
    const env = {
      PORT: 'x',
      LOG_LEVEL: 'x',
      BRIDGE_TLS_CERT: 'x',
      NODE_ENV: 'production',
      WEB_CONCURRENCY: '2',
      HTTP_PROXY: 'ftp://x',
    };
    const faulty = [
      'PORT',
      'LOG_LEVEL',
      'HTTP_PROXY',
      'BRIDGE_TLS_KEY',
      'BRIDGE_SECRET_KEY',
      'WEB_CONCURRENCY',
    ];
    expect(faultsOf(env).map((fault) => fault.variable)).toEqual(faulty);
    expect(() => loadConfig(env, HERE)).toThrow(/\n {2}PORT is "x", not a port\. Give .*\n/);
  });

  test.each(['"0123456789abcdef"', "'0123456789abcdef'", ' "" '])(
    'refuses a value in quotes, which no shell has taken away: %s',
    (quoted) => {
      const faults = faultsOf({ BRIDGE_ADMIN_KEY: quoted, PORT: `"80"` });
      expect(faults.map(({ variable }) => variable)).toEqual(['PORT', 'BRIDGE_ADMIN_KEY']);
      for (const { fault, remedy } of faults) expect([fault, remedy].join()).toMatch(/in quotes.*Remove/);
    },
  );

  test('warns of a misspelt variable, naming the one that was meant and not the value', () => {
    const { warnings } = loadConfig({ BRIDGE_ADMIN_KYE: 'hunter2', BRIDGE_FOO: '1', OTHER: 'x' }, HERE);
    expect(warnings).toEqual([
      'BRIDGE_ADMIN_KYE is no setting of the bridge and is ignored. Did you mean BRIDGE_ADMIN_KEY?',
      'BRIDGE_FOO is no setting of the bridge and is ignored. Remove it if nothing else reads it.',
    ]);
  });

  test('warns of a listed address that stays closed', () => {
    const env = { BRIDGE_EGRESS_ALLOW: 'a.example,127.0.0.1:8443,8.8.8.8' };
    expect(loadConfig(env, HERE).warnings).toEqual([
      'BRIDGE_EGRESS_ALLOW lists 127.0.0.1:8443, a loopback address: it stays closed without BRIDGE_EGRESS_ALLOW_PRIVATE=true.',
    ]);
    expect(loadConfig({ ...env, BRIDGE_EGRESS_ALLOW_PRIVATE: 'true' }, HERE).warnings).toEqual([]);
  });

  test('prints no secret, whole or in an error', () => {
    const secrets = {
      DATABASE_URL: 'hunterA',
      BRIDGE_ADMIN_KEY: 'hunterB',
      HTTPS_PROXY: 'hunterC',
      http_proxy: 'hunterD',
    };
    const good = {
      DATABASE_URL: 'postgres://u:hunterA@h/d',
      BRIDGE_ADMIN_KEY: 'hunterBhunterBhunterB',
      HTTPS_PROXY: 'http://u:hunterC@p.example',
      http_proxy: 'http://u:hunterD@p.example',
      BRIDGE_SECRET_KEY: KEY,
    };
    const config = loadConfig(good, HERE);
    const printed =
      inspect(config, { depth: 20, showHidden: true }) + JSON.stringify(config) + String(config.databaseUrl);
    for (const secret of [...Object.values(secrets), KEY, 'p.example/'])
      expect(printed).not.toContain(secret);
  });

  test('whatever a secret variable holds, no error repeats it', () => {
    const variables = ['DATABASE_URL', 'BRIDGE_SECRET_KEY', 'BRIDGE_ADMIN_KEY', 'HTTPS_PROXY', 'http_proxy'];
    fc.assert(
      fc.property(
        fc.constantFrom(...variables),
        fc.stringMatching(/^[a-z0-9:/@#? %]{8,40}$/),
        (variable, value) => {
          const canary = `Zq7x${value}Zq7x`;
          const faults = faultsOf({ [variable]: canary });
          expect(inspect(faults)).not.toContain('Zq7x');
        },
      ),
    );
  });
});
