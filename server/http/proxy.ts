/** ANY /proxy/{connection}/…: who calls, and on to the proxy. Looks at the raw target, since Express would decode it. */
import type { IncomingMessage } from 'node:http';
import { parseProxyUrl } from '../proxy/proxy-path.ts';
import type { Proxy } from '../proxy/proxy.ts';
import type { Gate } from './authenticate.ts';
import { awaitCaller, pathOf, type BridgeResponse } from './bridge-response.ts';

const PREFIX = '/proxy/';

/** A whole address too, for the proxy to say why it takes none. */
export function isProxyTarget(url: string): boolean {
  return url.startsWith(PREFIX) || (!url.startsWith('/') && pathOf(url).startsWith(PREFIX));
}

export function proxyHandler(proxy: Proxy, gate: Pick<Gate, 'authenticateForProxy'>) {
  return async (request: IncomingMessage, response: BridgeResponse): Promise<void> => {
    const target = parseProxyUrl(request.url ?? '');
    const asked = gate.authenticateForProxy(request, target.connection);
    const caller = asked instanceof Promise ? await awaitCaller(asked, response) : asked;
    response.locals.caller = caller;
    await proxy(request, response, caller, target);
  };
}
