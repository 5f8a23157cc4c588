/** What NODE_ENV=production does not let pass: settings that are handy on a desk and dangerous where strangers are. Pure. */
import ipaddr from 'ipaddr.js';
import type { ConfigFault, Environment } from './config-fault.ts';

function valueOf(env: Environment, name: string): string {
  return (env[name] ?? '').trim();
}

function isOn(env: Environment, name: string): boolean {
  return ['true', '1'].includes(valueOf(env, name).toLowerCase());
}

/** Who is there is one's own, or is let in by somebody who is. */
const OWN_RANGES = ['loopback', 'private', 'uniqueLocal', 'linkLocal', 'carrierGradeNat'];

/** Whether strangers may reach what listens there: every address of the machine, a public one, or a name that nobody has looked up. */
function isOpenToStrangers(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '');
  if (address === '' || address === 'localhost') return false;
  if (!ipaddr.isValid(address)) return true;
  return !OWN_RANGES.includes(ipaddr.process(address).range());
}

/** Somebody has said that the line is safe: TLS here, TLS at a proxy before it, or in so many words. */
function isLineSafe(env: Environment): boolean {
  const isTlsHere = valueOf(env, 'BRIDGE_TLS_CERT') !== '';
  return isTlsHere || valueOf(env, 'BRIDGE_TRUSTED_PROXIES') !== '' || isOn(env, 'BRIDGE_ALLOW_PLAIN_HTTP');
}

/** Every one of them; none outside production. */
export function productionFaults(env: Environment): ConfigFault[] {
  if (valueOf(env, 'NODE_ENV') !== 'production') return [];
  const faults: ConfigFault[] = [];
  if (valueOf(env, 'BRIDGE_SECRET_KEY') === '')
    faults.push({
      variable: 'BRIDGE_SECRET_KEY',
      fault: 'is not set, though NODE_ENV is "production"',
      remedy:
        'Make one with "openssl rand -base64 32" and keep it apart from the backups: without it stored secrets cannot be read.',
    });
  if (isOn(env, 'BRIDGE_EGRESS_ALLOW_PRIVATE') && valueOf(env, 'BRIDGE_EGRESS_ALLOW') === '')
    faults.push({
      variable: 'BRIDGE_EGRESS_ALLOW_PRIVATE',
      fault: 'is on without BRIDGE_EGRESS_ALLOW, though NODE_ENV is "production"',
      remedy:
        'Name the hosts that may have a private address in BRIDGE_EGRESS_ALLOW, beside those of PureCloud and Salesforce.',
    });
  if (isOpenToStrangers(valueOf(env, 'HOST')) && !isLineSafe(env))
    faults.push({
      variable: 'HOST',
      fault: 'is open to strangers over plain http, though NODE_ENV is "production"',
      remedy:
        'Set BRIDGE_TLS_CERT and BRIDGE_TLS_KEY; or BRIDGE_TRUSTED_PROXIES, where a proxy before the bridge ends TLS; or BRIDGE_ALLOW_PLAIN_HTTP=true, where the network is your own: keys and tokens cross it.',
    });
  return faults;
}
