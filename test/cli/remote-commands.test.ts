/** Every command that speaks to a running bridge, against one, with sandboxes behind it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';
import { createBridgeApi, type BridgeApi } from '../../server/cli/bridge-api.ts';
import { watchStatus } from '../../server/cli/commands/status.ts';
import { ERROR_CATALOGUE } from '../../server/errors.ts';
import type { RunningBridge } from '../../server/main.ts';
import { Secret } from '../../server/secret.ts';
import { ADMIN_KEY, startTestBridge } from '../support/bridge.ts';
import { makeSelfSigned } from '../support/certificates.ts';
import { runCli, type CliOptions, type CliResult } from '../support/cli.ts';
import { temporaryDirectory } from '../support/databases.ts';

let sandbox: RunningSandbox;
let bridge: RunningBridge;
let foreign: Server;
let portal: Server;
let secure: SecureServer;
let directory: string;
let readerKey: string;
let callerKey: string;
const printed: CliResult[] = [];

async function cli(args: readonly string[], { env = {}, ...options }: CliOptions = {}): Promise<CliResult> {
  const result = await runCli(args, {
    env: {
      PCBRIDGE_URL: bridge.url,
      PCBRIDGE_KEY: ADMIN_KEY,
      PCBRIDGE_CLIENT_SECRET: DEMO_PURECLOUD_CLIENT.secret,
      ...env,
    },
    ...options,
  });
  printed.push(result);
  return result;
}

function json({ stdout }: CliResult): unknown {
  return JSON.parse(stdout);
}

beforeAll(async () => {
  directory = await temporaryDirectory();
  sandbox = await startSandbox();
  bridge = await startTestBridge();
  const { certPem: cert, keyPem: key } = await makeSelfSigned();
  secure = createSecureServer({ cert, key }).listen(0, '127.0.0.1');
  portal = createServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Sign in</h1>'),
  ).listen(0, '127.0.0.1');
  foreign = createServer((_request, response) => response.writeHead(418).end('<h1>teapot</h1>')).listen(
    0,
    '127.0.0.1',
  );
  const put = [
    'connection',
    'put',
    'genesys',
    '--provider',
    'purecloud',
    '--token-url',
    sandbox.purecloud.tokenUrl,
  ];
  await cli([...put, '--api-url', sandbox.purecloud.url, '--client-id', DEMO_PURECLOUD_CLIENT.id]);
  await cli([
    'connection',
    'put',
    'refused',
    '--provider',
    'purecloud',
    '--token-url',
    sandbox.purecloud.tokenUrl,
    '--client-id',
    'nobody',
  ]);
  callerKey = (await cli(['caller', 'add', 'requester', '--permission', 'request'])).stdout;
  readerKey = (await cli(['caller', 'add', 'reader', '--permission', 'read'])).stdout;
});
afterAll(async () => {
  for (const server of [foreign, portal, secure]) server.close();
  await bridge.stop();
  await sandbox.close();
  await rm(directory, { recursive: true });
});

/** What is watched goes to `data` alone. */
const QUIET = {
  bytes: process.stdout,
  say: () => undefined,
  paint: (_style: unknown, text: string) => text,
  env: {},
  stdin: process.stdin,
};

