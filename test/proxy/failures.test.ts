/** Where there is no answer to pass on, the bridge gives its own: contract §8. */
import { describe, expect, test } from '@jest/globals';
import { instanceBase } from '../../server/proxy/upstream-base.ts';
import { startForwardProxy } from '../support/forward-proxy.ts';
import { loopbackCertificates } from '../support/misbehaving-certificates.ts';
import { startMisbehaving, type MisbehavingKind } from '../support/misbehaving-server.ts';
import { grantedToken, startProxy, testConnection, type StartProxyOptions } from './support/start-proxy.ts';
import { rawExchange, startRawUpstream } from './support/raw-http.ts';
import { startScriptedUpstream } from './support/scripted-upstream.ts';

async function problemOf(upstreamUrl: string, options: StartProxyOptions = {}) {
  const proxy = await startProxy(upstreamUrl, options);
  const answer = await fetch(`${proxy.url}/proxy/crm/a?secret=1`, {
    headers: { Accept: 'text/html', 'X-Correlation-Id': 'c-1' },
  });
  const problem = (await answer.json()) as Record<string, unknown>;
  const { activity } = proxy;
  await proxy.close();
  return { answer, problem, activity };
}

describe('a call without an answer', () => {
  test.each<[MisbehavingKind, number, string]>([
    ['refused', 502, 'connection_failure'],
    ['resetOnConnect', 502, 'connection_failure'],
    ['resetBeforeAnswer', 502, 'connection_failure'],
    ['closeBeforeAnswer', 502, 'connection_failure'],
    ['resetInHeaders', 502, 'upstream_failure'],
    ['closeInHeaders', 502, 'upstream_failure'],
    ['silent', 504, 'upstream_timeout'],
    ['slowHeaders', 504, 'upstream_timeout'],
    ['badStatusLine', 502, 'upstream_failure'],
    ['badHeader', 502, 'upstream_failure'],
    ['bothLengths', 502, 'upstream_failure'],
    ['oversizedHeaders', 502, 'upstream_failure'],
    ['unsolicitedUpgrade', 502, 'upstream_failure'],
    ['garbage', 502, 'upstream_failure'],
    ['tlsAlert', 502, 'connection_failure'],
    ['tlsSpokenPlain', 502, 'connection_failure'],
    ['tlsSilent', 504, 'upstream_timeout'],
  ])('from an upstream that is %s is %i %s', async (kind, status, code) => {
    const upstream = await startMisbehaving(kind);
    // What ends by itself may take its time on a busy machine.
    const budgetMs = status === 504 ? 400 : 30_000;
    const { answer, problem, activity } = await problemOf(upstream.url, { parts: { budgetMs } });
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(problem).toMatchObject({ status, code, correlationId: 'c-1', contextId: 'c-1' });
    expect(problem.remedy).toMatch(/\w{4}/);
    expect(JSON.stringify(problem)).not.toContain(String(upstream.port));
    expect(activity).toMatchObject([
      { kind: 'proxiedCall', connection: 'crm', caller: 'tester', status, result: code, summary: 'GET /a' },
    ]);
    await upstream.close();
  });

  test.each<[string, string, 'stay' | 'end' | 'reset', number, string]>([
    ['says nothing more', 'Content-Length: 5', 'stay', 504, 'upstream_timeout'],
    ['closes', 'Content-Length: 5', 'end', 502, 'upstream_failure'],
    ['resets', 'Content-Length: 5', 'reset', 502, 'upstream_failure'],
    ['sends no chunk', 'Transfer-Encoding: chunked\r\n\r\nnonsense', 'stay', 502, 'upstream_failure'],
  ])(
    'from an upstream that %s after its head gets the error of the bridge',
    async (_name, more, ending, status, code) => {
      const upstream = await startRawUpstream((_head, socket) => {
        const head = `HTTP/1.1 200 OK\r\n${more}\r\n\r\n`;
        socket.write(head, () => {
          if (ending === 'end') socket.end();
          if (ending === 'reset') setImmediate(() => socket.resetAndDestroy());
        });
        return undefined;
      });
      const budgetMs = status === 504 ? 400 : 30_000;
      const { answer, problem, activity } = await problemOf(upstream.url, { parts: { budgetMs } });
      expect([answer.status, problem]).toMatchObject([status, { status, code }]);
      expect(activity).toMatchObject([{ status, result: code }]);
      await upstream.close();
    },
  );

  test('from an upstream of unknown certificate is 502, and passes where the connection forgives that', async () => {
    const { server } = await loopbackCertificates();
    const upstream = await startMisbehaving('answer', { tls: server, body: '{}' });
    expect((await problemOf(upstream.url)).problem).toMatchObject({ code: 'connection_failure' });
    const forgiving = { connection: { ignoreUnknownCertificateAuthority: true } };
    expect((await problemOf(upstream.url, forgiving)).answer.status).toBe(200);
    await upstream.close();
  });

  test('to a name that does not exist is 502 unknown_host', async () => {
    const resolve = () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }));
    const options = { egressAllow: '*.test', resolve };
    const { answer, problem } = await problemOf('https://nothing.test', options);
    expect([answer.status, problem]).toMatchObject([502, { code: 'unknown_host', exitPath: 'UnknownHost' }]);
    expect(JSON.stringify(problem)).not.toContain('nothing.test');
  });

  test.each([
    ['a host that is not allowed', 'http://127.0.0.1:1', 'api.example'],
    ['a port that is not allowed', 'http://127.0.0.1:1', '127.0.0.1:2'],
    ['a metadata service', 'http://169.254.169.254', '169.254.169.254.example,*.internal'],
    ['an IPv4 address in disguise', 'http://[::ffff:169.254.169.254]', '*.internal'],
    ['a NAT64 address', 'http://[64:ff9b::a9fe:a9fe]', '*.internal'],
  ])('to %s is 403 egress_denied', async (_name, url, egressAllow) => {
    const { answer, problem } = await problemOf(url, { egressAllow });
    expect([answer.status, problem]).toMatchObject([403, { code: 'egress_denied' }]);
  });

  test('to a name that leads to an address that is not allowed is 403 egress_denied', async () => {
    const resolve = () => Promise.resolve([{ address: '169.254.169.254', family: 4 as const }]);
    const { problem } = await problemOf('http://harmless.test', { egressAllow: '*.test', resolve });
    expect(problem).toMatchObject({ code: 'egress_denied' });
  });

  test('for want of a token ends as the sign-in ended', async () => {
    const { answer, problem } = await problemOf('http://127.0.0.1:1', {
      grant: () => ({ kind: 'refusal', status: 400, error: 'invalid_client' }),
    });
    expect([answer.status, problem]).toMatchObject([
      502,
      { code: 'credential_rejected', exitPath: 'Failure' },
    ]);
  });

  test('for want of a client certificate is 502 connection_failure', async () => {
    const { TransportError } = await import('../../server/transport/transport-error.ts');
    const missing = new TransportError('client_certificate_unusable', 'missing', { phase: 'prepare' });
    const { problem } = await problemOf('http://127.0.0.1:1', {
      connection: { clientCertificate: 'gone.pem' },
      parts: { clientCertificates: { load: () => Promise.reject(missing) } },
    });
    expect(problem).toMatchObject({ code: 'connection_failure', exitPath: 'ConnectionFailure' });
  });

  test('for want of an address of the API is 409, with what to set', async () => {
    const { answer, problem } = await problemOf('http://127.0.0.1:1', { connection: { apiUrl: undefined } });
    expect([answer.status, problem]).toMatchObject([409, { code: 'conflict' }]);
    expect(problem.remedy).toContain('apiUrl');
  });
});

