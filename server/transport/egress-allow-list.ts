/** BRIDGE_EGRESS_ALLOW: the text, its entries, and whether a host and port are among them. Pure. */
import { isIP } from 'node:net';
import { normaliseHost } from './egress-host.ts';

export interface EgressEntry {
  /** As written, for messages. */
  text: string;
  /** Normalised; of a wildcard the domain that stands after `*.`. */
  host: string;
  wildcard: boolean;
  /** Absent: every port. */
  port?: number;
}

export class EgressEntryError extends Error {
  readonly entry: string;
  readonly reason: string;

  constructor(written: string, reason: string) {
    const entry = written.replace(/^.*@/s, '…@'); // user info may hold a password
    super(`BRIDGE_EGRESS_ALLOW: the entry "${entry}" ${reason}`);
    this.name = 'EgressEntryError';
    this.entry = entry;
    this.reason = reason;
  }
}

/**
 * Reads a comma-separated list of `host`, `*.domain`, `[v6]`, each with optional `:port`.
 * One bad entry spoils the list: an operator who mistypes a rule must learn it at start, not from a call that went out or did not.
 * @throws EgressEntryError naming the entry and what is wrong with it
 */
export function parseEgressAllow(text: string): readonly EgressEntry[] {
  return text.split(',').map((entry) => parseEntry(entry.trim()));
}

function parseEntry(text: string): EgressEntry {
  const fault = shapeFault(text);
  if (fault !== undefined) throw new EgressEntryError(text, fault);
  const { hostText, portText } = splitPort(text);
  const wildcard = hostText.startsWith('*.');
  const host = normaliseHost(wildcard ? hostText.slice(2) : hostText);
  if (host === undefined) throw new EgressEntryError(text, 'is not a host name or address.');
  if (wildcard && isIP(host) !== 0)
    throw new EgressEntryError(text, 'puts "*." before an address; write the address alone.');
  if (portText === undefined) return { text, host, wildcard };
  const port = Number(portText);
  if (!/^[1-9]\d{0,4}$/.test(portText) || port > 65_535) {
    throw new EgressEntryError(text, 'has a port that is not a number from 1 to 65535.');
  }
  return { text, host, wildcard, port };
}

/** What people write by mistake, in the order in which the reason is the most telling. */
function shapeFault(text: string): string | undefined {
  if (text === '')
    return 'is empty. Name a host, remove the extra comma, or unset the variable to allow PureCloud and Salesforce.';
  if (/\s/.test(text)) return 'contains a space. Separate entries with commas.';
  if (text.includes('://')) return 'has a scheme. Write the host alone, for example "login.example.com:443".';
  if (text.includes('@')) return 'has user info. Write the host alone.';
  if (/[/\\?#]/.test(text)) return 'has a path or a network length. Write hosts and single addresses only.';
  if (text === '*') return 'would allow every host. Name the hosts, or domains as "*.example.com".';
  if (text.slice(1).includes('*') || /^\*[^.]/.test(text)) return 'has "*" elsewhere than in a leading "*.".';
  if (!text.startsWith('[') && text.split(':').length > 2)
    return 'looks like IPv6. Put the address in brackets: "[::1]:8443".';
  return undefined;
}

function splitPort(text: string): { hostText: string; portText?: string } {
  const colon = text.startsWith('[') ? text.indexOf(':', text.indexOf(']') + 1) : text.indexOf(':');
  if (colon === -1 || (text.startsWith('[') && !text.includes(']'))) return { hostText: text };
  return { hostText: text.slice(0, colon), portText: text.slice(colon + 1) };
}

/**
 * Entries whose host part covers `host`, whatever their port.
 * `*.domain` covers every depth below the domain and not the domain itself, as in certificates' plainest reading: who wants both lists both.
 */
export function entriesForHost(entries: readonly EgressEntry[], host: string): readonly EgressEntry[] {
  return entries.filter((entry) =>
    entry.wildcard ? isIP(host) === 0 && host.endsWith(`.${entry.host}`) : host === entry.host,
  );
}
