/** What the proxies before the bridge may say of a request, where they are trusted: who asks, and over which protocol. */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { TLSSocket } from 'node:tls';

export interface TrustedProxies {
  /** Whether the request came straight from one of them. */
  isBehind(request: IncomingMessage): boolean;
  /** Address of the client: the last one in the chain that no trusted proxy has. Empty where the socket is gone. */
  clientAddress(request: IncomingMessage): string;
  /** Whether the client speaks https, with the bridge or with a trusted proxy. */
  isSecure(request: IncomingMessage): boolean;
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address);
  return version === 0 ? undefined : version === 6 ? 'ipv6' : 'ipv4';
}

function listOf(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/');
    const family = familyOf(address);
    if (family === undefined) continue; // the configuration has refused it
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

/** A header that several proxies have added to counts as one list. */
function membersOf(value: string | string[] | undefined): string[] {
  return String(value ?? '')
    .split(',')
    .map((member) => member.trim());
}

/** Some balancers add the port: `192.0.2.1:50123`, `[2001:db8::1]:50123`. Each connection would be a client of its own. */
function withoutPort(member: string): string {
  return member.replace(/^(?:([\d.]+)|\[(.+)\])(?::\d+)?$/, '$1$2');
}

/** @param entries Addresses and networks, as `10.0.0.0/8`. */
export function createTrustedProxies(entries: readonly string[]): TrustedProxies {
  const trusted = listOf(entries);
  const isTrusted = (address: string) => {
    const family = familyOf(address);
    return family !== undefined && trusted.check(address, family);
  };
  const isBehind = ({ socket }: IncomingMessage) =>
    entries.length > 0 && isTrusted(socket.remoteAddress ?? '');
  return {
    isBehind,
    clientAddress(request) {
      const nearest = request.socket.remoteAddress ?? '';
      if (!isBehind(request)) return nearest;
      const members = membersOf(request.headers['x-forwarded-for']).map(withoutPort);
      const chain = members.filter((address) => address !== '');
      return chain.findLast((address) => !isTrusted(address)) ?? chain[0] ?? nearest;
    },
    isSecure(request) {
      if (request.socket instanceof TLSSocket) return true;
      return isBehind(request) && membersOf(request.headers['x-forwarded-proto'])[0] === 'https';
    },
  };
}
