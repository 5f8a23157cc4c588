/** Do the names resolve, and may they be called? */
import type { ForwardProxy } from '../../transport/forward-proxy.ts';
import { targetOf } from '../../transport/open-socket.ts';
import type { Check, CheckContext } from './check.ts';
import { faultFinding } from './fault-finding.ts';

/** Addresses of a connection with different hosts or ports: where it signs in, and where its API is as far as that is settled. */
export function addressesOf({ connection }: Pick<CheckContext, 'connection'>): URL[] {
  const urls = [connection.url, connection.apiUrl]
    .filter((url) => url !== undefined)
    .map((url) => new URL(url));
  return urls.filter((url, index) => urls.findIndex(({ origin }) => origin === url.origin) === index);
}

export function proxyOf({ profile, proxyFor }: CheckContext, url: URL): ForwardProxy | undefined {
  return profile.proxy ?? proxyFor(url);
}

async function lookUp(context: CheckContext, url: URL): Promise<string> {
  const { sockets, signal } = context;
  const { hostname, port } = targetOf(url);
  const proxy = proxyOf(context, url);
  if (proxy === undefined) {
    await sockets.lookupAllowed(hostname, port, signal);
    return `${hostname} resolves and may be called.`;
  }
  sockets.checkTarget(hostname, port);
  if (proxy.trusted) await sockets.lookupTrusted(proxy.hostname, signal);
  else await sockets.lookupAllowed(proxy.hostname, proxy.port, signal);
  return `The forward proxy ${proxy.hostname} resolves; ${hostname} may be called, and the proxy looks it up.`;
}

export const nameCheck: Check = async (context) => {
  const said: string[] = [];
  for (const url of addressesOf(context)) {
    try {
      said.push(await lookUp(context, url));
    } catch (error) {
      return faultFinding(error, context.connection, url);
    }
  }
  return { outcome: 'ok', sentence: said.join(' ') };
};
