import net from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { Agent, request } from 'undici';
import { isLoopback, startSandbox } from '../../sandbox/start-sandbox.ts';
import { loopbackCertificates } from '../support/misbehaving-certificates.ts';

describe('startSandbox', () => {
  test('serves both systems on loopback and frees the ports', async () => {
    const sandbox = await startSandbox();
    const { purecloud, salesforce, close } = sandbox;
    expect(purecloud.tokenUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/oauth\/token$/);
    for (const { url } of [purecloud, salesforce])
      expect((await fetch(`${url}/_sandbox/state`)).status).toBe(200);
    await close();
    await expect(fetch(purecloud.url)).rejects.toThrow();
  });

  test('closes while a request is waiting', async () => {
    const sandbox = await startSandbox();
    sandbox.purecloud.faults.switchOn({ kind: 'slow', delayMs: 600_000 });
    const waiting = expect(fetch(sandbox.purecloud.tokenUrl, { method: 'POST' })).rejects.toThrow();
    await untilTrue(() => sandbox.purecloud.state.counts.signIns === 1);
    await sandbox.close();
    await waiting;
  });

  test('speaks https with a certificate of yours, faults included', async () => {
    const { ca, server } = await loopbackCertificates();
    const sandbox = await startSandbox({ tls: server });
    const dispatcher = new Agent({ connect: { ca } });
    const ask = () => request(`${sandbox.purecloud.url}/api/v2/tokens/me`, { dispatcher });
    expect((await ask()).statusCode).toBe(401);
    sandbox.purecloud.faults.switchOn({ kind: 'resetBefore', times: 1 });
    await expect(ask()).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
    await dispatcher.destroy();
    await sandbox.close();
  });

  test.each(['0.0.0.0', '::', '192.0.2.1', 'example.com'])('refuses to listen on %s', async (host) => {
    await expect(startSandbox({ host })).rejects.toThrow('loopback only');
  });

  test.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost', '::ffff:127.0.0.1'])(
    'takes %s for loopback',
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );

  test('listens elsewhere when told so', async () => {
    const sandbox = await startSandbox({ host: '0.0.0.0', allowAnyHost: true });
    await sandbox.close();
    expect(sandbox.purecloud.url).toMatch(/^http:\/\/0\.0\.0\.0:/);
  });

  test('says that a port is taken', async () => {
    const taken = net.createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as net.AddressInfo;
    await expect(startSandbox({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await new Promise((resolve) => taken.close(resolve));
  });
});

async function untilTrue(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}
