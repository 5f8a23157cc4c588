import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { revealed } from '../../server/apply/configuration.ts';
import { BridgeFileError } from '../../server/apply/file-fault.ts';
import { parseBridgeFile, readBridgeFile } from '../../server/apply/read-bridge-file.ts';
import { temporaryDirectory } from '../support/databases.ts';

const CANARY = 'canary-5309-do-not-show';

let directory: string;
beforeAll(async () => {
  directory = await temporaryDirectory();
  await writeFile(join(directory, 'secret.txt'), `${CANARY}\n`);
  await writeFile(join(directory, 'empty.txt'), '\n');
  await writeFile(join(directory, 'big.txt'), 'x'.repeat(64 * 1024 + 1));
});
afterAll(() => rm(directory, { recursive: true }));

const ENV = { ID: 'an-id', SECRET: CANARY, PROXY_PASSWORD: 'p@:/ß %', EMPTY: '' };

function parse(text: string) {
  return parseBridgeFile('bridge.yaml', text, { env: ENV, directory });
}

async function faultsOf(text: string): Promise<string[]> {
  const error: unknown = await parse(text).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) return [];
  expect(error).toBeInstanceOf(BridgeFileError);
  return (error as BridgeFileError).faults.map(({ line, column, field, detail }) =>
    [`${line}:${column}`, field, detail].filter((part) => part !== '').join(' '),
  );
}

const GENESYS = `connections:
  genesys:
    provider: purecloud
    region: usw2
    clientId: \${env:ID}
`;
const WHOLE = `${GENESYS}    clientSecret: \${env:SECRET}\n`;