describe('pcbridge connection', () => {
  test('lists and shows what was put, and of the secret only that it is set', async () => {
    expect((await cli(['connection', 'list'])).stdout).toMatch(
      /^genesys +purecloud +client_credentials +127\.0\.0\.1/m,
    );
    expect((await cli(['connection', 'show', 'genesys'])).stdout).toMatch(/^clientSecretSet +true$/m);
    expect(json(await cli(['connection', 'show', 'genesys', '--json']))).toMatchObject({
      name: 'genesys',
      clientSecretSet: true,
      timeoutSeconds: 10,
    });
  });

  test('changes what is given and leaves the rest, the secret too', async () => {
    const changed = await cli([
      'connection',
      'put',
      'genesys',
      '--timeout-seconds',
      '9',
      '--allow-token-handout',
      'false',
      '--json',
    ]);
    expect(json(changed)).toMatchObject({
      timeoutSeconds: 9,
      allowTokenHandout: false,
      clientId: DEMO_PURECLOUD_CLIENT.id,
    });
    expect(
      json(await cli(['connection', 'put', 'genesys', '--allow-token-handout', '--json'])),
    ).toMatchObject({
      timeoutSeconds: 9,
      allowTokenHandout: true,
    });
    expect((await cli(['token', 'genesys'])).exitCode).toBe(0);
  });

  test('takes an address of another region for what it is, and says that the region has gone', async () => {
    const put = ['connection', 'put', 'moved'];
    await cli([...put, '--provider', 'purecloud', '--region', 'us_west_2', '--client-id', 'x']);
    const [url, apiUrl] = ['https://login.mypurecloud.de/oauth/token', 'https://api.mypurecloud.de'];
    const { stderr } = await cli([...put, '--token-url', url, '--api-url', apiUrl]);
    expect(stderr).toMatch(/no region any more \(us_west_2\): tokens come from .*mypurecloud\.de/);
    const moved = json(await cli(['connection', 'show', 'moved', '--json']));
    expect(moved).toMatchObject({ url, apiUrl });
    expect(moved).not.toHaveProperty('region');
    const gateway = ['--region', 'us_west_2', '--token-url', 'https://gateway.example/token', '--json'];
    expect(json(await cli([...put, ...gateway]))).toMatchObject({
      region: 'us_west_2',
      url: 'https://gateway.example/token',
      apiUrl: 'https://api.usw2.pure.cloud',
    });
    await cli(['connection', 'remove', 'moved', '--yes']);
  });

  test('takes credentials from variables for a new connection alone, and says what came from where', async () => {
    const env = { PCBRIDGE_CLIENT_ID: 'exported', PCBRIDGE_PROXY_URI: 'http://127.0.0.1:3128' };
    const args = ['connection', 'put', 'variables', '--provider', 'purecloud', '--region', 'us_west_2'];
    const added = await cli(args, { env });
    expect(added.stderr).toMatch(
      /^From the environment: proxyUri \(PCBRIDGE_PROXY_URI\), clientId \(PCBRIDGE_CLIENT_ID\), clientSecret \(PCBRIDGE_CLIENT_SECRET\)\.$/m,
    );
    const stale = { PCBRIDGE_CLIENT_ID: 'stale', PCBRIDGE_PROXY_URI: 'http://127.0.0.1:3129' };
    const changed = await cli(['connection', 'put', 'variables', '--timeout-seconds', '9', '--json'], {
      env: stale,
    });
    expect(json(changed)).toMatchObject({ clientId: 'exported', proxyUri: 'http://127.0.0.1:3129/' });
    expect(changed.stderr).toMatch(/^From the environment: proxyUri \(PCBRIDGE_PROXY_URI\)\.$/m);
    expect(changed.stderr).toMatch(
      /^Set and not taken.*: clientId \(PCBRIDGE_CLIENT_ID\), clientSecret \(PCBRIDGE_CLIENT_SECRET\)\.$/m,
    );
    await cli(['connection', 'remove', 'variables', '--yes']);
  });

  test.each(['no', '0', 'off', 'False'])('takes %s for a no', async (word) => {
    const flags = ['--ignore-invalid-certificate-date', word, '--allow-token-handout', word];
    expect(json(await cli(['connection', 'put', 'genesys', ...flags, '--json']))).toMatchObject({
      ignoreInvalidCertificateDate: false,
      allowTokenHandout: false,
    });
    const back = await cli(['connection', 'put', 'genesys', '--allow-token-handout', 'YES', '--json']);
    expect(json(back)).toMatchObject({ allowTokenHandout: true });
  });

  test('takes no other word for a yes', async () => {
    expect(
      await cli(['connection', 'put', 'genesys', '--ignore-invalid-certificate-date', 'never']),
    ).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/'--ignore-invalid-certificate-date.*'never' is invalid.*true or false/),
    });
  });

  test('tests check by check, and says with its exit code what failed first', async () => {
    const good = await cli(['connection', 'test', 'genesys']);
    expect(good).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^CHECK +OUTCOME.*^signIn +ok +\d+ /ms),
    });
    const bad = await cli(['connection', 'test', 'refused']);
    expect(bad).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/^signIn +failed.*^signIn:$.*Try: /ms),
    });
    expect(json(await cli(['connection', 'test', 'refused', '--json']))).toMatchObject({ outcome: 'failed' });
  });

  test('resets, and removes only after a yes', async () => {
    expect((await cli(['connection', 'reset', 'refused'])).exitCode).toBe(0);
    await cli([
      'connection',
      'put',
      'spare',
      '--provider',
      'purecloud',
      '--region',
      'usw2',
      '--client-id',
      'x',
    ]);
    const refused = await cli(['connection', 'remove', 'spare']);
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--yes') });
    const kept = await cli(['connection', 'remove', 'spare'], { interactive: true, stdin: 'n\n' });
    expect(kept.stderr).toMatch(/Nothing was changed\.$/);
    expect((await cli(['connection', 'show', 'spare'])).exitCode).toBe(0);
    await cli(['connection', 'remove', 'spare'], { interactive: true, stdin: 'yes\n' });
    expect((await cli(['connection', 'show', 'spare'])).exitCode).toBe(2);
  });
});

