/** The operator's forward proxy, from the usual environment variables, and which targets go through it. Pure. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Secret } from '../secret.ts';
import { normaliseHost } from './egress-host.ts';

export interface ProxyEndpoint {
  /** Whole, with user info where there is some: `http://user:password@host:port`. */
  uri: Secret;
  /** The same without user info, for people. */
  shown: string;
}

type NoProxyRule =
  | { kind: 'all' }
  /** `host` and everything below it, or only what is below. */
  | { kind: 'host'; host: string; below: boolean; self: boolean; port?: number }
  | { kind: 'network'; network: [ipaddr.IPv4 | ipaddr.IPv6, number] };

export interface OutgoingProxy {
  /** For http targets, for https targets; absent: direct. */
  http?: ProxyEndpoint;
  https?: ProxyEndpoint;
  noProxy: readonly NoProxyRule[];
}

/**
 * Reads one proxy address; without a scheme it is taken for http, as curl does.
 * @returns a sentence that does not repeat the value, which may hold a password, where it is none
 */
export function parseProxyEndpoint(text: string): ProxyEndpoint | string {
  let url: URL;
  try {
    url = new URL(text.includes('://') ? text : `http://${text}`);
  } catch {
    return 'is not an address of a proxy';
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return `has the scheme ${url.protocol}//, which is neither http nor https`;
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    return 'has a path, a query or a fragment';
  return { uri: new Secret(url.href), shown: url.origin };
}

/**
 * Reads NO_PROXY: comma- or space-separated `host` (with all below it), `.domain` and `*.domain` (only what is below), each with optional
 * `:port`, addresses, CIDR networks, and `*`. What is none of these is left out, as everywhere: the variable is shared with other programs.
 */
export function parseNoProxy(text: string): readonly NoProxyRule[] {
  return text
    .split(/[\s,]+/)
    .filter((item) => item !== '')
    .map(parseRule)
    .filter((rule) => rule !== undefined);
}

function parseRule(item: string): NoProxyRule | undefined {
  if (item === '*') return { kind: 'all' };
  if (item.includes('/')) return parseNetwork(item);
  if (isIP(item) === 6) return hostRule(item, true, undefined);
  const match = /^(\*\.|\.)?(\[[^\]]*\]|[^:]+)(?::(\d{1,5}))?$/.exec(item);
  if (match === null) return undefined;
  return hostRule(match[2]!, match[1] === undefined, match[3]);
}

function parseNetwork(item: string): NoProxyRule | undefined {
  return ipaddr.isValidCIDR(item) ? { kind: 'network', network: ipaddr.parseCIDR(item) } : undefined;
}

function hostRule(text: string, self: boolean, port: string | undefined): NoProxyRule | undefined {
  const host = normaliseHost(text);
  if (host === undefined) return undefined;
  return {
    kind: 'host',
    host,
    below: isIP(host) === 0,
    self,
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}

/**
 * Returns the proxy for a target, or undefined where it is called directly. Loopback is always direct: on a proxy's far side it would be
 * the proxy's own. A network of NO_PROXY covers addresses that stand in the URL, not names that resolve into it: no name is looked up here.
 */
export function proxyFor(url: URL, outgoing: OutgoingProxy): ProxyEndpoint | undefined {
  const endpoint =
    url.protocol === 'https:' ? outgoing.https : url.protocol === 'http:' ? outgoing.http : undefined;
  const host = normaliseHost(url.hostname);
  if (endpoint === undefined || host === undefined || isLoopback(host)) return undefined;
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return outgoing.noProxy.some((rule) => covers(rule, host, port)) ? undefined : endpoint;
}

function isLoopback(host: string): boolean {
  if (isIP(host) === 0) return host === 'localhost' || host.endsWith('.localhost');
  return ipaddr.process(host).range() === 'loopback';
}

function covers(rule: NoProxyRule, host: string, port: number): boolean {
  if (rule.kind === 'all') return true;
  if (rule.kind === 'network') return isIP(host) !== 0 && isInNetwork(host, rule.network);
  if (rule.port !== undefined && rule.port !== port) return false;
  return (rule.self && host === rule.host) || (rule.below && host.endsWith(`.${rule.host}`));
}

function isInNetwork(host: string, [network, bits]: [ipaddr.IPv4 | ipaddr.IPv6, number]): boolean {
  const address = ipaddr.process(host);
  return address.kind() === network.kind() && address.match(network, bits);
}
