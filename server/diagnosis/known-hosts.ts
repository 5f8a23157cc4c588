/** Which system a host belongs to, and whether it is one that signs in. Pure: no look-up, no clock. */
import { distance } from 'fastest-levenshtein';
import { PURECLOUD_ENVIRONMENTS } from '../transport/egress-default-hosts.ts';
import type { DiagnosedSystem } from './facts.ts';

const PURECLOUD_ALIKE = /purecloud|pure-cloud|genesyscloud|(^|[.-])pure\.cloud$/;
const SALESFORCE_SUFFIXES = [
  'salesforce.com',
  'force.com',
  'salesforce-setup.com',
  'salesforce.mil',
  'cloudforce.com',
];
/** Hosts that every org shares; they know no connected app's My Domain. */
const SALESFORCE_SHARED_HOSTS = ['login.salesforce.com', 'test.salesforce.com'];
/** Two slips of the finger; three would already turn one region into another. */
const SLIPS_MAX = 2;

function endsWithDomain(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}

/** The host without the label that names a service: `login.mypurecloud.de` becomes `mypurecloud.de`. */
export function domainOfHost(host: string): string {
  return host.replace(/^(?:login|api|apps|www)\./, '');
}

/** The region's domain when the host is one of PureCloud's, in whichever service. */
export function knownPureCloudDomain(host: string): string | undefined {
  return PURECLOUD_ENVIRONMENTS.find((domain) => domain === domainOfHost(host));
}

/** The domain that was probably meant, of a host that is no region's. */
export function nearestPureCloudDomain(host: string): string | undefined {
  const domain = domainOfHost(host);
  const ranked = PURECLOUD_ENVIRONMENTS.map((known) => ({ known, slips: distance(known, domain) }));
  ranked.sort((a, b) => a.slips - b.slips);
  return ranked[0] !== undefined && ranked[0].slips <= SLIPS_MAX ? ranked[0].known : undefined;
}

function isPureCloudAlike(host: string): boolean {
  if (knownPureCloudDomain(host) !== undefined || PURECLOUD_ALIKE.test(host)) return true;
  return host.length < 64 && nearestPureCloudDomain(host) !== undefined;
}

/** A misspelt PureCloud host still counts as PureCloud: that is what the caller meant. */
export function systemOfHost(host: string): DiagnosedSystem {
  if (host === '' || host.length > 253) return 'unknown';
  if (SALESFORCE_SUFFIXES.some((domain) => endsWithDomain(host, domain))) return 'salesforce';
  return isPureCloudAlike(host) ? 'purecloud' : 'unknown';
}

export function isSharedSalesforceHost(host: string): boolean {
  return SALESFORCE_SHARED_HOSTS.includes(host);
}

/** Lightning and Setup hosts serve pages to people and issue no tokens. */
export function isSalesforcePageHost(host: string): boolean {
  return ['lightning.force.com', 'salesforce-setup.com', 'visualforce.com', 'vf.force.com'].some((domain) =>
    endsWithDomain(host, domain),
  );
}
