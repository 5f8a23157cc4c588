import http from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { createGunzip } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FaultInput } from '../../sandbox/faults.ts';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { startSandbox } from '../../sandbox/start-sandbox.ts';
import type { RunningSandbox } from '../../sandbox/start-sandbox.ts';
import { rawBasic } from './post-form.ts';

const AUTHORIZATION = rawBasic(DEMO_PURECLOUD_CLIENT.id, DEMO_PURECLOUD_CLIENT.secret);

let sandbox: RunningSandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox.close());

interface Answer {
  status?: number;
  headers: IncomingHttpHeaders;
  body: string;
  errorCode?: string;
}

/** Signs in over a bare connection and reads at most `bytesMax` of the answer, then hangs up. */
function signIn(bytesMax = 1024 * 1024): Promise<Answer> {
  return new Promise((resolve) => {
    const answer: Answer = { headers: {}, body: '' };
    const request = http.request(sandbox.purecloud.tokenUrl, {
      method: 'POST',
      agent: false,
      headers: { Authorization: AUTHORIZATION, 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    const fail = (error: NodeJS.ErrnoException) =>
      resolve({ ...answer, errorCode: error.code ?? error.message });
    request.on('error', fail);
    request.on('response', (response) => {
      answer.headers = response.headers;
      if (response.statusCode !== undefined) answer.status = response.statusCode;
      response.on('error', fail);
      response.on('data', (chunk: Buffer) => {
        answer.body += chunk.toString('latin1');
        if (answer.body.length < bytesMax) return;
        resolve(answer);
        request.destroy();
      });
      response.on('end', () => resolve(answer));
    });
    request.end('grant_type=client_credentials');
  });
}

const token = (answer: Answer) => (JSON.parse(answer.body) as { access_token?: unknown }).access_token;
const callApi = (accessToken: unknown) =>
  fetch(`${sandbox.purecloud.url}/api/v2/tokens/me`, {
    headers: { Authorization: `Bearer ${String(accessToken)}` },
  });

const shows: [FaultInput, (answer: Answer) => void][] = [
  [
    { kind: 'status', status: 503, body: '{"busy":true}', headers: { 'X-Why': 'test' } },
    ({ status, body, headers }) =>
      expect({ status, body, why: headers['x-why'] }).toEqual({
        status: 503,
        body: '{"busy":true}',
        why: 'test',
      }),
  ],
  [
    { kind: 'retryAfter', retryAfter: 17 },
    ({ status, headers }) => expect([status, headers['retry-after']]).toEqual([429, '17']),
  ],
  [
    { kind: 'retryAfter', status: 503, retryAfter: 'Wed, 21 Oct 2026 07:28:00 GMT' },
    ({ status, headers }) =>
      expect([status, headers['retry-after']]).toEqual([503, 'Wed, 21 Oct 2026 07:28:00 GMT']),
  ],
  [
    { kind: 'html' },
    ({ headers, body }) => {
      expect(headers['content-type']).toMatch('text/html');
      expect(body).toMatch('<html>');
    },
  ],
  [{ kind: 'empty' }, ({ status, body }) => expect([status, body]).toEqual([200, ''])],
  [{ kind: 'truncatedJson' }, ({ body }) => expect(() => void JSON.parse(body)).toThrow(SyntaxError)],
  [{ kind: 'noToken' }, (answer) => expect([answer.status, token(answer)]).toEqual([200, undefined])],
  [
    { kind: 'redirect', location: 'https://elsewhere.example/' },
    ({ status, headers }) => expect([status, headers.location]).toEqual([302, 'https://elsewhere.example/']),
  ],
  [
    { kind: 'resetBefore' },
    ({ status, errorCode }) => expect([status, errorCode]).toEqual([undefined, 'ECONNRESET']),
  ],
  [
    { kind: 'resetDuring' },
    ({ status, body, errorCode }) => {
      expect([status, errorCode]).toEqual([200, 'ECONNRESET']);
      expect(body).toMatch('half-of-a-token');
    },
  ],
  [
    { kind: 'echoCredentials' },
    ({ body, headers }) => {
      expect(body).toContain(DEMO_PURECLOUD_CLIENT.secret);
      expect(headers['x-echo-authorization']).toBe(AUTHORIZATION);
    },
  ],
];

describe('sandbox faults', () => {
  test.each(shows)('shows %j once, then answers as before', async (fault, check) => {
    sandbox.purecloud.faults.switchOn({ ...fault, times: 1 } as FaultInput);
    check(await signIn());
    expect(sandbox.purecloud.faults.list()).toEqual([]);
    expect(token(await signIn())).toEqual(expect.any(String));
  });

  test('drips the answer byte by byte', async () => {
    sandbox.purecloud.faults.switchOn({ kind: 'byteASecond', intervalMs: 5 });
    expect((await signIn(3)).body).toBe('{"a');
  });

  test('pours an answer without end and stops when nobody reads', async () => {
    sandbox.purecloud.faults.switchOn({ kind: 'hugeBody' });
    expect((await signIn(2 * 1024 * 1024)).body.length).toBeGreaterThanOrEqual(2 * 1024 * 1024);
  });

  test('packs a hundred megabytes into a thousandth of that', async () => {
    const bytes = 100 * 1024 * 1024;
    sandbox.purecloud.faults.switchOn({ kind: 'gzipBomb', bytes });
    const { body, headers } = await signIn();
    expect(headers['content-encoding']).toBe('gzip');
    expect(body.length).toBeLessThan(bytes / 500);
    let unpacked = 0;
    const gunzip = createGunzip().end(Buffer.from(body, 'latin1'));
    for await (const chunk of gunzip) unpacked += (chunk as Buffer).length;
    expect(unpacked).toBe(bytes);
  });

  test.each([['"3600"'], ['0'], ['-5'], ['null'], ['"abc"'], ['1099511627776']])(
    'puts %s into expires_in',
    async (json) => {
      sandbox.purecloud.faults.switchOn({ kind: 'expiresIn', value: JSON.parse(json) });
      expect((await signIn()).body).toContain(`"expires_in":${json}`);
    },
  );

  test('keeps a request waiting as long as it is told, and no longer for one that hangs up', async () => {
    sandbox.purecloud.faults.switchOn({ kind: 'slow', delayMs: 60, times: 1 });
    const startedAtMs = performance.now();
    expect((await signIn()).status).toBe(200);
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(55);
    sandbox.purecloud.faults.switchOn({ kind: 'slow', delayMs: 600_000 });
    const hangUp = new AbortController();
    const waiting = fetch(sandbox.purecloud.tokenUrl, { method: 'POST', signal: hangUp.signal });
    await untilTrue(() => sandbox.purecloud.state.counts.signIns === 2);
    hangUp.abort();
    await expect(waiting).rejects.toThrow();
  });

  test('skews the Date header', async () => {
    sandbox.purecloud.faults.switchOn({ kind: 'clockSkew', skewSeconds: -3600 });
    const skewMs = Date.parse((await signIn()).headers.date ?? '') - Date.now();
    expect(skewMs).toBeGreaterThan(-3_605_000);
    expect(skewMs).toBeLessThan(-3_595_000);
  });

  test('revokes all tokens at once and stays off', async () => {
    const accessToken = token(await signIn());
    expect((await callApi(accessToken)).status).toBe(200);
    expect(sandbox.purecloud.faults.switchOn({ kind: 'revokeAllTokens' })).toBeUndefined();
    expect((await callApi(accessToken)).status).toBe(401);
    expect(sandbox.purecloud.faults.list()).toEqual([]);
  });

  test('meets only the requests it is meant for', async () => {
    sandbox.purecloud.faults.switchOn({ kind: 'status', status: 503, target: 'api' });
    const accessToken = token(await signIn());
    expect(accessToken).toEqual(expect.any(String));
    expect((await callApi(accessToken)).status).toBe(503);
  });

  test('combines a fault that changes an answer with one that gives it', async () => {
    sandbox.purecloud.faults.switchOn({ kind: 'clockSkew', skewSeconds: 86_400 });
    sandbox.purecloud.faults.switchOn({ kind: 'status', status: 500 });
    const { status, headers } = await signIn();
    expect(status).toBe(500);
    expect(Date.parse(headers.date ?? '')).toBeGreaterThan(Date.now() + 80_000_000);
  });

  test('counts a sign-in that met a fault', async () => {
    sandbox.purecloud.faults.switchOn({ kind: 'resetBefore', times: 2 });
    await Promise.all([signIn(), signIn()]);
    expect(sandbox.purecloud.state.counts).toMatchObject({ signIns: 2, tokensIssued: 0 });
  });

  test('tells how many sign-ins were under way at once', async () => {
    await signIn();
    await signIn();
    expect(sandbox.purecloud.state.counts.signInsAtOnceMax).toBe(1);
    sandbox.purecloud.faults.switchOn({ kind: 'slow', delayMs: 600_000 });
    const hangUp = new AbortController();
    const { tokenUrl } = sandbox.purecloud;
    const waiting = Array.from({ length: 3 }, () =>
      fetch(tokenUrl, { method: 'POST', signal: hangUp.signal }),
    );
    await untilTrue(() => sandbox.purecloud.state.counts.signIns === 5);
    expect(sandbox.purecloud.state.counts.signInsAtOnceMax).toBe(3);
    hangUp.abort();
    await Promise.allSettled(waiting);
  });

  test('puts PureCloud’s correlation id on a broken answer too', async () => {
    sandbox.purecloud.faults.switchOn({ kind: 'html' });
    expect((await signIn()).headers['inin-correlation-id']).toBeDefined();
  });
});

describe('sandbox admin API', () => {
  const admin = (path: string, init: RequestInit = {}) =>
    fetch(`${sandbox.salesforce.url}/_sandbox${path}`, init);
  const switchOn = (fault: unknown) =>
    admin('/faults', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(fault),
    });

  test('switches faults on, shows them, and switches them off', async () => {
    const added = await switchOn({ kind: 'status', status: 418, times: 3 });
    expect(added.status).toBe(201);
    expect((await fetch(sandbox.salesforce.tokenUrl, { method: 'POST' })).status).toBe(418);
    const { faults } = (await (await admin('/state')).json()) as { faults: unknown };
    expect(faults).toEqual([
      expect.objectContaining({ kind: 'status', status: 418, times: 3, met: 1, target: 'all' }),
    ]);
    expect(await (await admin('/faults', { method: 'DELETE' })).json()).toEqual({ switchedOff: 1 });
    expect((await fetch(sandbox.salesforce.tokenUrl, { method: 'POST' })).status).toBe(400);
  });

  test('switches one fault off by its id', async () => {
    const { id } = (await (await switchOn({ kind: 'html' })).json()) as { id: number };
    await switchOn({ kind: 'empty' });
    expect((await admin(`/faults/${id}`, { method: 'DELETE' })).status).toBe(200);
    expect((await admin(`/faults/${id}`, { method: 'DELETE' })).status).toBe(404);
    expect(sandbox.salesforce.faults.list()).toMatchObject([{ kind: 'empty' }]);
  });

  test.each([
    [{ kind: 'banana' }, 'kind'],
    [{ kind: 'slow' }, 'delayMs'],
    [{ kind: 'html', times: 0 }, 'times'],
    [{}, 'kind'],
  ])('refuses %j and names the field', async (fault, field) => {
    const refused = await switchOn(fault);
    expect(refused.status).toBe(400);
    const { errors } = (await refused.json()) as { errors: unknown };
    expect(errors).toEqual([expect.objectContaining({ field })]);
  });

  test('is out of reach of its own faults', async () => {
    await switchOn({ kind: 'resetBefore' });
    expect((await admin('/state')).status).toBe(200);
  });

  test('shows no secret and no token', async () => {
    const accessToken = String(token(await signIn()));
    const shown = await (await fetch(`${sandbox.purecloud.url}/_sandbox/state`)).text();
    expect(shown).toContain('"tokensIssued":1');
    for (const secret of [accessToken, DEMO_PURECLOUD_CLIENT.secret]) expect(shown).not.toContain(secret);
    expect(await (await admin('/state')).text()).not.toContain('sandbox-password');
  });
});

async function untilTrue(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}
