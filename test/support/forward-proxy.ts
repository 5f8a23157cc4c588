/** A forward proxy that works, by the npm package proxy-chain: CONNECT and absolute form, with or without user info, http or https. */
import { Server } from 'proxy-chain';
import type { PrepareRequestFunctionOpts, ServerOptions } from 'proxy-chain';
import { loopbackCertificates } from './misbehaving-certificates.ts';

export interface ProxiedRequest {
  /** `CONNECT` for a tunnel, else the method of the absolute-form request. */
  method: string;
  /** As written in the request line: `host:port` or a whole URL. */
  target: string;
  hostname: string;
  port: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Of Proxy-Authorization; empty where there was none. */
  username: string;
  password: string;
}

export interface ForwardProxyOptions {
  /** Asks for these; a request without them gets 407. */
  username?: string;
  password?: string;
  /** TLS to the proxy itself, with the certificate of `loopbackCertificates()`. */
  tls?: boolean;
  /** Names only this proxy can resolve: name -> IPv4 address. */
  names?: Readonly<Record<string, string>>;
}

export interface ForwardProxy {
  /** With the user info, ready for `proxyUri`. */
  url: string;
  host: string;
  port: number;
  seen: ProxiedRequest[];
  close: () => Promise<void>;
}

export async function startForwardProxy(options: ForwardProxyOptions = {}): Promise<ForwardProxy> {
  const seen: ProxiedRequest[] = [];
  const host = '127.0.0.1';
  const server = new Server({
    ...(await serverTypeOf(options)),
    host,
    port: 0,
    prepareRequestFunction: (asked) => {
      seen.push(toProxiedRequest(asked));
      return {
        requestAuthentication: !isWelcome(asked, options),
        ...(options.names && { dnsLookup: lookupIn(options.names) }),
      };
    },
  });
  server.on('requestFailed', () => undefined);
  server.on('tlsError', () => undefined);
  await server.listen();
  const userInfo =
    options.username === undefined
      ? ''
      : `${encodeURIComponent(options.username)}:${encodeURIComponent(options.password ?? '')}@`;
  const url = `${options.tls ? 'https' : 'http'}://${userInfo}${host}:${server.port}`;
  return { url, host, port: server.port, seen, close: () => server.close(true) };
}

async function serverTypeOf(options: ForwardProxyOptions): Promise<ServerOptions> {
  if (!options.tls) return { serverType: 'http' };
  const { server } = await loopbackCertificates();
  return { serverType: 'https', httpsOptions: { cert: server.certificate, key: server.key } };
}

function toProxiedRequest(asked: PrepareRequestFunctionOpts): ProxiedRequest {
  const { request, hostname, port, username, password } = asked;
  const { method = '', url = '', headers } = request;
  return { method, target: url, hostname, port, headers: { ...headers }, username, password };
}

function isWelcome(asked: PrepareRequestFunctionOpts, options: ForwardProxyOptions): boolean {
  if (options.username === undefined) return true;
  return asked.username === options.username && asked.password === (options.password ?? '');
}

type Lookup = NonNullable<Exclude<Awaited<ReturnType<PrepareRequest>>, undefined>['dnsLookup']>;
type PrepareRequest = NonNullable<ServerOptions['prepareRequestFunction']>;

function lookupIn(names: Readonly<Record<string, string>>): Lookup {
  const lookup = (name: string, asked: { all?: boolean }, done: (...args: unknown[]) => void) => {
    const address = names[name];
    if (address === undefined) done(Object.assign(new Error(`no such name: ${name}`), { code: 'ENOTFOUND' }));
    else if (asked.all) done(null, [{ address, family: 4 }]);
    else done(null, address, 4);
  };
  return lookup as unknown as Lookup;
}
