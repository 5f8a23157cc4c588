import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { KeptBytes } from '../../server/proxy/kept-bytes.ts';
import { startProxy } from './support/start-proxy.ts';
import { startScriptedUpstream } from './support/scripted-upstream.ts';

const MIB = 1024 * 1024;

test('a caller may keep 64 MiB, and all of them together 256', () => {
  const calls = ['ann', 'bob', 'cem', 'dot'].map((caller) => {
    const kept = new KeptBytes(caller);
    expect(kept.add(64 * MIB)).toBeUndefined();
    expect(new KeptBytes(caller).add(1)).toMatchObject({
      code: 'rate_limited',
      options: { retryAfterSeconds: 1 },
    });
    return kept;
  });
  const late = new KeptBytes('eve');
  expect(late.add(1)).toMatchObject({ code: 'unavailable' });
  for (const kept of calls) kept.release();
  expect(late.add(64 * MIB)).toBeUndefined();
  late.release();
  late.release();
  expect(late.add(64 * MIB)).toBeUndefined();
  late.release();
});

/** All of a body but its last byte, so that the call stays where it is. */
function sendAlmost(port: number, bytes: number): Socket {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  socket.write(`POST /proxy/crm/a HTTP/1.1\r\nHost: bridge.test\r\nContent-Length: ${bytes}\r\n\r\n`);
  socket.write(Buffer.alloc(bytes - 1));
  return socket;
}

test('more bodies at once than a caller may have are refused, before anything of them is sent', async () => {
  const upstream = await startScriptedUpstream(() => ({ status: 200 }));
  const proxy = await startProxy(upstream.url);
  const sockets = Array.from({ length: 65 }, () => sendAlmost(proxy.port, MIB));
  const [answer] = (await Promise.race(sockets.map((socket) => once(socket, 'data')))) as [Buffer];
  expect(answer.toString('latin1')).toMatch(/^HTTP\/1\.1 429 /);
  expect(upstream.calls).toHaveLength(0);
  for (const socket of sockets) socket.destroy();
  await proxy.close();
  await upstream.close();
});
