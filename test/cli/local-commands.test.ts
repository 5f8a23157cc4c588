/** Commands that need no running bridge: on the store itself, on files, and the process from outside. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { loadConfig } from '../../server/config.ts';
import { startBridge, type RunningBridge } from '../../server/main.ts';
import { ADMIN_KEY, testEnvironment } from '../support/bridge.ts';
import { childEnvironment } from '../support/child-environment.ts';
import { runCli } from '../support/cli.ts';
import { embeddedDataDirectory, temporaryDirectory } from '../support/databases.ts';

const CANARY = 'canary-7777-do-not-show';
const LAUNCHER = join(import.meta.dirname, '../../server/cli/pcbridge.js');
const YAML = `connections:
  genesys:
    provider: purecloud
    region: usw2
    clientId: an-id
    clientSecret: \${file:secret.txt}
callers:
  job:
    permissions: ['token:genesys']
`;

let directory: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
  await writeFile(join(directory, 'secret.txt'), CANARY);
  await writeFile(join(directory, 'bridge.yaml'), YAML);
});
afterEach(() => rm(directory, { recursive: true }));

describe('pcbridge apply, on the store itself', () => {
  let dataDir: string;
  let bridge: RunningBridge | undefined;
  beforeEach(async () => {
    dataDir = await embeddedDataDirectory();
  });
  afterEach(async () => {
    await bridge?.stop();
    bridge = undefined;
    await rm(dataDir, { recursive: true });
  });

  test('applies as a process of its own, and a bridge that starts then has it all', async () => {
    const env = childEnvironment(testEnvironment(dataDir, { BRIDGE_CONFIG: join(directory, 'bridge.yaml') }));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [LAUNCHER, 'apply', '--yes'], {
      env,
    });
    expect(stdout).toMatch(/^job pcb_[\w-]{49}\n$/);
    expect(stderr).toMatch(/^ {2}\+ connection genesys$/m);
    expect(stdout + stderr).not.toContain(CANARY);
    bridge = await startBridge(loadConfig(env), { handleSignals: false });
    const job = { PCBRIDGE_URL: bridge.url, PCBRIDGE_KEY: stdout.trim().split(' ')[1] };
    // Found and not allowed to look at: the key works.
    expect((await runCli(['caller', 'list'], { env: job })).exitCode).toBe(4);
    const activity = await fetch(`${bridge.url}/v1/activity`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    });
    expect(JSON.parse(await activity.text())).toMatchObject({
      entries: [
        { caller: 'pcbridge apply', summary: 'caller job add, by configuration' },
        { connection: 'genesys' },
      ],
    });
    const admin = { PCBRIDGE_URL: bridge.url, PCBRIDGE_KEY: ADMIN_KEY };
    const again = await runCli(['apply', '-f', join(directory, 'bridge.yaml'), '--json'], { env: admin });
    expect(JSON.parse(again.stdout)).toMatchObject({ changes: [], unchanged: 2 });
  });

  test('makes no store to say what it would change in one', async () => {
    const nowhere = join(directory, 'nowhere');
    await mkdir(nowhere);
    const args = ['apply', '-f', join(directory, 'bridge.yaml'), '--dry-run'];
    expect(await runCli(args, { env: testEnvironment(nowhere) })).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(/^Error: No bridge has a database in .*nowhere/),
    });
    expect(await readdir(nowhere)).toEqual([]);
  });

  test('makes the store of a first set-up, and says where', async () => {
    const fresh = join(directory, 'fresh');
    await mkdir(fresh);
    const { BRIDGE_ADMIN_KEY: _key, ...env } = testEnvironment(fresh);
    const { exitCode, stderr } = await runCli(['apply', '-f', join(directory, 'bridge.yaml'), '--yes'], {
      env,
    });
    expect(exitCode).toBe(0);
    expect(stderr).toContain(`Works on the store in ${fresh}; no running bridge is asked.`);
    expect(stderr).toMatch(/API key of the caller admin[^]*Applied: 2 changed/);
  });

  test('asks the bridge of this machine where a key is given, as other commands do, and says otherwise which store it works on', async () => {
    bridge = await startBridge(loadConfig(testEnvironment(dataDir)), { handleSignals: false });
    const args = ['apply', '-f', join(directory, 'bridge.yaml'), '--dry-run'];
    const env = { PORT: new URL(bridge.url).port, PCBRIDGE_KEY: ADMIN_KEY };
    expect(await runCli(args, { env })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^ {2}\+ connection genesys$/m),
    });
    await bridge.stop();
    const { exitCode, stderr } = await runCli(args, { env: testEnvironment(dataDir) });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: `Works on the store in ${dataDir}; no running bridge is asked.`,
    });
  });

  test('says that a running bridge holds the store, and how to reach that', async () => {
    bridge = await startBridge(loadConfig(testEnvironment(dataDir)), { handleSignals: false });
    const result = await runCli(['apply', '-f', join(directory, 'bridge.yaml')], {
      env: testEnvironment(dataDir),
    });
    expect(result).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(/A running bridge holds the store.*in use by process \d+.*Try: .*--url/s),
    });
  });
});

describe('a file that is wrong', () => {
  test.each<[string, string, RegExp]>([
    ['apply', 'apply', /bridge\.yaml:2:3 {2}connections\.x\.provider must be one of/],
    ['config validate', 'config validate', /bridge\.yaml:2:3 {2}connections\.x\.provider must be one of/],
  ])('ends %s with 2 and touches nothing', async (_what, command, says) => {
    await writeFile(
      join(directory, 'bridge.yaml'),
      'connections:\n  x: { provider: nobody }\n'.replace('{ provider: nobody }', '{}'),
    );
    const dataDir = join(directory, 'data');
    const result = await runCli([...command.split(' '), '-f', join(directory, 'bridge.yaml')], {
      env: testEnvironment(dataDir),
    });
    expect(result).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(says) });
    expect(await readdir(directory)).not.toContain('data');
  });

  test('keeps a bridge from starting, before it opens anything', async () => {
    await writeFile(join(directory, 'bridge.yaml'), 'conections: {}\n');
    const dataDir = join(directory, 'data');
    const env = testEnvironment(dataDir, { BRIDGE_CONFIG: join(directory, 'bridge.yaml') });
    const result = await runCli(['serve'], { env });
    expect(result).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/:1:1 {2}conections is not known; did you mean "connections"\?/),
    });
    expect(await readdir(directory)).not.toContain('data');
  });

  test('is named where it is missing', async () => {
    expect(await runCli(['apply'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('pcbridge init'),
    });
    expect(await runCli(['apply', '-f', join(directory, 'no.yaml')])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('the file that --file names cannot be read (ENOENT)'),
    });
    const env = testEnvironment(join(directory, 'data'), { BRIDGE_CONFIG: join(directory, 'no.yaml') });
    expect(await runCli(['serve'], { env })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('the file that BRIDGE_CONFIG names cannot be read (ENOENT)'),
    });
  });
});

test('a key file that holds no key keeps a bridge from starting, with 2', async () => {
  await writeFile(join(directory, 'secret-key'), 'rubbish');
  expect(await runCli(['serve'], { env: testEnvironment(directory) })).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/secret-key does not hold a key\.\nTry: Put the right file back/),
  });
});

describe('pcbridge init', () => {
  test('writes what was asked for by options, and no second time without --force', async () => {
    const target = join(directory, 'new');
    await mkdir(target);
    const args = ['init', '--directory', target, '--region', 'Frankfurt', '--name', 'genesys'];
    const written = await runCli(args);
    expect(written.stdout.split('\n')).toEqual(
      ['bridge.yaml', '.env.example', 'bridge.schema.json'].map((name) => join(target, name)),
    );
    expect(await readFile(join(target, 'bridge.yaml'), 'utf8')).toMatch(
      /^ {2}genesys:\n {4}provider: purecloud\n {4}region: eu_central_1$/m,
    );
    expect(await runCli(args)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--force') });
    expect((await runCli([...args, '--force'])).exitCode).toBe(0);
  });

  test('asks a person, and asks again where the answer is no region', async () => {
    const answers = ['us_wset_2', 'us_west_2', '', 'acme.my.salesforce.com', 'jwt', 'org'];
    const asked = await runCli(['init', '--directory', directory, '--force'], {
      interactive: true,
      stdin: `${answers.join('\n')}\n`,
    });
    expect(asked).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/"us_wset_2" is no region of PureCloud; us_west_2/),
    });
    const written = await readFile(join(directory, 'bridge.yaml'), 'utf8');
    for (const part of [
      'region: us_west_2',
      '  purecloud:',
      '  org:',
      'audience: https://acme.my.salesforce.com',
    ])
      expect(written).toContain(part);
  });

  test('writes nothing where the person has gone in the middle of the questions', async () => {
    const target = join(directory, 'left');
    await mkdir(target);
    const asked = { interactive: true, stdin: 'us_west_2\n' };
    expect(await runCli(['init', '--directory', target], asked)).toMatchObject({
      exitCode: 130,
      stdout: '',
      stderr: expect.stringContaining('nothing was written'),
    });
    expect(await readdir(target)).toEqual([]);
  });

  test('says what to do where it cannot write', async () => {
    expect(await runCli(['init', '--directory', join(directory, 'none')])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/bridge\.yaml cannot be written \(ENOENT\)\.\nTry: .*--directory/),
    });
  });

  test('names a command that starts the bridge with what it wrote', async () => {
    const { stderr } = await runCli(['init', '--directory', directory, '--force']);
    const [, launcher] = /node --env-file=\.env (\S+) serve$/.exec(stderr)!;
    expect(resolve(directory, launcher!)).toBe(LAUNCHER);
  });

  test.each([
    [['--region', 'atlantis'], /"atlantis" is no region/],
    [['--name', 'Not A Name'], /"Not A Name" is no name/],
    [['--salesforce-url', 'nowhere'], /"nowhere" is no My Domain address/],
  ])('refuses %j without a person to ask', async (args, says) => {
    expect(await runCli(['init', '--directory', directory, ...args])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(says),
    });
  });
});

describe('pcbridge doctor', () => {
  let sandbox: RunningSandbox;
  beforeAll(async () => {
    sandbox = await startSandbox();
  });
  afterAll(() => sandbox.close());

  async function doctor(env: NodeJS.ProcessEnv) {
    const result = await runCli(['doctor', '--json'], {
      env: { PCBRIDGE_URL: 'http://127.0.0.1:9', PCBRIDGE_KEY: CANARY, ...env },
    });
    const { checks } = JSON.parse(result.stdout) as {
      checks: { name: string; outcome: string; sentence?: string }[];
    };
    return { ...result, checks, outcomes: checks.map(({ name, outcome }) => `${name}: ${outcome}`) };
  }

  test('begins with what is wrong in the environment, and goes on as far as it can', async () => {
    const { exitCode, outcomes, checks } = await doctor({ PORT: 'eighty', BRIDGE_TLS_CERT: 'x' });
    expect(exitCode).toBe(2);
    expect(outcomes).toEqual(['configuration: failed', 'configuration: failed', 'bridge: failed']);
    expect(checks.at(-1)?.sentence).toMatch(/No bridge answers.*pcbridge serve/);
  });

  test('looks at the upstreams of the file, and says which cannot be reached', async () => {
    const url = sandbox.purecloud.tokenUrl;
    const connection = (address: string) =>
      `{ provider: other, url: "${address}", clientId: x, clientSecret: "\${file:secret.txt}" }`;
    await writeFile(
      join(directory, 'bridge.yaml'),
      `connections:\n  a: ${connection(url)}\n  b: ${connection('http://nowhere.invalid/token')}\n`,
    );
    const { exitCode, outcomes, stdout, stderr } = await doctor({
      BRIDGE_CONFIG: join(directory, 'bridge.yaml'),
    });
    expect(exitCode).toBe(5);
    expect(outcomes).toEqual([
      'configuration: ok',
      'configuration file: ok',
      'bridge: failed',
      'dns of 127.0.0.1: ok',
      expect.stringMatching(/^tls of 127\.0\.0\.1:\d+: notRun$/),
      'dns of nowhere.invalid: failed',
    ]);
    expect(stdout + stderr).not.toContain(CANARY);
  });

  test('says that the proxy is not there instead of looking past it', async () => {
    const { checks } = await doctor({
      BRIDGE_CONFIG: join(directory, 'bridge.yaml'),
      HTTPS_PROXY: 'http://u:canary-proxy@127.0.0.1:9',
    });
    expect(checks).toContainEqual(
      expect.objectContaining({
        name: 'proxy for login.usw2.pure.cloud',
        outcome: 'failed',
        sentence: expect.stringContaining('HTTPS_PROXY'),
      }),
    );
    expect(JSON.stringify(checks)).not.toContain('canary-proxy');
    expect(checks.some(({ name }) => name.startsWith('dns'))).toBe(false);
  });

  test('asks a running bridge for its connections, and it for its sign-ins', async () => {
    const dataDir = await embeddedDataDirectory();
    const bridge = await startBridge(loadConfig(testEnvironment(dataDir)), { handleSignals: false });
    try {
      const env = {
        ...testEnvironment(dataDir),
        PCBRIDGE_URL: bridge.url,
        PCBRIDGE_KEY: ADMIN_KEY,
        PCBRIDGE_CLIENT_SECRET: DEMO_PURECLOUD_CLIENT.secret,
      };
      await runCli(
        [
          'connection',
          'put',
          'genesys',
          '--provider',
          'purecloud',
          '--token-url',
          sandbox.purecloud.tokenUrl,
          '--client-id',
          DEMO_PURECLOUD_CLIENT.id,
        ],
        { env },
      );
      const { outcomes } = await doctor(env);
      expect(outcomes.slice(0, 5)).toEqual([
        'configuration: ok',
        'bridge: ok',
        'bridgeKey: ok',
        'dns of 127.0.0.1: ok',
        expect.stringContaining('tls of'),
      ]);
      expect(outcomes.some((outcome) => /^signIn of genesys: ok$/.test(outcome))).toBe(true);
      const bundle = join(directory, 'bundle.json');
      const told = { ...env, HTTPS_PROXY: 'http://u:canary-proxy@127.0.0.1:9', NO_PROXY: '*' };
      const saved = await runCli(['doctor', '--bundle', bundle], { env: told });
      expect(saved.stderr).toContain('Read it before you send it');
      const text = await readFile(bundle, 'utf8');
      expect(JSON.parse(text)).toMatchObject({
        environment: { BRIDGE_ADMIN_KEY: 'set', BRIDGE_CONFIG: 'not set', HOST: '127.0.0.1' },
        connections: [{ name: 'genesys', clientSecretSet: true }],
        status: { bridge: { status: 'Healthy' } },
      });
      for (const secret of [
        'canary-proxy',
        ADMIN_KEY,
        DEMO_PURECLOUD_CLIENT.secret,
        DEMO_PURECLOUD_CLIENT.id,
      ])
        expect(text).not.toContain(secret);
      expect((await stat(bundle)).mode & 0o777).toBe(0o600);
      expect((await runCli(['doctor', '--bundle', bundle], { env })).exitCode).toBe(2);
      const { exitCode, outcomes: refused } = await doctor({ ...env, PCBRIDGE_KEY: 'not-the-key-of-anyone' });
      expect([exitCode, refused[2]]).toEqual([3, 'bridgeKey: failed']);
    } finally {
      await bridge.stop();
      await rm(dataDir, { recursive: true });
    }
  });
});

describe('pcbridge completion', () => {
  test.each([
    ['pcbridge connection t', 'test'],
    ['pcbridge connection show genesys --js', '--json'],
    ['pcbridge app', 'apply'],
    ['pcbridge sync run spring-offer --det', '--detach'],
    ['pcbridge run r', 'rows'],
  ])('completes "%s" in bash', async (line, completed) => {
    const script = join(directory, 'completion.bash');
    await writeFile(script, (await runCli(['completion', 'bash'])).stdout);
    const words = line.split(' ');
    const ask = `source ${script}; COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _pcbridge; echo "\${COMPREPLY[@]}"`;
    const { stdout } = await promisify(execFile)('bash', ['-c', ask]);
    expect(stdout.trim().split(' ')).toContain(completed);
  });

  test('is for three shells', async () => {
    const fish = (await runCli(['completion', 'fish'])).stdout;
    expect(fish).toMatch(/-n '__pcbridge_at sync' -f -a plan -d '/);
    expect(fish).toMatch(/-n '__pcbridge_under run rows' -l outcome -r -d '/);
    expect((await runCli(['completion', 'zsh'])).stdout).toContain('bashcompinit');
    expect((await runCli(['completion', 'csh'])).exitCode).toBe(2);
  });
});
