/** The proxies that one would put before an API otherwise; each adds a token to what it passes on. */
import { Agent, createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { Pool } from 'undici';
import { guardedFastify } from './guarded-fastify.ts';
import { peer } from './peer.ts';
import { serveSubject, settings } from './serve-subject.ts';

type ProxyPeer =
  'bare' | '@fastify/http-proxy' | '@fastify/http-proxy with key and log' | 'http-proxy-middleware';

const { kind, upstreamUrl, key } = settings<{ kind: ProxyPeer; upstreamUrl: string; key: string }>();
const AUTHORIZATION = `Bearer ${'u'.repeat(120)}`;

async function plainFastify() {
  const { fastify } = await peer('fastify');
  return fastify();
}

async function fastifyProxy(app: Awaited<ReturnType<typeof plainFastify>>): Promise<Server> {
  const { default: httpProxy } = await peer('@fastify/http-proxy');
  await app.register(httpProxy, {
    upstream: upstreamUrl,
    prefix: '/proxy/bench',
    replyOptions: {
      rewriteRequestHeaders: (_request: unknown, headers: object) => ({
        ...headers,
        authorization: AUTHORIZATION,
      }),
    },
  });
  await app.ready();
  return app.server as Server;
}

async function middleware(): Promise<Server> {
  const { createProxyMiddleware } = await peer('http-proxy-middleware');
  const app = express();
  app.use(
    '/proxy/bench',
    createProxyMiddleware({
      target: upstreamUrl,
      agent: new Agent({ keepAlive: true }),
      headers: { authorization: AUTHORIZATION },
    }),
  );
  return createServer(app);
}

/** As little as can be between two sockets: no check, no log, no deadline, no back-pressure. */
function bareDispatch(): Server {
  const pool = new Pool(upstreamUrl, { connections: 256 });
  const { host } = new URL(upstreamUrl);
  return createServer((request, response) => {
    const { method = 'GET', url = '' } = request;
    pool.dispatch(
      {
        method: method,
        path: url.slice('/proxy/bench'.length),
        headers: ['host', host, 'authorization', AUTHORIZATION],
      },
      {
        onRequestStart: () => undefined,
        onResponseStart: ({ rawHeaders }, status) => {
          response.writeHead(status, (rawHeaders as Buffer[]).map(String));
        },
        onResponseData: (_controller, chunk) => void response.write(chunk),
        onResponseEnd: () => void response.end(),
        onResponseError: () => void response.destroy(),
      },
    );
  });
}

const PEERS: Record<ProxyPeer, () => Server | Promise<Server>> = {
  bare: bareDispatch,
  '@fastify/http-proxy': async () => await fastifyProxy(await plainFastify()),
  '@fastify/http-proxy with key and log': async () => await fastifyProxy(await guardedFastify(key)),
  'http-proxy-middleware': middleware,
};

const server = await PEERS[kind]();
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  serveSubject({ port }, { stop: () => Promise.resolve(server.close()) });
});