test('an address that is not allowed is told once, with 2, by whatever meets it', async () => {
  const out = ['--provider', 'other', '--token-url', 'http://out.example/token', '--client-id', 'x'];
  await cli(['connection', 'put', 'out', ...out]);
  const token = await cli(['token', 'out']);
  expect(token.exitCode).toBe(2);
  expect(token.stderr.match(/The bridge may not call that address/g)).toHaveLength(1);
  expect((await cli(['connection', 'test', 'out'])).exitCode).toBe(2);
  await cli(['connection', 'remove', 'out', '--yes']);
});

test('standard input is read for one secret and no second, before anything is sent', async () => {
  const args = ['connection', 'put', 'x', '--client-secret-from', 'stdin', '--key-from', '-'];
  expect(await cli(args, { stdin: 'canary', env: { PCBRIDGE_URL: 'http://127.0.0.1:9' } })).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringMatching(
      /^Error: --key-from and --client-secret-from cannot both read standard input/,
    ),
  });
});

describe('pcbridge token', () => {
  test('prints the token alone into a pipe, and a header where that is asked for', async () => {
    const { stdout } = await cli(['token', 'genesys']);
    expect(stdout).toMatch(/^[\w-]{20,}$/);
    expect((await cli(['token', 'genesys', '--header'])).stdout).toBe(`Authorization: Bearer ${stdout}`);
    expect(json(await cli(['token', 'genesys', '--json']))).toMatchObject({
      accessToken: stdout,
      source: 'cache',
    });
  });

  test('shows no token on a screen unless it is told to', async () => {
    const { stdout } = await cli(['token', 'genesys']);
    const seen = await cli(['token', 'genesys'], { seen: true });
    expect(seen).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: expect.stringMatching(/expires at .*--show/s),
    });
    expect(seen.stderr).not.toContain(stdout);
    expect((await cli(['token', 'genesys', '--show'], { seen: true })).stdout).toBe(stdout);
    expect(json(await cli(['token', 'genesys', '--json'], { seen: true }))).toMatchObject({
      accessToken: '[secret]',
      generation: expect.any(Number),
    });
    expect(json(await cli(['token', 'genesys', '--json', '--show'], { seen: true }))).toMatchObject({
      accessToken: stdout,
    });
  });
});

