/** pcbridge request: where secrets come from, what is printed where, and how it ends. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import {
  DEMO_SALESFORCE_APP,
  DEMO_SALESFORCE_USER,
} from '../../sandbox/salesforce/create-salesforce-sandbox.ts';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';
import type { FaultInput } from '../../sandbox/faults.ts';
import { runCli, type CliOptions, type CliResult } from '../support/cli.ts';
import { startMisbehaving } from '../support/misbehaving-server.ts';

const { id, secret } = DEMO_PURECLOUD_CLIENT;
const { clientId, clientSecret } = DEMO_SALESFORCE_APP;
const { username, password, securityToken } = DEMO_SALESFORCE_USER;
const TOKEN = /^[\w-]{86}$/;

let directory: string;
let sandbox: RunningSandbox;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pcbridge-request-'));
  sandbox = await startSandbox();
});
beforeEach(() => {
  sandbox.purecloud.faults.switchOff();
});
afterAll(async () => {
  await sandbox.close();
  await rm(directory, { recursive: true, force: true });
});

const ENV = {
  BRIDGE_EGRESS_ALLOW: '127.0.0.1',
  BRIDGE_EGRESS_ALLOW_PRIVATE: 'true',
  PCBRIDGE_CLIENT_SECRET: secret,
};

function request(args: readonly string[], { env = {}, ...more }: CliOptions = {}): Promise<CliResult> {
  const base = ['request', '--url', sandbox.purecloud.tokenUrl, '--client-id', id];
  return runCli([...base, ...args], { ...more, env: { ...ENV, ...env } });
}

async function file(name: string, content: string): Promise<string> {
  await writeFile(join(directory, name), content);
  return `file:${join(directory, name)}`;
}

test('a blank grant is client credentials, as its help says', async () => {
  expect((await request(['--grant-type', ''])).exitCode).toBe(0);
});

describe('a secret comes', () => {
  test('from its own variable', async () => {
    expect((await request([])).exitCode).toBe(0);
  });

  test('from a file as editors and PowerShell write one, without their mark, and not from UTF-16', async () => {
    const marked = await file('marked', `\uFEFF${secret}\r\n`);
    expect((await request(['--client-secret-from', marked])).exitCode).toBe(0);
    const utf16 = join(directory, 'utf16');
    await writeFile(utf16, Buffer.from(`\uFEFF${secret}`, 'utf16le'));
    expect(await request(['--client-secret-from', `file:${utf16}`])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/UTF-16.*save the file as UTF-8/),
    });
  });

  test('from a variable that is named', async () => {
    const env = { MINE: secret, PCBRIDGE_CLIENT_SECRET: undefined };
    expect((await request(['--client-secret-from', 'env:MINE'], { env })).exitCode).toBe(0);
  });

  test.each(['', '\n', '\r\n'])('from a file that ends with %j', async (end) => {
    expect((await request(['--client-secret-from', await file('secret', secret + end)])).exitCode).toBe(0);
  });

  test.each(['stdin', '-'])('from standard input, called %s', async (name) => {
    expect((await request(['--client-secret-from', name], { stdin: `${secret}\n` })).exitCode).toBe(0);
  });

  test.each([
    ['an unset variable', 'env:NOT_SET', /clientSecret cannot be read: the variable NOT_SET is not set/],
    ['a missing file', 'file:/nowhere/secret', /cannot be read from \/nowhere\/secret \(ENOENT\)/],
    ['a prompt that nobody sees', 'prompt', /set PCBRIDGE_CLIENT_SECRET, or name a source/],
    ['itself', secret, /name one of env:NAME, file:PATH, stdin or prompt \(never the secret itself\)/],
  ])('not from %s', async (_what, from, says) => {
    const result = await request(['--client-secret-from', from]);
    expect(result).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(says) });
    expect(result.stderr).not.toContain(secret);
  });

  test.each([
    ['Ctrl+D', '\u0004'],
    ['Ctrl+D behind half a secret', 'half\u0004'],
    ['an input that ends', ''],
  ])('not from a prompt that is left by %s', async (_what, stdin) => {
    const result = await request(['--client-secret-from', 'prompt'], { stdin, interactive: true });
    expect(result).toMatchObject({ exitCode: 130, stdout: '', stderr: 'Stopped. Nothing was sent.' });
  });

  test.each([
    ['--client-secret', '--client-secret-from'],
    ['--password', '--password-from'],
    ['--private-key', '--private-key-from'],
    ['--secret', '--client-secret-from'],
  ])('never from an argument: %s names the safe way', async (option, safe) => {
    for (const args of [[option, 'the-value'], [`${option}=the-value`]]) {
      const result = await request(args);
      expect(result).toMatchObject({
        exitCode: 2,
        stdout: '',
        stderr: expect.stringContaining(`Try: ${safe}`),
      });
      expect(result.stderr).not.toContain('the-value');
    }
  });
});

describe('what is printed', () => {
  test('is for people on stderr, without the token', async () => {
    const { stdout, stderr } = await request([]);
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^Success · HTTP 200 · \d+ ms\n {2}bearer token of 86 characters, expires in 24 h$/,
    );
  });

  test('is the token alone with --token-only', async () => {
    expect((await request(['--token-only'])).stdout).toMatch(TOKEN);
  });

  test('is nothing on stdout with --token-only where there is no token', async () => {
    const result = await request(['--token-only'], { env: { PCBRIDGE_CLIENT_SECRET: 'wrong' } });
    expect(result).toMatchObject({ exitCode: 3, stdout: '' });
  });

  test('is the answer of the API with --json', async () => {
    const { exitCode, stdout } = await request(['--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      exitPath: 'Success',
      bearerAccessToken: expect.stringMatching(TOKEN),
      expiresInSeconds: 86_399,
      upstreamStatus: 200,
      correlationId: expect.any(String),
    });
  });

  test('is one of the two, not both', async () => {
    expect((await request(['--json', '--token-only'])).exitCode).toBe(2);
  });

  test('is a diagnosis with a remedy where there is no token', async () => {
    const { stderr } = await request([], { env: { PCBRIDGE_CLIENT_SECRET: 'wrong' } });
    expect(stderr).toMatch(/^Failure · HTTP 400/);
    expect(stderr).toMatch(/Most likely:\n {4}1\. /);
    expect(stderr).toMatch(/Try: \S/);
  });

  test('shows with --show-wire what is sent, and no secret of it', async () => {
    const result = await runCli(
      [
        ...['request', '--url', `${sandbox.salesforce.tokenUrl}?client_secret=in-the-query`],
        ...['--grant-type', 'password', '--credentials-in-body'],
        ...['--client-id', clientId, '--username', username, '--show-wire', '--password-from', 'stdin'],
      ],
      { env: { ...ENV, PCBRIDGE_CLIENT_SECRET: clientSecret }, stdin: password + securityToken },
    );
    expect(result.exitCode).toBe(0);
    expect(result.stderr).toContain('POST /services/oauth2/token?client_secret=•••••• HTTP/1.1');
    expect(result.stderr).toMatch(/grant_type=password&username=bridge%40sandbox\.example&password=••••••/);
    for (const hidden of [clientSecret, password, securityToken, 'in-the-query'])
      expect(result.stdout + result.stderr).not.toContain(hidden);
  });

  test('does not steer the terminal, whatever an upstream calls its token', async () => {
    const body = JSON.stringify({
      access_token: 'x',
      token_type: '\u001b[2Jevil\u009b',
      instance_url: 'https://\u0007',
    });
    const server = await startMisbehaving('answer', { body });
    const { stderr } = await runCli(['request', '--url', server.url, '--client-id', 'a'], { env: ENV });
    await server.close();
    expect(stderr).toMatch(/^Success/);
    expect(stderr.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});

describe('the exit code', () => {
  const fault = (input: FaultInput) => () => void sandbox.purecloud.faults.switchOn(input);
  const nothing = () => undefined;

  test.each<[string, number, () => void, string[], NodeJS.ProcessEnv]>([
    ['a token', 0, nothing, [], {}],
    ['an input that is wrong', 2, nothing, ['--timeout-seconds', '0'], {}],
    ['a number that is none', 2, nothing, ['--timeout-seconds', 'ten'], {}],
    ['a grant that is none', 2, nothing, ['--grant-type', 'implicit'], {}],
    [
      'a password grant without its user',
      2,
      nothing,
      ['--grant-type', 'password'],
      { PCBRIDGE_PASSWORD: 'x' },
    ],
    ['a configuration that is wrong', 2, nothing, [], { BRIDGE_EGRESS_ALLOW: 'https://x' }],
    ['a file of authorities that is missing', 2, nothing, [], { BRIDGE_CA_FILE: '/nowhere/ca.pem' }],
    ['a host that may not be called', 2, nothing, [], { BRIDGE_EGRESS_ALLOW: 'example.com' }],
    ['a secret that is refused', 3, nothing, [], { PCBRIDGE_CLIENT_SECRET: 'wrong' }],
    ['a permission that is missing', 4, fault({ kind: 'status', status: 403 }), [], {}],
    ['an answer that is no token', 5, fault({ kind: 'html', status: 200 }), [], {}],
    ['a connection that breaks', 5, fault({ kind: 'resetBefore' }), [], {}],
    ['a client certificate that is missing', 5, nothing, ['--client-certificate', 'no.pem'], {}],
    ['a limit that is reached', 8, fault({ kind: 'retryAfter', retryAfter: 7 }), [], {}],
  ])('of %s is %i', async (_what, exitCode, prepare, args, env) => {
    prepare();
    const result = await request(args, { env });
    expect(result).toMatchObject({ exitCode, stdout: '' });
    if (exitCode !== 0) expect(result.stderr).toMatch(/\S/);
    expect(result.stderr).not.toMatch(/LOG_LEVEL=debug|\bat .*\.ts:/); // nothing that nobody foresaw
  });
});

test('every input of the tool has an option', async () => {
  const { stdout, exitCode } = await runCli(['request', '--help']);
  expect(exitCode).toBe(0);
  for (const option of [
    ...['url', 'proxy-uri', 'client-id', 'client-secret-from', 'username', 'password-from', 'grant-type'],
    ...['credentials-in-body', 'content-type', 'timeout-seconds', 'client-certificate', 'private-key-from'],
    ...['ignore-unknown-certificate-authority', 'ignore-wrong-certificate-usage'],
    ...['ignore-certificate-name-mismatch', 'ignore-invalid-certificate-date', 'basic-encoding'],
  ]) {
    expect(stdout).toMatch(new RegExp(`--${option}\\b`));
  }
});
