/** fastify as somebody would set it up who answers callers that have a key: key check, security headers, a line for each request. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { peer } from './peer.ts';

/** As much of it as is used here. */
interface FastifyReply {
  headers(headers: Record<string, string>): void;
  code(status: number): { send(): Promise<void> };
}

const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
};

type IsSignedIn = (request: Pick<IncomingMessage, 'headers'>) => boolean;

export function keyCheck(key: string): IsSignedIn {
  const keyHash = createHash('sha256').update(key).digest();
  return ({ headers }) => {
    const [, given = ''] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? [];
    return timingSafeEqual(createHash('sha256').update(given).digest(), keyHash);
  };
}

export async function guardedFastify(key: string) {
  const { fastify } = await peer('fastify');
  const app = fastify({ logger: true });
  const isSignedIn = keyCheck(key);
  app.addHook('onRequest', async (request: IncomingMessage, reply: FastifyReply) => {
    reply.headers(HEADERS);
    if (!isSignedIn(request)) await reply.code(401).send();
  });
  return app;
}