describe('the instance of a Salesforce token', () => {
  const connection = testConnection({ provider: 'salesforce', url: 'https://login.example/token' });
  test.each([
    ['https://org.my.salesforce.com', 'https://org.my.salesforce.com/'],
    ['https://org.my.salesforce.com/services/', 'https://org.my.salesforce.com/'],
    ['http://org.my.salesforce.com', undefined],
    ['https://user@org.my.salesforce.com', undefined],
    ['ftp://org.my.salesforce.com', undefined],
    ['org.my.salesforce.com', undefined],
    [undefined, undefined],
  ])('%s is used as %s', (instanceUrl, expected) => {
    if (expected === undefined)
      expect(() => instanceBase(connection, instanceUrl)).toThrow('Nothing was sent');
    else expect(instanceBase(connection, instanceUrl).href).toBe(expected);
  });

  test('is where calls go, under the egress policy', async () => {
    const upstream = await startScriptedUpstream(() => ({ status: 200, body: 'ok' }));
    const options = (instanceUrl: string): StartProxyOptions => ({
      connection: { provider: 'salesforce', apiUrl: undefined },
      grant: () => grantedToken('token-1', { instanceUrl }),
    });
    const reached = await startProxy('', options(upstream.url));
    expect(await (await fetch(`${reached.url}/proxy/crm/services/data`)).text()).toBe('ok');
    expect(upstream.calls.map(({ url }) => url)).toEqual(['/services/data']);
    await reached.close();
    expect((await problemOf('', options('http://169.254.169.254'))).problem).toMatchObject({
      code: 'egress_denied',
    });
    await upstream.close();
  });
});

