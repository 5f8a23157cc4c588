import { expect, test } from '@jest/globals';
import { createTransport } from '../../server/transport/transport.ts';
import { createTrustStore } from '../../server/transport/certificates/trust-store.ts';
import { verifyPeer } from '../../server/transport/certificates/verify-peer.ts';
import { createEgressGuard } from '../../server/transport/egress-guard.ts';
import { createEgressPolicy } from '../../server/transport/egress-policy.ts';
import { createSecureContexts } from '../../server/transport/secure-contexts.ts';
import { listenOn, stop } from '../proxy/support/start-proxy.ts';

const trust = createTrustStore({ extraPem: undefined });
const PROFILE = { forgiven: new Set<never>() };

test('a sign-in does not wait for what callers hold of the same host', async () => {
  const { server, port } = await listenOn((request, response) => {
    if (request.url === '/token') response.end('{}');
    else response.writeHead(200).write('the beginning of an answer');
  });
  const transport = createTransport({
    ...createEgressGuard(createEgressPolicy({ allow: '127.0.0.1', allowPrivate: true })),
    secureContext: createSecureContexts(trust),
    verifyPeer: (socket, host, forgiven) => verifyPeer(socket, host, trust, forgiven, new Date()),
    pool: { perKeyMax: 1 },
  });
  const origin = new URL(`http://127.0.0.1:${port}`);
  const held = await transport.open({ method: 'GET', origin, path: '/endless', headers: [] }, PROFILE, {
    timeoutMs: 60_000,
    stallMs: 60_000,
  });
  const signIn = { method: 'POST', url: new URL('/token', origin), headers: {}, body: '' };
  expect(await transport.send(signIn, PROFILE, { timeoutMs: 60_000 })).toMatchObject({
    status: 200,
    body: '{}',
  });
  held.body.destroy();
  await transport.close();
  await stop(server);
}, 20_000);
