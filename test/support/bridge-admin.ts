/** What an administrator does first: connections and callers of a running bridge, over its API. */
import request from 'supertest';
import { ADMIN_KEY } from './bridge.ts';

async function put(bridgeUrl: string, path: string, body: object): Promise<Record<string, unknown>> {
  const answer = await request(bridgeUrl).put(path).auth(ADMIN_KEY, { type: 'bearer' }).send(body);
  if (answer.status !== 200) throw new Error(`PUT ${path}: ${answer.status} ${answer.text}`);
  return answer.body as Record<string, unknown>;
}

/** @returns the caller's API key where this made one; else an empty text. */
export async function putCaller(bridgeUrl: string, name: string, body: object): Promise<string> {
  const { key = '' } = await put(bridgeUrl, `/v1/callers/${name}`, body);
  return String(key);
}

export async function putConnection(bridgeUrl: string, name: string, body: object): Promise<void> {
  await put(bridgeUrl, `/v1/connections/${name}`, body);
}

export async function asAdmin(
  bridgeUrl: string,
  method: 'post' | 'put' | 'delete',
  path: string,
  body?: object,
) {
  const answer = await request(bridgeUrl)[method](path).auth(ADMIN_KEY, { type: 'bearer' }).send(body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.body as Record<string, unknown>;
}
