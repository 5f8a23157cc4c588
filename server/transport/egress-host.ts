/** One spelling for every host: what two people write differently and a socket takes for the same compares equal. Pure. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Characters with which a host would be something else to a URL parser: user info, port, path, escape. */
const NOT_IN_A_HOST = /[\s\p{Cc}/\\?#@:%[\]<>^|*]/u;

/**
 * Returns the host in lower case, in ASCII (IDNA), without its trailing dot, and an address in its shortest usual form, or
 * undefined where it is no host. `0x7f.1`, `2130706433` and `0177.0.0.1` all become `127.0.0.1`, as every socket would take them;
 * IPv6 comes back without brackets. An IPv6 zone (`fe80::1%eth0`) is no host: it names an interface of this machine.
 * @see WHATWG URL, host parsing
 */
export function normaliseHost(host: string): string | undefined {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  if (bare.includes(':')) return isIP(bare) === 6 && !bare.includes('%') ? canonicalAddress(bare) : undefined;
  if (bare !== host || bare === '' || NOT_IN_A_HOST.test(bare)) return undefined;
  let name: string;
  try {
    name = new URL(`http://${bare}/`).hostname;
  } catch {
    return undefined;
  }
  if (name.endsWith('.')) name = name.slice(0, -1);
  return isName(name) ? name : undefined;
}

/** Shortest usual form of an address that `net.isIP` knows: `::1`, not `0:0:0:0:0:0:0:1`. */
function canonicalAddress(address: string): string {
  return ipaddr.parse(address).toString();
}

/** RFC 1035 lengths; the URL parser looks at characters only. */
function isName(name: string): boolean {
  return (
    name !== '' && name.length <= 253 && name.split('.').every((label) => label !== '' && label.length <= 63)
  );
}
