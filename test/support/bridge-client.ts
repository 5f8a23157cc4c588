/** Speaks to a bridge under test as its administrator. */
import { ADMIN_KEY } from './bridge.ts';

export interface BridgeAnswer {
  status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into whatever came
  json: any;
  text: string;
}

export type AskBridge = (
  method: string,
  path: string,
  body?: object,
  headers?: Record<string, string>,
) => Promise<BridgeAnswer>;

export function asAdmin(url: string): AskBridge {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    return { status: response.status, json: isJson && text !== '' ? JSON.parse(text) : undefined, text };
  };
}