describe('a forward proxy', () => {
  test('is used for the calls of a connection as for its sign-in, and gets its own password and no other', async () => {
    const upstream = await startScriptedUpstream(() => ({ status: 200, body: 'ok' }));
    const forward = await startForwardProxy({ username: 'user', password: 'secret' });
    const proxy = await startProxy(upstream.url, { connection: { proxyUri: forward.url } });
    expect(await (await fetch(`${proxy.url}/proxy/crm/a%2Fb?x=%0a`)).text()).toBe('ok');
    expect(forward.seen.at(-1)).toMatchObject({
      method: 'GET',
      target: `${upstream.url}/a%2Fb?x=%0a`,
      username: 'user',
    });
    expect(upstream.calls.map(({ url }) => url)).toEqual(['/a%2Fb?x=%0a']);
    await proxy.close();
    await forward.close();
    await upstream.close();
  });

  test('that asks for a password is 502 connection_failure, and never 407', async () => {
    const upstream = await startScriptedUpstream(() => ({ status: 200, body: 'ok' }));
    const forward = await startForwardProxy({ username: 'user', password: 'secret' });
    const proxyUri = `http://${forward.host}:${forward.port}`;
    const { answer, problem } = await problemOf(upstream.url, { connection: { proxyUri } });
    expect([answer.status, problem]).toMatchObject([502, { code: 'connection_failure' }]);
    await forward.close();
    await upstream.close();
  });
});

describe('case 25: the token and the credentials of a connection', () => {
  const CANARY = 'canary-5f1b8a520f0e4b1d';
  test('are in no answer, log line or activity, whatever goes wrong', async () => {
    const written: unknown[] = [];
    const log = { info: note, warn: note, error: note };
    function note(...line: unknown[]) {
      written.push(line.map((part) => JSON.stringify(part, errorMembers)));
    }
    const upstreams = await Promise.all([
      startMisbehaving('refused'),
      startMisbehaving('resetInBody'),
      startMisbehaving('garbage'),
      startMisbehaving('answer', { status: 401, body: '{}' }),
      startMisbehaving('answer', { status: 500, body: '{}' }),
    ]);
    for (const { url } of upstreams) {
      const proxy = await startProxy(url, {
        connection: { clientSecret: CANARY },
        grant: () => grantedToken(`${CANARY}\ninvalid in a header`),
        parts: { log, budgetMs: 600 },
      });
      const valid = await startProxy(url, {
        connection: { clientSecret: CANARY },
        grant: () => grantedToken(CANARY),
        parts: { log, budgetMs: 600 },
      });
      for (const one of [proxy, valid]) {
        const text = await fetch(`${one.url}/proxy/crm/a`)
          .then(async (answer) => `${JSON.stringify([...answer.headers])}${await answer.text()}`)
          .catch(String);
        written.push(text, one.activity);
        await one.close();
      }
    }
    expect(JSON.stringify(written)).not.toContain(CANARY);
    await Promise.all(upstreams.map(({ close }) => close()));
  });

  /** Everything that an error holds, its hidden members and causes too. */
  function errorMembers(_key: string, value: unknown): unknown {
    if (!(value instanceof Error)) return value;
    return Object.fromEntries(
      Object.getOwnPropertyNames(value).map((name) => [
        name,
        (value as unknown as Record<string, unknown>)[name],
      ]),
    );
  }
});

test.each([
  ['Tr\xe8s bien', 'in Latin-1'],
  ['\xe2\x82\xac 5', 'in UTF-8'],
])('an answer whose reason phrase no header may carry (%j, %s) passes all the same', async (reason) => {
  const upstream = await startRawUpstream(() =>
    Buffer.from(`HTTP/1.1 200 ${reason}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok`, 'latin1'),
  );
  const proxy = await startProxy(upstream.url);
  const answer = await rawExchange(
    proxy.port,
    'GET /proxy/crm/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 .*\r\n/);
  expect(answer).toMatch(/\r\n\r\nok$/);
  await proxy.close();
  await upstream.close();
});

test('a caller that has gone before its call begins causes none', async () => {
  const upstream = await startScriptedUpstream(() => ({ status: 200 }));
  const letIn = Promise.withResolvers<void>();
  const proxy = await startProxy(upstream.url, {
    mount: (app) =>
      app.use((_request, response, next) => {
        response.once('close', () => setImmediate(next));
        letIn.resolve();
      }),
  });
  const leaving = new AbortController();
  const call = fetch(`${proxy.url}/proxy/crm/a`, { signal: leaving.signal }).catch(() => undefined);
  await letIn.promise;
  leaving.abort();
  await call;
  while (proxy.activity.length === 0) await new Promise(setImmediate);
  expect(proxy.activity).toMatchObject([{ status: 499, result: 'Failure' }]);
  expect(upstream.calls).toEqual([]);
  await proxy.close();
  await upstream.close();
});
