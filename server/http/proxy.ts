/** ANY /proxy/{connection}/…: who calls, and on to the proxy. Looks at the raw target, since Express would decode it. */
import type { RequestHandler } from 'express';
import { parseProxyUrl } from '../proxy/proxy-path.ts';
import type { Proxy } from '../proxy/proxy.ts';
import type { Gate } from './authenticate.ts';

const PREFIX = '/proxy/';

export function proxyHandler(proxy: Proxy, gate: Pick<Gate, 'authenticateForProxy'>): RequestHandler {
  return async (request, response, next) => {
    if (!request.originalUrl.startsWith(PREFIX)) {
      next();
      return;
    }
    const { connection } = parseProxyUrl(request.originalUrl);
    const caller = await gate.authenticateForProxy(request, connection);
    response.locals.caller = caller;
    await proxy(request, response, caller);
  };
}
