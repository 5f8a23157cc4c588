/** Who the bridge may call: a list of hosts, and the addresses that they may resolve to. Pure: looks nothing up, opens nothing. */
import { judgeAddress } from './egress-address.ts';
import { entriesForHost, parseEgressAllow, type EgressEntry } from './egress-allow-list.ts';
import { DEFAULT_EGRESS_ALLOW } from './egress-default-hosts.ts';
import { normaliseHost } from './egress-host.ts';

export interface EgressPolicyOptions {
  /** Value of BRIDGE_EGRESS_ALLOW; undefined: the hosts of PureCloud's regions and of Salesforce. */
  allow: string | undefined;
  /** Value of BRIDGE_EGRESS_ALLOW_PRIVATE. */
  allowPrivate: boolean;
}

export interface EgressPolicy {
  /** Why this host and port may not be called, in one sentence for people; undefined: they may. */
  checkHost(host: string, port: number): string | undefined;
  /**
   * Why a socket may not dial this address, in a few words that do not repeat it; undefined: it may.
   * To be asked about the very address that is dialled: a name checked and looked up again may answer otherwise the second time.
   */
  checkAddress(address: string): string | undefined;
}

/**
 * Makes the policy from the operator's two settings. Default deny: what no entry names is refused.
 *
 * | address | default | `allowPrivate` |
 * |---|---|---|
 * | global unicast | allowed | allowed |
 * | loopback, RFC 1918, unique local, carrier-grade NAT | refused | allowed |
 * | IPv4-mapped and NAT64 (64:ff9b::/96) | refused | as the IPv4 address inside |
 * | link-local, metadata services of clouds | refused | allowed if that very address is an entry of the list |
 * | multicast, unspecified, broadcast, reserved, documentation, 6to4, Teredo, IPv4-compatible, site-local | refused | refused |
 *
 * Link-local stays closed to names because container and pod credentials are served there at addresses that vary.
 * @throws EgressEntryError for a malformed entry: the service must not start on a policy that the operator did not mean
 */
export function createEgressPolicy(options: EgressPolicyOptions): EgressPolicy {
  const entries = parseEgressAllow(options.allow ?? DEFAULT_EGRESS_ALLOW.join(','));
  return {
    checkHost: (host, port) => hostDenial(entries, host, port),
    checkAddress: (address) => addressDenial(entries, options.allowPrivate, address),
  };
}

function hostDenial(entries: readonly EgressEntry[], host: string, port: number): string | undefined {
  const name = normaliseHost(host);
  if (name === undefined) return 'The target is not a valid host name or address.';
  const covering = entriesForHost(entries, name);
  if (covering.length === 0) return `The host ${name} is not among those that the bridge may call.`;
  if (covering.some((entry) => entry.port === undefined || entry.port === port)) return undefined;
  const ports = [...new Set(covering.map((entry) => entry.port))].join(', ');
  return `Port ${port} of the host ${name} is not among those that the bridge may call (${ports}).`;
}

function addressDenial(
  entries: readonly EgressEntry[],
  allowPrivate: boolean,
  address: string,
): string | undefined {
  const judged = judgeAddress(address);
  if (judged.class === 'global') return undefined;
  if (judged.class === 'private' && allowPrivate) return undefined;
  if (judged.class === 'listed' && allowPrivate && isListed(entries, address)) return undefined;
  return judged.kind;
}

/** Only the address itself, spelt as any other address is: an IPv4-mapped twin of a listed metadata address is not listed. */
function isListed(entries: readonly EgressEntry[], address: string): boolean {
  const literal = normaliseHost(address);
  return entries.some((entry) => !entry.wildcard && entry.host === literal);
}
