/** The command line as a whole: help, versions, slips of the pen, and commands that need no bridge. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createProgram } from '../../server/cli/main.ts';
import { processTerminal } from '../../server/cli/terminal.ts';
import { CLIENT_AUTH, joinPem, makeAuthority } from '../support/certificates.ts';
import { runCli } from '../support/cli.ts';

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
  version: string;
};
const program = createProgram({ terminal: processTerminal(), finish: () => undefined });
const COMMANDS = program.commands.flatMap((command) => [
  [command.name()],
  ...command.commands.map((below) => [command.name(), below.name()]),
]);

describe('pcbridge', () => {
  test('tells its version', async () => {
    expect(await runCli(['--version'])).toMatchObject({ exitCode: 0, stdout: version, stderr: '' });
  });

  test('lists every command with what it does', async () => {
    const { exitCode, stdout } = await runCli(['--help']);
    expect(exitCode).toBe(0);
    for (const command of program.commands) {
      expect(command.description()).not.toBe('');
      expect(stdout).toMatch(new RegExp(`^ {2}${command.name()}\\b`, 'm'));
    }
  });

  test.each(COMMANDS.map((names) => [names.join(' '), names] as const))(
    'helps with %s',
    async (_name, names) => {
      const { exitCode, stdout, stderr } = await runCli([...names, '--help']);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).toMatch(new RegExp(`^Usage: pcbridge ${names.join(' ')}\\b`));
    },
  );

  test.each([
    [['reqest'], /Did you mean request\?/],
    [['request', '--client-idd', 'x'], /Did you mean --client-id\?/],
    [['certificate', 'lst'], /Did you mean list\?/],
    [['openapi', 'too', 'many'], /too many arguments/],
    [['explain'], /missing required argument/],
  ])('says what was probably meant by %j', async (args, says) => {
    expect(await runCli(args)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(says),
    });
  });
});

test('pcbridge serve says where a port is set', async () => {
  expect(await runCli(['serve', '--port', '9000'])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/no option --port.*\nTry: PORT=9000 pcbridge serve$/),
  });
});

test.each([
  [['connection', 'list', '--key=canary-1']],
  [['connection', 'put', 'x', '--security-token=canary-2']],
  [['connection', 'put', 'x', '--clientSecret=canary-3']],
  [['connection', 'put', 'x', "--client-secret-form=can'ary-4\nx"]],
  [['request', '--url', 'https://x.example', '--api-key', 'canary-5']],
  [['request', '-pcanary-6']],
])('repeats nothing of what stands behind an option that nobody knows: %j', async (args) => {
  const { exitCode, stdout, stderr } = await runCli(args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toMatch(/unknown option '--?[\w-]+'[^]*a secret in an argument is seen by every user/);
  expect(stderr).not.toMatch(/ary-/);
});

describe('pcbridge explain', () => {
  test('explains a code, however it is written', async () => {
    for (const code of ['credential_rejected', 'CREDENTIAL-REJECTED']) {
      const { exitCode, stdout } = await runCli(['explain', code]);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/\(credential_rejected\)[^]*Try: /);
    }
  });

  test('suggests the code that a misspelt one is near to', async () => {
    const { exitCode, stdout, stderr } = await runCli(['explain', 'credental_rejected']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toBe('There is no code "credental_rejected".\nTry: pcbridge explain credential_rejected');
  });

  test('knows the error of an upstream that is named alone', async () => {
    const { exitCode, stdout } = await runCli(['explain', 'invalid_client']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringContaining('Try: ') });
  });

  test.each([
    ['UnknownHost', /\(unknown_host\)/],
    ['Timeout', /\(upstream_timeout\)/],
    ['ConnectionFailure', /\(connection_failure\)/],
    ['Failure', /\(upstream_failure\)/],
  ])('knows the exit path %s', async (exitPath, says) => {
    const { exitCode, stdout } = await runCli(['explain', exitPath]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringMatching(says) });
    expect((await runCli(['explain', 'Success'])).exitCode).toBe(0);
  });

  test('points to pasting where nothing is near', async () => {
    expect((await runCli(['explain', 'qqqqqqqqqqqqqqqq'])).stderr).toMatch(/Try: pcbridge explain -/);
  });

  test('reads what was pasted, and shows no secret of it', async () => {
    const stdin = `curl https://login.mypurecloud.com/oauth/token -u my-id:my-very-secret -d grant_type=password\n\nHTTP/1.1 400 Bad Request\n\n{"error":"unauthorized_client","error_description":"client is not authorized to use the password grant type"}`;
    for (const args of [[], ['--json']]) {
      const { exitCode, stdout } = await runCli(['explain', '-', ...args], { stdin });
      expect(exitCode).toBe(0);
      expect(stdout).not.toContain('my-very-secret');
      expect(stdout).toMatch(/grant/);
    }
  });

  test('reads nothing at all without falling over', async () => {
    expect((await runCli(['explain', '-'], { stdin: '' })).exitCode).toBe(0);
  });
});

test('pcbridge openapi prints the document', async () => {
  const { exitCode, stdout } = await runCli(['openapi']);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ openapi: '3.0.3', info: { version } });
});

describe('pcbridge certificate', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pcbridge-commands-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  test('works on the directory of the configuration', async () => {
    const authority = await makeAuthority();
    const client = await authority.issue({ subject: 'client', extendedKeyUsage: [CLIENT_AUTH] });
    const file = join(directory, 'org.pem');
    await writeFile(file, joinPem(client.certPem, client.keyPem));
    const env = { BRIDGE_DATA_DIR: join(directory, 'data') };
    expect(await runCli(['certificate', 'add', file], { env })).toMatchObject({
      exitCode: 0,
      stdout: 'org.pem',
    });
    expect((await runCli(['certificate', 'list'], { env })).stdout).toMatch(
      /^org\.pem\n {2}subject +CN=client/,
    );
    expect((await runCli(['certificate', 'remove', 'org', '--yes'], { env })).exitCode).toBe(0);
  });

  test('ends with 2 where the directory is a file', async () => {
    const pem = join(directory, 'org.pem');
    const env = { BRIDGE_CERTIFICATES_DIR: pem };
    expect(await runCli(['certificate', 'add', pem], { env })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/Check BRIDGE_CERTIFICATES_DIR/),
    });
  });

  test('ends with 2 where the configuration is wrong', async () => {
    const result = await runCli(['certificate', 'list'], { env: { PORT: 'http' } });
    expect(result).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/PORT is "http", not a port/),
    });
  });
});

test.each(['0x50', '65535', '99999', 'http'])('pcbridge sandbox refuses the port %s', async (port) => {
  const { exitCode, stderr } = await runCli(['sandbox', '--port', port]);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/--port must be a whole number from 0 to 65534/);
});

describe('pcbridge serve ends with 2 and says why where', () => {
  test.each([
    ['several settings are wrong, each of them', { PORT: 'x', LOG_LEVEL: 'loud' }, /PORT[^]*LOG_LEVEL/],
    ['the file of authorities is missing', { BRIDGE_CA_FILE: '/nowhere.pem' }, /BRIDGE_CA_FILE .*ENOENT/],
    ['the file of authorities is none', { BRIDGE_CA_FILE: import.meta.filename }, /holds no certificate/],
    ['an entry of the allow list is wrong', { BRIDGE_EGRESS_ALLOW: 'a,,b:x' }, /BRIDGE_EGRESS_ALLOW/],
  ])('%s', async (_what, env, says) => {
    const { exitCode, stdout, stderr } = await runCli(['serve'], {
      env: { BRIDGE_DATA_DIR: '/nowhere', ...env },
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(says);
  });
});

test.each(['99999999', '604801', '-1', 'x'])(
  'an overlap of %s seconds is refused with the longest one',
  async (seconds) => {
    const refused = await runCli(['caller', 'rotate', 'job', `--overlap-seconds=${seconds}`]);
    expect(refused).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/a whole number of seconds from 0 to 604800, a week\./),
    });
  },
);
