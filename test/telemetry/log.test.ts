import { spawnSync } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { BridgeError } from '../../server/errors.ts';
import { Secret } from '../../server/secret.ts';
import { createLog, type LogOptions } from '../../server/telemetry/log.ts';
import { createRedactor } from '../../server/telemetry/redaction.ts';

const CANARY = 'hunter2/hunter2';

function capture(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const log = createLog({
    level: 'trace',
    destination: { write: (line) => void lines.push(line) },
    redactor: createRedactor([CANARY]),
    ...options,
  });
  return { log, lines, last: () => JSON.parse(lines.at(-1)!) as Record<string, unknown> };
}

describe('the log', () => {
  test('writes one line of JSON an event, with its base fields', () => {
    const { log, lines, last } = capture();
    log.info({ connection: 'x', durationMs: 3 }, 'token fetched');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
    expect(last()).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      service: 'purecloud-bridge',
      pid: process.pid,
      connection: 'x',
      durationMs: 3,
      msg: 'token fetched',
    });
  });

  test('carries the correlation id of a child in each of its lines', () => {
    const { log, last } = capture();
    log.child({ correlationId: 'c-1' }).warn('slow');
    expect(last()).toMatchObject({ correlationId: 'c-1', level: 'warn' });
  });

  test('writes nothing below its level', () => {
    const { log, lines } = capture({ level: 'warn' });
    log.info('quiet');
    expect(lines).toEqual([]);
  });

  test.each<[string, (log: ReturnType<typeof capture>['log']) => void]>([
    ['in the message', (log) => log.info(`x ${CANARY}`)],
    ['in an argument of the message', (log) => log.info('x %s %o', CANARY, { a: CANARY })],
    ['in a member', (log) => log.info({ a: { b: [CANARY] } }, 'x')],
    ['encoded in a member', (log) => log.info({ a: `p=${encodeURIComponent(CANARY)}` }, 'x')],
    ['in the name of a member', (log) => log.info({ [CANARY]: 1 }, 'x')],
    ['in a binding', (log) => log.child({ a: CANARY }).info('x')],
    ['in the message of an error', (log) => log.error(new Error(CANARY))],
    ['in the cause of an error', (log) => log.error({ err: new Error('x', { cause: new Error(CANARY) }) })],
    ['thrown as a cause that is no error', (log) => log.error(new Error('x', { cause: CANARY }))],
    ['in the code of an error', (log) => log.error(Object.assign(new Error('x'), { code: CANARY }))],
    [
      'in a URL',
      (log) => log.info({ url: new URL(`http://u:${encodeURIComponent(CANARY)}@h/?t=${CANARY}`) }, 'x'),
    ],
    ['in a Secret', (log) => log.info({ a: new Secret(CANARY), b: [new Secret(CANARY)] }, 'x')],
    ['in a buffer', (log) => log.info({ a: Buffer.from(CANARY) }, 'x')],
    ['in a map', (log) => log.info({ a: new Map([['a', CANARY]]) }, 'x')],
    ['in an error of another name', (log) => log.info({ reason: new TypeError(CANARY) }, 'x')],
    [
      'in an error among arguments',
      (log) => log.info('x %o', Object.assign(new Error('y'), { request: CANARY })),
    ],
  ])('never writes a secret that is %s', (_name, write) => {
    const { log, lines } = capture();
    write(log);
    expect(lines).toHaveLength(1);
    expect(() => JSON.parse(lines[0]!)).not.toThrow();
    expect(lines[0]).not.toMatch(/hunter2/);
  });

  test('tells of an error its name, code, message, stack and causes, and nothing else of it', () => {
    const { log, last } = capture();
    const inner = Object.assign(new Error('socket hang up'), {
      code: 'ECONNRESET',
      socket: { token: 'unplanted' },
    });
    const outer = Object.assign(new Error('request failed', { cause: inner }), {
      config: { headers: { Authorization: 'Bearer unplanted' } },
      request: { body: 'unplanted' },
      response: { data: 'unplanted' },
    });
    log.error({ err: outer }, 'failed');
    expect(last().err).toEqual({
      name: 'Error',
      message: 'request failed',
      stack: expect.stringContaining('log.test.ts'),
      cause: { name: 'Error', code: 'ECONNRESET', message: 'socket hang up', stack: expect.any(String) },
    });
    expect(JSON.stringify(last())).not.toContain('unplanted');
  });

  test('tells the code of an error of the bridge, and not its details', () => {
    const { log, last } = capture();
    log.error(new BridgeError('egress_denied', { detail: 'no', details: { addresses: ['10.0.0.1'] } }));
    expect(last().err).toMatchObject({ name: 'BridgeError', code: 'egress_denied', message: 'no' });
    expect(JSON.stringify(last())).not.toContain('10.0.0.1');
  });

  test('ends a circle of causes', () => {
    const { log, lines } = capture();
    const error = new Error('a');
    error.cause = error;
    log.error(error);
    expect(lines[0]!.match(/"cause"/g)).toHaveLength(8);
  });

  test.each([
    'password',
    'clientSecret',
    'client_secret',
    'Authorization',
    'set-cookie',
    'accessToken',
    'refresh_token',
    'token',
    'privateKey',
    'apiKey',
    'X-Api-Key',
  ])('masks a member named %s, whatever it holds', (name) => {
    const { log, lines, last } = capture();
    log.info({ deep: [{ [name]: 'unplanted' }], [name]: { a: 'unplanted' } }, 'x');
    expect(lines[0]).not.toContain('unplanted');
    expect(last()[name]).toBe('[secret]');
  });

  test('tells whether a secret is set', () => {
    const { log, last } = capture();
    log.info({ clientSecretSet: true, tokenType: 'Bearer', generation: 3 }, 'x');
    expect(last()).toMatchObject({ clientSecretSet: true, tokenType: 'Bearer', generation: 3 });
  });

  test('tells no more than the kind of what is no plain data', () => {
    class Request {
      headers = { authorization: 'unplanted' };
      method = 'GET';
      socket = {};
    }
    const { log, lines, last } = capture();
    log.info(new Request() as object, 'x');
    log.info(
      { request: new Request(), run: () => 1, big: 10n, when: new Date(0), bad: new Date(Number.NaN) },
      'x',
    );
    expect(lines.join('')).not.toContain('unplanted');
    expect(last()).toMatchObject({
      request: '[Request]',
      run: '[function]',
      big: '10',
      when: '1970-01-01T00:00:00.000Z',
      bad: null,
    });
  });

  test('ends what is deep, wide or circular', () => {
    const { log, lines } = capture();
    const circle: Record<string, unknown> = {
      list: Array.from({ length: 10_000 }, (_, i) => i),
      text: 'x'.repeat(100_000),
    };
    circle.self = circle;
    log.info({ circle }, 'x');
    expect(lines[0]!.length).toBeLessThan(100_000);
    expect(lines[0]).toContain('[deeper]');
  });

  test('withholds a line rather than write a broken one or a secret', () => {
    const { log, last } = capture({ redactor: createRedactor(['"a":"b","c"']) });
    log.info({ a: 'b', c: 'd' }, 'x');
    expect(last()).toMatchObject({ level: 'warn', msg: expect.stringContaining('withheld') });
  });

  test('knows credentials by their look without any being planted', () => {
    const { lines, log } = capture({ redactor: createRedactor([]) });
    log.info('sent Authorization: Bearer abc123 and grant_type=password&password=hunter2');
    expect(lines[0]).not.toMatch(/abc123|hunter2/);
  });
});

const FULL = '/dev/full';

(existsSync(FULL) ? test : test.skip)(
  'a log whose disk is full ends no process, and takes no memory for what it cannot write',
  () => {
    const module = import.meta.resolve('../../server/telemetry/log.ts');
    const script = `
    const { createLog } = await import(${JSON.stringify(module)});
    const log = createLog({ level: 'info' });
    const line = 'x'.repeat(10_000);
    for (let lines = 0; lines < 5_000; lines += 1) log.info(line);
    process.exitCode = process.memoryUsage().rss < 250e6 ? 3 : 4;`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', openSync(FULL, 'w'), 'pipe'],
      encoding: 'utf8',
    });
    expect({ status, stderr }).toMatchObject({ status: 3 });
  },
);
