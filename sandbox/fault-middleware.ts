/** Acts out the faults that are on, before the sandbox gets to answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';
import type { Request, RequestHandler, Response } from 'express';
import type { ActiveFault, AnswerFault, Faults, FaultTarget } from './faults.ts';
import { drip, gzipBomb, pour } from './streaming.ts';

const ANSWER_KINDS = [
  'status',
  'retryAfter',
  'html',
  'empty',
  'truncatedJson',
  'noToken',
  'redirect',
  'resetBefore',
  'resetDuring',
  'byteASecond',
  'hugeBody',
  'gzipBomb',
  'echoCredentials',
] as const satisfies readonly AnswerFault['kind'][];

const HALF_A_TOKEN = '{"access_token":"half-of-a-token-';
const POUR_CHUNK = Buffer.alloc(64 * 1024, 'a');

export interface FaultMiddlewareOptions {
  faults: Faults;
  targetOf: (req: Request) => Exclude<FaultTarget, 'all'>;
  /** Epoch milliseconds; the `Date` header follows it. */
  now: () => number;
}

export function createFaultMiddleware({ faults, targetOf, now }: FaultMiddlewareOptions): RequestHandler {
  return async (req, res, next) => {
    const target = targetOf(req);
    const skew = faults.take(target, ['clockSkew']);
    res.setHeader('Date', new Date(now() + (skew?.skewSeconds ?? 0) * 1000).toUTCString());
    const slow = faults.take(target, ['slow']);
    if (slow && !(await waitUnlessClosed(res, slow.delayMs))) return;
    const answer = faults.take(target, ANSWER_KINDS);
    if (answer) await actOut(answer, req, res);
    else next();
  };
}

async function waitUnlessClosed(res: Response, delayMs: number): Promise<boolean> {
  const closed = new AbortController();
  const abort = () => closed.abort();
  res.once('close', abort);
  try {
    await sleep(delayMs, undefined, { signal: closed.signal });
    return true;
  } catch {
    return false;
  } finally {
    res.off('close', abort);
  }
}

async function actOut(fault: ActiveFault<AnswerFault>, req: Request, res: Response): Promise<void> {
  switch (fault.kind) {
    case 'status':
      res.status(fault.status).set(fault.headers);
      if (fault.body !== '') res.set('Content-Type', fault.contentType);
      res.end(fault.body);
      return;
    case 'retryAfter':
      res.status(fault.status).set('Retry-After', fault.retryAfter);
      res.json({
        code: 'too.many.requests',
        status: fault.status,
        message: 'Rate limit exceeded the maximum.',
      });
      return;
    case 'html':
      res.status(fault.status).type('html').end(htmlPage(fault.status));
      return;
    case 'empty':
      res.status(fault.status).end();
      return;
    case 'truncatedJson':
      res.status(fault.status).type('json').end(HALF_A_TOKEN);
      return;
    case 'noToken':
      res.json({ token_type: 'bearer', expires_in: 86_399 });
      return;
    case 'redirect':
      res.status(fault.status).set('Location', fault.location).end();
      return;
    case 'resetBefore':
      reset(req.socket);
      return;
    case 'resetDuring':
      res.type('json').set('Content-Length', '4096');
      res.write(HALF_A_TOKEN, () => reset(req.socket));
      return;
    case 'byteASecond':
      res.type('json').flushHeaders();
      drip(res, Buffer.from(`${HALF_A_TOKEN}${'a'.repeat(4096)}"}`), fault.intervalMs);
      return;
    case 'hugeBody':
      await sendHugeBody(res, fault.bytes);
      return;
    case 'gzipBomb':
      res.type('json').set('Content-Encoding', 'gzip').end(gzipBomb(fault.bytes));
      return;
    case 'echoCredentials':
      await echoCredentials(req, res, fault.status);
      return;
  }
}

/** A TLS socket has no reset of its own: closing it without `close_notify` is the nearest. */
function reset(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

async function sendHugeBody(res: Response, bytes: number): Promise<void> {
  res.type('json');
  res.write(HALF_A_TOKEN);
  await pour(res, POUR_CHUNK, bytes);
  if (!res.destroyed) res.end('"}');
}

/** What some gateways do to be helpful: everything the client sent comes back, decoded and raw, in the body and in headers. */
async function echoCredentials(req: Request, res: Response, status: number): Promise<void> {
  const body = await readText(req);
  const authorization = req.headers.authorization ?? '';
  const basic = Buffer.from(authorization.replace(/^basic\s+/i, ''), 'base64').toString('utf8');
  const form = Object.fromEntries(new URLSearchParams(body));
  res.status(status).set('X-Echo-Authorization', authorization);
  res.set('X-Echo-Body', body.replaceAll(/[^\x20-\x7e]/g, '?'));
  res.json({
    error: 'invalid_request',
    error_description: `cannot read ${basic} ${body}`,
    received: { authorization, basic, body, form },
  });
}

async function readText(req: Request): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function htmlPage(status: number): string {
  return `<!DOCTYPE html><html><head><title>${status}</title></head><body><h1>We are down for maintenance</h1></body></html>`;
}