describe('a configuration file', () => {
  test('gives connections and callers with their secrets filled in', async () => {
    const { configuration } = await parse(`${WHOLE}    timeoutSeconds: 20
  other:
    provider: other
    url: https://x.example/\${env:ID}/token
    clientId: plain
    clientSecret: \${file:secret.txt}
callers:
  org:
    permissions: [read, 'proxy:genesys']
`);
    expect(revealed(configuration)).toEqual({
      connections: [
        {
          name: 'genesys',
          members: {
            provider: 'purecloud',
            region: 'usw2',
            clientId: 'an-id',
            clientSecret: CANARY,
            timeoutSeconds: 20,
          },
        },
        {
          name: 'other',
          members: {
            provider: 'other',
            url: 'https://x.example/an-id/token',
            clientId: 'plain',
            clientSecret: CANARY,
          },
        },
      ],
      callers: [{ name: 'org', members: { permissions: ['read', 'proxy:genesys'] } }],
    });
    expect(inspect(configuration, { depth: 9 }) + JSON.stringify(configuration)).not.toContain(CANARY);
  });

  test('tells every fault at once, each with its line', async () => {
    expect(
      await faultsOf(`connections:
  Genesys:
    provider: purecloud
    region: us_wset_2
    clientId: 0123
    clientSecret: ${CANARY}
    timeoutSecond: 5
  sf:
    provider: salesforce
    url: \${env:NOWHERE}/services/oauth2/token
    proxyUri: http://user:${CANARY}@proxy.example:3128
    grantType: nope
    password:
callers:
  org:
    permissions: [read, everything]
    key: ${CANARY}-and-longer
    proxyRules:
      - pathPrefix: /api
sync:
  a: 1
`),
    ).toEqual([
      '2:3 connections.Genesys must begin with a small letter and hold small letters, digits and "-" only, at most 63',
      expect.stringMatching(
        /^4:5 connections.Genesys.region is not a region of PureCloud; did you mean us_west_2/,
      ),
      expect.stringMatching(/^5:5 connections.Genesys.clientId must be text; put it in quotes$/),
      expect.stringMatching(
        /^6:5 connections.Genesys.clientSecret holds the secret itself.*\$\{env:GENESYS_CLIENT_SECRET\}/,
      ),
      '7:5 connections.Genesys.timeoutSecond is not known; did you mean "timeoutSeconds"?',
      '8:3 connections.sf.clientId is required for the grant client_credentials',
      '10:5 connections.sf.url names the variable NOWHERE, which is not set',
      expect.stringMatching(/^11:5 connections.sf.proxyUri holds the secret itself/),
      expect.stringMatching(/^12:5 connections.sf.grantType must be one of/),
      '13:14 connections.sf.password has no value; give it one, or remove the line',
      expect.stringMatching(/^16:25 callers.org.permissions\[1\] must be admin, read/),
      expect.stringMatching(/^17:5 callers.org.key holds the secret itself.*\$\{env:ORG_KEY\}/),
      '19:9 callers.org.proxyRules[0].methods is required',
      '20:1 sync is not known; did you mean "syncs"?',
    ]);
  });

  test.each<[string, string, RegExp[]]>([
    ['a tab', 'connections:\n\tgenesys: {}\n', [/^2:1 is indented with a tab; use spaces$/]],
    [
      'a name twice',
      `${WHOLE}    region: usw2\n`,
      [/^7:5 stands here for the second time; keep one of the two$/],
    ],
    ['two documents', `${WHOLE}---\na: 1\n`, [/^7:1 is a second document; keep one document in the file$/]],
    [
      'a list that does not end',
      'connections:\n  x:\n    scope: [a, b\n    region: y\n',
      [/^3:12 opens with "\[", and its "\]" is missing/],
    ],
    [
      'a map that does not end',
      'connections:\n  x: { a: b\n',
      [/^2:6 opens with "\{", and its "\}" is missing/],
    ],
    ['a quote that does not end', 'connections: "abc\n', [/lacks a quote, bracket or colon/]],
    [
      'a tag',
      `${GENESYS}    clientSecret: !vault x\n`,
      [/holds the secret itself/, /has a tag that is not known/],
    ],
    [
      'an alias to nothing',
      'connections: *nothing\n',
      [/^1:14 connections names an anchor that is not there$/],
    ],
    ['text for a section', 'connections: genesys\n', [/^1:1 connections must hold connections by name/]],
    [
      'text for a connection',
      'connections:\n  genesys: yes please\n',
      [/^2:3 connections.genesys must hold settings/],
    ],
    ['a list for the file', '- a\n', [/^1:1 the file must hold regions, connections, callers, syncs/]],
    [
      'an empty section',
      'callers:\n',
      [/^1:\d+ callers has nothing under it; remove the line, or write \{\}/],
    ],
    ['a name that is a number', 'connections:\n  12: {}\n', [/^2:3 connections has a name that is not text/]],
    [
      'a sync without what it needs',
      'syncs:\n  a: {}\n',
      ['salesforceConnection', 'purecloudConnection', 'campaignId', 'phones'].map(
        (field) => new RegExp(`^2:3 syncs\\.a\\.${field} is required`),
      ),
    ],
    [
      'an unknown kind of reference',
      `${GENESYS}    scope: \${vault:x}\n    clientSecret: \${env:SECRET}\n`,
      [/scope has a "\$\{…\}" that is neither/],
    ],
    [
      'a reference without its end',
      `${GENESYS}    scope: a\${env:ID\n    clientSecret: \${env:SECRET}\n`,
      [/scope has a "\$\{" without its "\}"/],
    ],
    [
      'a secret around a reference',
      `${GENESYS}    clientSecret: a\${env:SECRET}\n`,
      [/clientSecret holds the secret itself/],
    ],
    [
      'an empty variable',
      `${GENESYS}    clientSecret: \${env:EMPTY}\n`,
      [/names the variable EMPTY, which is not set/],
    ],
    [
      'a file that is not there',
      `${GENESYS}    clientSecret: \${file:no.txt}\n`,
      [/no\.txt, which cannot be read \(ENOENT\)/],
    ],
    ['an empty file', `${GENESYS}    clientSecret: \${file:empty.txt}\n`, [/empty\.txt, which is empty/]],
    [
      'a file that is no secret',
      `${GENESYS}    clientSecret: \${file:big.txt}\n`,
      [/big\.txt, which is larger than 64 KiB/],
    ],
    [
      'a region without a domain',
      'regions:\n  xx_new_1: {}\n',
      [/^2:3 regions.xx_new_1.domain is required$/],
    ],
    [
      'a region by address',
      'regions:\n  xx_new_1: { domain: "https://x.y" }\n',
      [/^2:15 regions.xx_new_1.domain must be a domain/],
    ],
  ])('refuses %s', async (_what, text, faults) => {
    expect(await faultsOf(text)).toEqual(faults.map((fault) => expect.stringMatching(fault)));
  });

  test('refuses a few lines of aliases that stand for a billion values, at once', async () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const item = level === 0 ? 'x' : `*a${level - 1}`;
      return `a${level}: &a${level} [${Array.from({ length: 10 }, () => item).join(', ')}]`;
    });
    expect(await faultsOf(levels.join('\n'))).toContainEqual(
      expect.stringMatching(/is one alias too many: the file may hold 100/),
    );
  });

  test('takes an anchor that is used again', async () => {
    const { configuration } = await parse(
      `callers:\n  one: { permissions: &all [read, request] }\n  two: { permissions: *all }\n`,
    );
    expect(configuration.callers?.map(({ members }) => members.permissions)).toEqual([
      ['read', 'request'],
      ['read', 'request'],
    ]);
  });

  test('puts a password with any character into the address of a proxy', async () => {
    const { configuration } = await parse(
      `${WHOLE}    proxyUri: http://user:\${env:PROXY_PASSWORD}@proxy.example:3128\n`,
    );
    const { proxyUri } = (revealed(configuration.connections) as { members: { proxyUri: string } }[])[0]!
      .members;
    expect(new URL(proxyUri)).toMatchObject({ host: 'proxy.example:3128', username: 'user' });
    expect(decodeURIComponent(new URL(proxyUri).password)).toBe(ENV.PROXY_PASSWORD);
  });

  test('keeps "$${" as the two characters that begin a reference', async () => {
    const { configuration } = await parse(`${WHOLE}    username: a$\${b}\n`);
    expect(configuration.connections?.[0]?.members.username).toBe('a${b}');
  });

  test('keeps a connection of a region of its own with its addresses', async () => {
    const { configuration, regions } = await parse(
      `regions:\n  xx_new_1: { domain: xxn1.pure.cloud, names: [Newtown] }\n${WHOLE.replace('usw2', 'newtown')}`,
    );
    expect(regions).toEqual([{ key: 'xx_new_1', env: 'xxn1.pure.cloud', names: ['Newtown'] }]);
    expect(configuration.connections?.[0]?.members).toMatchObject({
      url: 'https://login.xxn1.pure.cloud/oauth/token',
      apiUrl: 'https://api.xxn1.pure.cloud',
    });
    expect(configuration.connections?.[0]?.members).not.toHaveProperty('region');
  });

  test('says that it cannot be read, and where it was looked for', async () => {
    const utf16 = join(directory, 'utf16.yaml');
    await writeFile(utf16, Buffer.from(`\uFEFF${WHOLE}`, 'utf16le'));
    await expect(readBridgeFile(utf16, ENV)).rejects.toThrow(/UTF-16.*save it as UTF-8/);
    await expect(readBridgeFile('/nowhere/bridge.yaml', {})).rejects.toThrow(
      /\/nowhere\/bridge\.yaml:1:1 {2}the file cannot be read \(ENOENT\)/,
    );
  });

  test('places what is found out later at the line of the member, or of the one above it', async () => {
    const file = await parse(WHOLE);
    const { faults } = file.faultsOf([
      { field: 'connections.genesys.clientId', detail: 'is taken' },
      { field: 'connections.genesys.clientSecret.deeper[3]', detail: 'is gone' },
      { field: 'connections.genesys.audience', detail: 'is required' },
    ]);
    expect(faults.map(({ line, column }) => [line, column])).toEqual([
      [2, 3],
      [5, 5],
      [6, 5],
    ]);
  });

  test('never repeats a secret, wherever in the file it was written', async () => {
    const places = [
      (secret: string) => `${GENESYS}    clientSecret: ${secret}\n`,
      (secret: string) => `${GENESYS}    clientSecret: "${secret}\n`,
      (secret: string) => `${GENESYS}   clientSecret: ${secret}: ${secret}\n`,
      (secret: string) => `${GENESYS}    clientSecret:\n\t${secret}\n`,
      (secret: string) => `${GENESYS}    clientSecret: [${secret}\n`,
      (secret: string) => `${GENESYS}    clientSecret: [${secret}: ]\n`,
      (secret: string) => `${GENESYS}    clientSecret:\n      ${secret}:\n        a:\n`,
      (secret: string) => `callers:\n  org:\n    permissions: []\n    key: {${secret}: }\n`,
      (secret: string) => `${GENESYS}    clientSecret: {a: ${secret}}\n`,
      (secret: string) => `${GENESYS}    clientSecret: \${${secret}}\n`,
      (secret: string) => `${GENESYS}    clientSecret: &${secret} *${secret}\n`,
      (secret: string) => `${GENESYS}    clientSecret: >-\n ${secret}\n${secret}\n`,
      (secret: string) => `${GENESYS}    clientSecret: ${secret}\n    clientSecret: ${secret}\n`,
      (secret: string) => `${GENESYS}    privateKey: |\n      -----BEGIN\n      ${secret}\n`,
      (secret: string) => `callers:\n  org:\n    permissions: []\n    key: ${secret}\n`,
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...places),
        fc.stringMatching(/^[A-Za-z0-9]{12,30}[%@&*!|>'"\\#:{}[\],?-]{0,2}$/),
        async (place, secret) => {
          const told = (await faultsOf(place(secret))).join('\n');
          expect(told).not.toBe('');
          expect(told).not.toContain(secret.slice(0, 12));
        },
      ),
      { numRuns: 150 },
    );
  });
});
