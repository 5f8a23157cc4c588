/** The demo's way to the bridge: real HTTP with a real key, as any caller would. */
import { Agent, request } from 'undici';

export interface BridgeAnswer {
  status: number;
  body: Record<string, unknown>;
}

export interface BridgeClient {
  url: string;
  /** @param headers Beside the key; a body is sent as JSON unless they say otherwise. */
  ask(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<BridgeAnswer>;
  close(): Promise<void>;
}

/** Thousands at once share these; each of them waits its turn and not for a socket of its own. */
const CONNECTIONS_MAX = 100;

export function bridgeClient(url: string, key: string): BridgeClient {
  const dispatcher = new Agent({ connections: CONNECTIONS_MAX });
  return {
    url,
    async ask(method, path, body, headers = {}) {
      const answer = await request(`${url}${path}`, {
        method,
        dispatcher,
        headers: { 'content-type': 'application/json', ...headers, authorization: `Bearer ${key}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.body.text();
      return {
        status: answer.statusCode,
        body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
      };
    },
    close: () => dispatcher.destroy(),
  };
}
