/** The proxies that one would put before an API otherwise; each adds a token to what it passes on. */
import { Agent, createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { peer } from './peer.ts';
import { serveSubject, settings } from './serve-subject.ts';

const { kind, upstreamUrl } = settings<{
  kind: '@fastify/http-proxy' | 'http-proxy-middleware';
  upstreamUrl: string;
}>();
const AUTHORIZATION = `Bearer ${'u'.repeat(120)}`;

async function fastifyProxy(): Promise<Server> {
  const { fastify } = await peer('fastify');
  const { default: httpProxy } = await peer('@fastify/http-proxy');
  const app = fastify();
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

const server = await (kind === '@fastify/http-proxy' ? fastifyProxy() : middleware());
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  serveSubject({ port }, { stop: () => Promise.resolve(server.close()) });
});
