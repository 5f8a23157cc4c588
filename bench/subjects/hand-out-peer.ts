/** What somebody would write who needs no more than a token from memory behind an API key: bare, and as it is usually put together. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import helmet from 'helmet';
import pino from 'pino';
import { guardedFastify, keyCheck } from './guarded-fastify.ts';
import { serveSubject, settings } from './serve-subject.ts';

interface PeerSettings {
  kind: Kind;
  key: string;
  /** Of `raw`: how long all who ask for the token wait for it, the first one and those who come meanwhile. */
  delayMs?: number;
}

const { kind, key, delayMs = 0 } = settings<PeerSettings>();
type Kind = 'raw' | 'raw with key check' | 'express' | 'express with middleware' | 'fastify';

const TOKEN = {
  accessToken: 'u'.repeat(120),
  tokenType: 'bearer',
  expiresAt: new Date(Date.now() + 86_399_000).toISOString(),
  expiresInSeconds: 86_000,
  generation: 1,
  source: 'cache',
};
const TOKEN_PATH = '/v1/connections/bench/token';
const TEXT = JSON.stringify(TOKEN);
const isSignedIn = keyCheck(key);

const raw: RequestListener = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': TEXT.length }).end(TEXT);
};

let ready: Promise<void> | undefined;

const rawWaiting: RequestListener = (request, response) => {
  if (request.url === TOKEN_PATH) void (ready ??= sleep(delayMs)).then(() => raw(request, response));
  else raw(request, response);
};

const rawWithKey: RequestListener = (request, response) => {
  if (isSignedIn(request)) raw(request, response);
  else response.writeHead(401).end();
};

function bareExpress(): RequestListener {
  const app = express();
  app.get('/v1/connections/:name/token', (_request, response) => void response.type('json').send(TEXT));
  return app;
}

function usualExpress(): RequestListener {
  const app = express();
  const log = pino();
  app.use(helmet());
  app.use((request, response, next) => {
    const startedAtMs = performance.now();
    response.once('finish', () =>
      log.info(
        {
          method: request.method,
          url: request.path,
          status: response.statusCode,
          ms: performance.now() - startedAtMs,
        },
        'request',
      ),
    );
    next();
  });
  app.use(express.json());
  app.use((request, response, next) => (isSignedIn(request) ? next() : void response.sendStatus(401)));
  app.get('/v1/connections/:name/token', (_request, response) => void response.json(TOKEN));
  return app;
}

async function fastifyServer(): Promise<Server> {
  const app = await guardedFastify(key);
  app.get('/v1/connections/:name/token', async () => TOKEN);
  await app.ready();
  return app.server as Server;
}

const LISTENERS: Record<Exclude<Kind, 'fastify'>, () => RequestListener> = {
  raw: () => (delayMs === 0 ? raw : rawWaiting),
  'raw with key check': () => rawWithKey,
  express: bareExpress,
  'express with middleware': usualExpress,
};

const server = kind === 'fastify' ? await fastifyServer() : createServer(LISTENERS[kind]());
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  serveSubject({ port }, { stop: () => Promise.resolve(server.close()) });
});
