/** What kind of address a socket would dial, as far as it matters to who may be called. Pure. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * `global`: anybody's on the Internet. `private`: loopback, RFC 1918, unique local, carrier-grade NAT: the operator may open them.
 * `listed`: link-local and the clouds' metadata services, which hand out credentials: opened one literal at a time.
 * `never`: no host that could be meant.
 */
export type AddressClass = 'global' | 'private' | 'listed' | 'never';

export interface AddressJudgement {
  class: AddressClass;
  /** In a few words, with its article: `a loopback address`. */
  kind: string;
  /** The IPv4 address that an IPv4-mapped or NAT64 address stands for. */
  embedded?: string;
}

/**
 * Services of the clouds that are reached without leaving the machine and answer with credentials or keys. They stand here because
 * some look global (Azure) or private (Alibaba, the IPv6 ones). AWS, Azure, Google, Oracle: 169.254.169.254, link-local anyway.
 */
const METADATA_ADDRESSES = new Set([
  '169.254.169.254',
  '100.100.100.200', // Alibaba, inside carrier-grade NAT
  '168.63.129.16', // Azure's platform service, in a public range
  'fd00:ec2::254', // AWS, instances
  'fd00:ec2::23', // AWS, pods
  'fd20:ce::254', // Google
  'fd00:42::42', // Scaleway
]);

const PRIVATE_KINDS: Readonly<Record<string, string>> = {
  loopback: 'a loopback address',
  private: 'a private address',
  uniqueLocal: 'a private address',
  carrierGradeNat: 'a carrier-grade NAT address',
};

const NEVER_KINDS: Readonly<Record<string, string>> = {
  unspecified: 'the unspecified address',
  broadcast: 'the broadcast address',
  multicast: 'a multicast address',
  '6to4': 'a 6to4 address',
  teredo: 'a Teredo address',
  deprecatedSiteLocal: 'a site-local address',
  rfc6145: 'an address of an IPv4 translator',
  rfc6052: 'an address of a local NAT64 translator',
};

const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
const NAT64_WELL_KNOWN = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
const IPV4_COMPATIBLE = ipaddr.IPv6.parseCIDR('::/96');

/**
 * Judges one address in the notation of the resolver. Only what IANA calls global unicast is `global`; everything special, reserved,
 * for documentation or not assigned is not, so that a range nobody thought of is closed and not open.
 * @see RFC 6890 and the IANA special-purpose address registries; RFC 6052 for NAT64
 */
export function judgeAddress(address: string): AddressJudgement {
  if (isIP(address) === 0) return { class: 'never', kind: 'not an address' };
  if (address.includes('%')) return { class: 'never', kind: 'an address of one network interface' };
  const parsed = ipaddr.parse(address);
  return parsed instanceof ipaddr.IPv4 ? judgeIpv4(parsed) : judgeIpv6(parsed);
}

function judgeIpv4(address: ipaddr.IPv4): AddressJudgement {
  return judgeRange(address, address.range() === 'unicast');
}

function judgeIpv6(address: ipaddr.IPv6): AddressJudgement {
  const range = address.range();
  if (range === 'ipv4Mapped') return judgeEmbedded(address, 'an IPv4-mapped address');
  if (address.match(NAT64_WELL_KNOWN)) return judgeEmbedded(address, 'a NAT64 address');
  if (range === 'unicast' && address.match(IPV4_COMPATIBLE))
    return { class: 'never', kind: 'an IPv4-compatible address' };
  return judgeRange(address, range === 'unicast' && address.match(GLOBAL_UNICAST));
}

function judgeRange(address: ipaddr.IPv4 | ipaddr.IPv6, isGlobal: boolean): AddressJudgement {
  const range = address.range();
  if (METADATA_ADDRESSES.has(address.toString()))
    return { class: 'listed', kind: 'a metadata service of a cloud' };
  if (range === 'linkLocal') return { class: 'listed', kind: 'a link-local address' };
  if (isGlobal) return { class: 'global', kind: 'a global address' };
  const privateKind = PRIVATE_KINDS[range];
  if (privateKind !== undefined) return { class: 'private', kind: privateKind };
  return { class: 'never', kind: NEVER_KINDS[range] ?? 'a reserved address' };
}

/**
 * An address that carries an IPv4 address reaches that one by a way of this network's own (the socket layer, a translator), so it is
 * never global: at best private, and as closed as what it carries.
 */
function judgeEmbedded(address: ipaddr.IPv6, kind: string): AddressJudgement {
  const embedded = new ipaddr.IPv4(address.toByteArray().slice(-4));
  const inner = judgeIpv4(embedded);
  const told = inner.class === 'global' ? kind : `${kind} for ${inner.kind}`;
  return {
    class: inner.class === 'global' ? 'private' : inner.class,
    kind: told,
    embedded: embedded.toString(),
  };
}
