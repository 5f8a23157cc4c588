/** A server on a port, asked to stop while someone is in the middle of coming in. */
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import express from 'express';
import { describe, expect, test } from '@jest/globals';
import { listen } from '../server/listen.ts';
import { makeSelfSigned } from './support/certificates.ts';

/** The handshake alone would be waited for as long. */
const STOP_MS_MAX = 9_000;

test('an idle connection is kept for longer than a balancer keeps it', async () => {
  const listener = await listen((_request, response) => void response.end(), '127.0.0.1', 0);
  const { headers } = await fetch(listener.url);
  const [, seconds] = /timeout=(\d+)/.exec(headers.get('keep-alive') ?? '') ?? [];
  expect(Number(seconds)).toBeGreaterThan(60);
  await listener.stop(60_000);
});

describe('a stop over https', () => {
  test('slow-loris: does not wait for a TLS handshake that never ends', async () => {
    const { certPem, keyPem } = await makeSelfSigned({ subject: 'bridge', ipAddresses: ['127.0.0.1'] });
    const listener = await listen(express(), '127.0.0.1', 0, {
      cert: Buffer.from(certPem),
      key: Buffer.from(keyPem),
    });
    const silent = net.connect(listener.port, '127.0.0.1');
    silent.on('error', () => undefined);
    await once(silent, 'connect');
    const done = tls.connect({ port: listener.port, host: '127.0.0.1', rejectUnauthorized: false });
    done.on('error', () => undefined);
    await once(done, 'secureConnect');
    const startedAtMs = performance.now();
    const ended = once(silent, 'close');
    await listener.stop(60_000);
    expect(performance.now() - startedAtMs).toBeLessThan(STOP_MS_MAX);
    await ended;
    done.destroy();
  });
});
