/** The demo's way to the bridge: real HTTP with a real key, as any caller would. */
import { request } from 'undici';

export interface BridgeClient {
  url: string;
  post(path: string, body: unknown): Promise<Record<string, unknown>>;
  get(path: string): Promise<Record<string, unknown>>;
}

export function bridgeClient(url: string, key: string): BridgeClient {
  async function ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Record<string, unknown>> {
    const answer = await request(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return (await answer.body.json()) as Record<string, unknown>;
  }
  return { url, post: (path, body) => ask('POST', path, body), get: (path) => ask('GET', path) };
}