describe('pcbridge caller', () => {
  test('prints a key once and alone, and the old one ends with the new one', async () => {
    const first = await cli(['caller', 'add', 'org', '--permission', 'read', '--permission', 'token:*']);
    expect(first.stdout).toMatch(/^pcb_[\w-]{49}$/);
    expect((await cli(['connection', 'list'], { env: { PCBRIDGE_KEY: first.stdout } })).exitCode).toBe(0);
    const second = await cli(['caller', 'rotate', 'org']);
    expect((await cli(['connection', 'list'], { env: { PCBRIDGE_KEY: first.stdout } })).exitCode).toBe(3);
    expect((await cli(['connection', 'list'], { env: { PCBRIDGE_KEY: second.stdout } })).exitCode).toBe(0);
    const listed = await cli(['caller', 'list']);
    expect(listed.stdout).toMatch(/^org +1 +read token:\*$/m);
    expect(listed.stdout + listed.stderr).not.toContain(second.stdout);
  });

  test('keeps the old key as long as it is told to', async () => {
    const before = await cli(['caller', 'add', 'slow', '--permission', 'read']);
    await cli(['caller', 'rotate', 'slow', '--overlap-seconds', '60']);
    expect((await cli(['connection', 'list'], { env: { PCBRIDGE_KEY: before.stdout } })).exitCode).toBe(0);
  });

  test('adds no caller over one that is there, and removes one with its keys', async () => {
    const added = await cli(['caller', 'add', 'gone', '--permission', 'read']);
    expect(await cli(['caller', 'add', 'gone', '--permission', 'admin'])).toMatchObject({
      exitCode: 2,
      stdout: '',
    });
    expect((await cli(['caller', 'remove', 'gone', '--yes'])).exitCode).toBe(0);
    expect((await cli(['connection', 'list'], { env: { PCBRIDGE_KEY: added.stdout } })).exitCode).toBe(3);
  });
});

describe('pcbridge apply, on a running bridge', () => {
  const YAML = `connections:
  applied:
    provider: purecloud
    region: Oregon
    clientId: an-id
    clientSecret: \${env:A_SECRET}
callers:
  applied-job:
    permissions: [read]
`;
  const CANARY = 'canary-1234-do-not-show';

  async function apply(text: string, args: readonly string[], options: CliOptions = {}) {
    const file = join(directory, 'bridge.yaml');
    await writeFile(file, text);
    return await cli(['apply', '-f', file, ...args], {
      ...options,
      env: { A_SECRET: CANARY, ...options.env },
    });
  }

  test('shows, asks, applies, gives the key once, and has nothing to do the second time', async () => {
    const shown = await apply(YAML, ['--dry-run']);
    expect(shown.stdout).toMatch(/^ {2}\+ connection applied$/m);
    expect(shown.stdout).toMatch(/^ {6}clientSecret: \[secret\]$/m);
    expect(shown.stdout).toMatch(/^2 to add\.$/m);
    expect(shown.stdout).toMatch(
      /Not in the file, and left as it is \(--prune removes it\): connection genesys/,
    );
    expect(await apply(YAML, [], { interactive: true, stdin: 'no\n' })).toMatchObject({
      exitCode: 0,
      stdout: '',
    });
    expect(await apply(YAML, [])).toMatchObject({ exitCode: 2, stdout: '' });
    const applied = await apply(YAML, [], { interactive: true, stdin: 'y\n' });
    expect(applied).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^applied-job pcb_[\w-]{49}$/),
    });
    expect(await apply(YAML, ['--yes'])).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: expect.stringMatching(/^Nothing to change/),
    });
    const changed = await apply(`${YAML}`.replace('an-id', 'another'), ['--dry-run', '--json']);
    expect(json(changed)).toMatchObject({
      dryRun: true,
      changes: [{ name: 'applied', fields: [{ field: 'clientId', before: 'an-id', after: 'another' }] }],
    });
    for (const { stdout, stderr } of [shown, applied, changed]) expect(stdout + stderr).not.toContain(CANARY);
  });

  test('says of regions that a bridge has to start with them', async () => {
    const regions = 'regions:\n  xx_example_1: { domain: xx.pure.cloud }\n';
    expect(await apply(regions, ['--dry-run'])).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/^Regions of the file are known only to a bridge that starts with it/),
    });
  });

  test('names the line of what only the bridge can find wrong, and changes nothing', async () => {
    const refused = await apply(
      `connections:\n  nothing-stored:\n    provider: purecloud\n    region: usw2\n    clientId: x\n`,
      ['--yes'],
    );
    expect(refused).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(
        /bridge\.yaml:2:3 {2}connections\.nothing-stored\.clientSecret is required/,
      ),
    });
  });

  test('takes back what "config show" prints, and changes nothing by it', async () => {
    const { stdout } = await cli(['config', 'show']);
    expect(stdout).toMatch(/^ {2}genesys:$/m);
    expect(json(await apply(stdout, ['--json', '--prune', '--dry-run']))).toMatchObject({ changes: [] });
    expect(
      json(await apply((await cli(['config', 'show', '--json'])).stdout, ['--json', '--dry-run'])),
    ).toMatchObject({ changes: [] });
  });

  test('takes back a proxy whose password is masked, where one is stored for it', async () => {
    const proxy = { PCBRIDGE_PROXY_URI: 'http://user:canary@127.0.0.1:3128' };
    await cli(['connection', 'put', 'refused'], { env: proxy });
    const { stdout } = await cli(['config', 'show']);
    expect(stdout).toContain('user:***@');
    expect(json(await apply(stdout, ['--json', '--dry-run']))).toMatchObject({ changes: [] });
    const other = await apply(stdout.replace('***@127.0.0.1', '***@127.0.0.2'), ['--dry-run']);
    expect(other).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('none is stored for this address'),
    });
    await cli(['connection', 'put', 'refused', '--proxy-uri', '']);
  });

  test('removes what the file does not hold where it is told to', async () => {
    await apply(YAML, ['--yes']);
    const { stdout } = await cli(['config', 'show', '--json']);
    const file = JSON.parse(stdout) as { connections: Record<string, unknown> };
    delete file.connections.applied;
    const pruned = await apply(JSON.stringify(file), ['--yes', '--prune', '--json']);
    expect(json(pruned)).toMatchObject({
      changes: [{ action: 'remove', kind: 'connection', name: 'applied' }],
    });
    expect((await cli(['connection', 'show', 'applied'])).exitCode).toBe(2);
  });
});

