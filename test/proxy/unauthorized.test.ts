/** An upstream 401 is a matter between the bridge and the upstream: token-brokers cases 16, 17 and 19. */
import { describe, expect, test } from '@jest/globals';
import { renewalWaitMs } from '../../server/proxy/repeat-rules.ts';
import { grantedToken, startProxy, type StartProxyOptions } from './support/start-proxy.ts';
import { startScriptedUpstream, type Script } from './support/scripted-upstream.ts';

const UNAUTHORIZED = {
  status: 401,
  headers: { 'Content-Type': 'application/json', 'WWW-Authenticate': 'Bearer' },
  body: '{"code":"bad.credentials","secretOfTheUpstream":true}',
};
const OK = { status: 200, body: 'ok' };

async function started(script: Script, options: StartProxyOptions = {}) {
  const upstream = await startScriptedUpstream(script);
  const proxy = await startProxy(upstream.url, options);
  const close = async () => {
    await proxy.close();
    await upstream.close();
  };
  return { upstream, proxy, close, call: (init?: RequestInit) => fetch(`${proxy.url}/proxy/crm/a`, init) };
}

describe('an upstream 401', () => {
  test('is answered with a new token and one repetition, of which the caller sees nothing', async () => {
    const { upstream, proxy, call, close } = await started(({ token }) =>
      token === 'token-2' ? OK : UNAUTHORIZED,
    );
    const answer = await call({ method: 'POST', body: 'the body' });
    expect([answer.status, await answer.text()]).toEqual([200, 'ok']);
    expect(upstream.calls.map(({ token, body }) => [token, body])).toEqual([
      ['token-1', 'the body'],
      ['token-2', 'the body'],
    ]);
    expect(proxy.grants()).toBe(2);
    await close();
  });

  test('that stays becomes 502 upstream_auth_failed, and neither its status nor its body reaches the caller', async () => {
    const { upstream, call, close } = await started(() => UNAUTHORIZED, {
      parts: { budgetMs: 900 }, // too little to wait for a token that may only be too new
    });
    const answer = await call();
    const text = await answer.text();
    expect(answer.status).toBe(502);
    expect(answer.headers.get('www-authenticate')).toBeNull();
    expect(JSON.parse(text)).toMatchObject({
      code: 'upstream_auth_failed',
      status: 502,
      exitPath: 'Failure',
    });
    expect(text).not.toContain('secretOfTheUpstream');
    expect(upstream.calls).toHaveLength(2);
    await close();
  });

  test('case 16: 200 calls whose token was replaced meanwhile are each repeated once, without another sign-in', async () => {
    const held: (() => void)[] = [];
    const { upstream, proxy, call, close } = await started((one, _number, response) => {
      if (one.token !== 'token-1') return OK;
      held.push(() => response.writeHead(401).end('no'));
      if (held.length === 200) void replaceToken().then(() => held.forEach((answer) => answer()));
      return undefined;
    });
    async function replaceToken() {
      await proxy.broker.reject('crm', 1);
      await proxy.broker.getToken('crm');
    }
    const answers = await Promise.all(Array.from({ length: 200 }, () => call()));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(proxy.grants()).toBe(2);
    expect(upstream.calls).toHaveLength(400);
    await close();
  });

  test('case 16: 200 calls that are refused at the same time share one sign-in', async () => {
    const held: (() => void)[] = [];
    const { upstream, proxy, call, close } = await started(({ token }, _number, response) => {
      if (token !== 'token-1') return OK;
      held.push(() => response.writeHead(401).end('no'));
      if (held.length === 200) held.forEach((answer) => answer());
      return undefined;
    });
    const answers = await Promise.all(Array.from({ length: 200 }, () => call()));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(proxy.grants()).toBe(2);
    expect(upstream.calls).toHaveLength(400);
    await close();
  });

  test('case 17: a new token that the upstream does not know yet is given time, and no one signs in again', async () => {
    let firstSeenMs: number | undefined;
    const { proxy, call, close } = await started(({ token }) => {
      if (token === 'token-1') return UNAUTHORIZED;
      firstSeenMs ??= performance.now();
      return performance.now() - firstSeenMs > 1_200 ? OK : UNAUTHORIZED;
    });
    expect((await call()).status).toBe(200);
    expect(proxy.grants()).toBe(2);
    await close();
  });

  test('case 19: a call with a body of more than 1 MiB is never sent twice', async () => {
    const { upstream, proxy, call, close } = await started(({ token }) =>
      token === 'token-2' ? OK : UNAUTHORIZED,
    );
    const body = Buffer.alloc(1024 * 1024 + 1, 'x');
    const answer = await call({ method: 'POST', body });
    expect(answer.status).toBe(502);
    expect(await answer.json()).toMatchObject({
      code: 'upstream_auth_failed',
      remedy: 'Send the call again.',
    });
    expect(upstream.calls).toHaveLength(1);
    expect((await call({ method: 'POST', body })).status).toBe(200);
    expect(proxy.grants()).toBe(2);
    await close();
  });

  test('case 19: a call with a body of exactly 1 MiB is', async () => {
    const { upstream, call, close } = await started(({ token }) => (token === 'token-2' ? OK : UNAUTHORIZED));
    const answer = await call({ method: 'POST', body: Buffer.alloc(1024 * 1024, 'x') });
    expect(answer.status).toBe(200);
    expect(upstream.calls.map(({ body }) => body.length)).toEqual([1024 * 1024, 1024 * 1024]);
    await close();
  });

  test('whose new token cannot be had ends as the sign-in ended', async () => {
    const { call, close } = await started(() => UNAUTHORIZED, {
      grant: (number) =>
        number === 1 ? grantedToken('token-1') : { kind: 'refusal', status: 400, error: 'invalid_client' },
    });
    const answer = await call();
    expect(answer.status).toBe(502);
    expect(await answer.json()).toMatchObject({ code: 'credential_rejected' });
    await close();
  });

  test('leaves the connection to the upstream usable', async () => {
    const sockets = new Set<unknown>();
    const { call, close } = await started(({ token }, _number, response) => {
      sockets.add(response.socket);
      return token === 'token-2' ? OK : { ...UNAUTHORIZED, body: 'x'.repeat(5_000) };
    });
    await call();
    expect(sockets.size).toBe(1);
    await close();
  });
});

describe('renewalWaitMs', () => {
  const fresh = {
    rejection: { invalidated: true },
    renewals: 0,
    patience: 0,
    tokenAgeMs: 60_000,
    timeLeftMs: 8_000,
  };
  const tooNew = { invalidated: false, retryAfterSeconds: 5 };
  test.each([
    ['repeats at once with a new token', fresh, 0],
    ['repeats at once where someone else renewed it', { ...fresh, rejection: { invalidated: false } }, 0],
    ['gives up on the second token', { ...fresh, renewals: 1 }, undefined],
    ['waits for a young token', { ...fresh, rejection: tooNew, tokenAgeMs: 100 }, 500],
    ['waits longer each time', { ...fresh, rejection: tooNew, tokenAgeMs: 100, patience: 2 }, 1_500],
    ['waits after a renewal too', { ...fresh, rejection: tooNew, tokenAgeMs: 100, renewals: 1 }, 500],
    ['gives up on a token of more than 5 s', { ...fresh, rejection: tooNew, tokenAgeMs: 5_001 }, undefined],
    [
      'gives up where the time does not suffice',
      { ...fresh, rejection: tooNew, tokenAgeMs: 100, timeLeftMs: 900 },
      undefined,
    ],
  ])('%s', (_name, answer, expected) => {
    expect(renewalWaitMs(answer)).toBe(expected);
  });
});