describe('pcbridge status', () => {
  test('shows every connection, and what needs a person', async () => {
    await cli(['token', 'genesys']);
    await cli(['token', 'refused']);
    const { stdout } = await cli(['status']);
    expect(stdout).toMatch(/^genesys +Healthy +purecloud +for \d+ s +\d+$/m);
    expect(stdout).toMatch(/^refused +Action needed/m);
    expect(stdout).toMatch(/^refused: .+\n +Try: /m);
    expect(json(await cli(['status', '--json']))).toMatchObject({
      connections: [{ name: 'genesys' }, { name: 'refused' }],
    });
  });

  test('watches until it is stopped, one line of JSON each time', async () => {
    const lines: string[] = [];
    const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
    const data = (text: string) => void (lines.push(text) === 3 && stop());
    const terminal = { ...QUIET, interactive: false, data };
    const api = createBridgeApi({ url: bridge.url, key: new Secret(ADMIN_KEY) });
    await watchStatus(api, { json: true, intervalMs: 1 }, terminal, stopped);
    expect(lines).toHaveLength(3);
    expect(lines.map((line) => Object.keys(JSON.parse(line) as object))).toEqual(
      Array.from({ length: 3 }, () => ['bridge', 'connections', 'syncs', 'attention']),
    );
  });
});

describe('pcbridge status --watch', () => {
  test('goes on over a bridge that restarts, and says once that it is away', async () => {
    const [lines, said]: [string[], string[]] = [[], []];
    const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
    const data = (text: string) => void (lines.push(text) === 2 && stop());
    const terminal = { ...QUIET, interactive: false, data, say: (text: string) => said.push(text) };
    const there = createBridgeApi({ url: bridge.url, key: new Secret(ADMIN_KEY) });
    const away = createBridgeApi({ url: 'http://127.0.0.1:9' });
    let asked = 0;
    const ask: BridgeApi['ask'] = (...given) => {
      asked += 1;
      return ([2, 3].includes(asked) ? away : there).ask(...given);
    };
    await watchStatus({ ...there, ask }, { json: true, intervalMs: 1 }, terminal, stopped);
    expect({ asked, lines: lines.length }).toEqual({ asked: 4, lines: 2 });
    expect(said).toEqual([expect.stringMatching(/^No bridge answers at .*asked again/)]);
    await expect(watchStatus(away, { intervalMs: 1 }, terminal, stopped)).rejects.toMatchObject({
      exitCode: 5,
    });
  });
});

describe('pcbridge status --watch on a screen', () => {
  test('clears it once, and then draws over what is there', async () => {
    const screens: string[] = [];
    const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
    const data = (text: string) => void (screens.push(text) === 2 && stop());
    const terminal = { ...QUIET, interactive: true, dataIsSeen: true, data };
    const api = createBridgeApi({ url: bridge.url, key: new Secret(ADMIN_KEY) });
    await watchStatus(api, { intervalMs: 1 }, terminal, stopped);
    const [first, second] = screens.map((screen) => screen.replaceAll('\u001b', '^'));
    expect(first).toMatch(/^\^\[2J\^\[HBridge: [^]*\^\[K\n[^]*Ctrl\+C ends it\.\^\[K\^\[J$/);
    expect(second).toMatch(/^\^\[HBridge: /);
  });
});

test('a bridge that asks to wait is not ready, and is looked into all the same', async () => {
  const { status, title, remedy } = ERROR_CATALOGUE.unavailable;
  const problem = { title, detail: 'Not \u001bready.', code: 'unavailable', remedy, retryAfterSeconds: 7 };
  const busy = createServer((_request, response) => response.writeHead(status).end(JSON.stringify(problem)));
  await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve));
  const env = { PCBRIDGE_URL: `http://127.0.0.1:${(busy.address() as AddressInfo).port}` };
  expect(await cli(['status'], { env })).toMatchObject({
    exitCode: 5,
    stderr: expect.stringMatching(/Try: the same command again in 7 s$/),
  });
  const { checks } = json(await cli(['doctor', '--json'], { env })) as { checks: { name: string }[] };
  const sentence = 'Not ?ready. Try: the same command again in 7 s';
  expect(checks).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: 'bridge', outcome: 'failed', sentence }),
      expect.objectContaining({ name: 'bridgeKey', outcome: 'failed', sentence }),
    ]),
  );
  busy.close();
});

describe('exit codes', () => {
  const urlOf = (server: Server | SecureServer) =>
    `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  test.each<[string, number, string[], () => NodeJS.ProcessEnv, RegExp]>([
    ['no key', 2, ['connection', 'list'], () => ({ PCBRIDGE_KEY: undefined }), /Try: set PCBRIDGE_KEY/],
    ['an empty key', 2, ['connection', 'list'], () => ({ PCBRIDGE_KEY: '' }), /Try: set PCBRIDGE_KEY/],
    [
      'an address that is none',
      2,
      ['status'],
      () => ({ PCBRIDGE_URL: 'bridge.example' }),
      /PCBRIDGE_URL must be http/,
    ],
    [
      'a token endpoint where the bridge belongs',
      2,
      [
        ...['connection', 'put', 'x', '--provider', 'salesforce', '--client-id', 'a'],
        ...[
          '--url',
          'https://x.my.salesforce.com/services/oauth2/token',
          '--client-secret-from',
          'env:SECRET',
        ],
      ],
      () => ({ SECRET: 'b' }),
      /--url is the address of the bridge[^]*Try: .*--token-url/,
    ],
    [
      'a connection that is not there',
      2,
      ['connection', 'show', 'nobody'],
      () => ({}),
      /There is no connection "nobody"/,
    ],
    [
      'settings that are wrong',
      2,
      ['connection', 'put', 'genesys', '--timeout-seconds', '999'],
      () => ({}),
      /timeoutSeconds must be a whole number[^]*\nTry: correct what is named above/,
    ],
    [
      'a caller that may do nothing',
      2,
      ['caller', 'add', 'nothing', '--permission', ' '],
      () => ({}),
      /--permission names no permission/,
    ],
    ['an option that is none', 2, ['connection', 'list', '--nothing'], () => ({}), /unknown option/],
    [
      'a secret as an argument',
      2,
      ['connection', 'put', 'x', '--client-secret', 'y'],
      () => ({}),
      /--client-secret-from/,
    ],
    [
      'a key that is not known',
      3,
      ['connection', 'list'],
      () => ({ PCBRIDGE_KEY: 'not-a-key-of-anyone-at-all' }),
      /Try: Set PCBRIDGE_KEY/,
    ],
    ['a credential that is refused', 3, ['token', 'refused'], () => ({}), /Try: /],
    [
      'a permission that is missing',
      4,
      ['caller', 'list'],
      () => ({ PCBRIDGE_KEY: readerKey }),
      /needs the permission admin/,
    ],
    [
      'no bridge',
      5,
      ['connection', 'list'],
      () => ({ PCBRIDGE_URL: 'http://127.0.0.1:9' }),
      /No bridge answers at http:\/\/127\.0\.0\.1:9 \(ECONNREFUSED\)/,
    ],
    [
      'a bridge that speaks no TLS',
      5,
      ['connection', 'list'],
      () => ({ PCBRIDGE_URL: bridge.url.replace('http:', 'https:') }),
      /Try: write http:\/\//,
    ],
    [
      'a bridge that speaks TLS',
      5,
      ['connection', 'list'],
      () => ({ PCBRIDGE_URL: urlOf(secure) }),
      /Try: write https:\/\//,
    ],
    [
      'a page in the place of rows',
      5,
      ['run', 'rows', '7c1f0d3e-0000-4000-8000-000000000001', '--csv'],
      () => ({ PCBRIDGE_URL: urlOf(portal) }),
      /HTTP 200, and not as/,
    ],
    [
      'something that is no bridge',
      5,
      ['connection', 'list'],
      () => ({ PCBRIDGE_URL: urlOf(foreign) }),
      /HTTP 418, and not as/,
    ],
  ])('tell %s with %i', async (_what, exitCode, args, env, says) => {
    const result = await cli(args, { env: env() });
    expect(result).toMatchObject({ exitCode, stdout: '', stderr: expect.stringMatching(says) });
  });
});

test.each([
  [['connection', 'test', 'nope'], 'connection', 'nope'],
  [['connection', 'reset', 'nope'], 'connection', 'nope'],
  [['token', 'nope'], 'connection', 'nope'],
  [['caller', 'rotate', 'nope'], 'caller', 'nope'],
  [['run', 'show', '7c1f0d3e-0000-4000-8000-000000000001'], 'run', '7c1f0d3e-0000-4000-8000-000000000001'],
])('%j names what is not there, and the command that lists what is', async (args, kind, name) => {
  const { exitCode, stderr } = await cli(args);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 2,
    stderr: expect.stringMatching(new RegExp(`"${name}"[^]*\nTry: pcbridge ${kind} list$`)),
  });
});

test.each(['/v1', '/?x=1', '/#x', '?'])(
  'an address of the bridge with "%s" behind it is refused',
  async (behind) => {
    expect(await cli(['status'], { env: { PCBRIDGE_URL: `${bridge.url}${behind}` } })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/PCBRIDGE_URL must be .* no path or query/),
    });
  },
);

test('blanks around the address of the bridge do no harm', async () => {
  expect((await cli(['status'], { env: { PCBRIDGE_URL: ` ${bridge.url}/ ` } })).exitCode).toBe(0);
});

test.each([
  ['no key', 2, () => ''],
  ['a key that may not look at connections', 4, () => callerKey],
  ['a key of nobody', 3, () => 'not-a-key-of-anyone-at-all'],
])('pcbridge doctor ends with %s as any command does: %i', async (_what, exitCode, key) => {
  expect((await cli(['doctor'], { env: { PCBRIDGE_KEY: key() } })).exitCode).toBe(exitCode);
});

test('nothing that was printed holds a secret of a connection or the key of the caller', () => {
  expect(printed.length).toBeGreaterThan(40);
  for (const { stdout, stderr } of printed) {
    for (const secret of [DEMO_PURECLOUD_CLIENT.secret, ADMIN_KEY])
      expect(stdout + stderr).not.toContain(secret);
  }
});
