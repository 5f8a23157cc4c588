/**
 * Whether the names of a TLS server lie within what its authorities may vouch for (RFC 5280 §4.2.1.10). Pure.
 * Host names and addresses only, since they are what identifies a server; the other forms are left to OpenSSL, whose check of
 * name constraints is the last that it makes, so that no other fault hides its result.
 */
import { BlockList, isIP } from 'node:net';
import type { GeneralName, NameConstraints } from '@peculiar/asn1-x509';
import type { CertificateFacts } from './certificate-facts.ts';

/** @returns A sentence for each authority of the path (`certificates` from the leaf up) whose constraints the leaf breaks. */
export function findConstraintViolations(certificates: readonly CertificateFacts[]): string[] {
  const [leaf, ...authorities] = certificates;
  if (!leaf) return [];
  return authorities.flatMap((authority) => {
    const constraints = authority.extensions?.nameConstraints;
    const outside = constraints && serverNames(leaf).filter((name) => !isWithin(name, constraints));
    return outside?.length
      ? [`${authority.label} may not vouch for ${outside.map(nameText).join(', ')} (name constraint)`]
      : [];
  });
}

/** True where an authority of the path constrains a form of name that this file does not check. */
export function hasUncheckedConstraints(certificates: readonly CertificateFacts[]): boolean {
  return certificates
    .slice(1)
    .some(({ extensions }) => subtreesOf(extensions?.nameConstraints).some((name) => !isChecked(name)));
}

type ServerName = { dns: string } | { ip: string };

function nameText(name: ServerName): string {
  return 'dns' in name ? name.dns : name.ip;
}

/** The common name stands in where there is no alternative DNS name, as OpenSSL and Node read it. */
function serverNames(leaf: CertificateFacts): ServerName[] {
  const alternatives = leaf.extensions?.subjectAltNames ?? [];
  const names = alternatives.flatMap((name): ServerName[] => {
    if (name.dNSName !== undefined) return [{ dns: name.dNSName.toLowerCase() }];
    return name.iPAddress !== undefined ? [{ ip: name.iPAddress }] : [];
  });
  return names.some((name) => 'dns' in name)
    ? names
    : [...names, ...commonNames(leaf).map((dns) => ({ dns }))];
}

function commonNames(leaf: CertificateFacts): string[] {
  const lines = leaf.subject.split('\n').filter((line) => line.startsWith('cn='));
  return lines
    .map((line) => line.slice(3))
    .filter((name) => /^[a-z0-9_*-]+(\.[a-z0-9_-]+)+$/.test(name) && isIP(name) === 0);
}

function isWithin(name: ServerName, { permittedSubtrees, excludedSubtrees }: NameConstraints): boolean {
  const sameForm = (base: GeneralName) =>
    'dns' in name ? base.dNSName !== undefined : base.iPAddress !== undefined;
  const permitted = bases(permittedSubtrees).filter(sameForm);
  if (bases(excludedSubtrees).some((base) => sameForm(base) && covers(base, name))) return false;
  return permitted.length === 0 || permitted.some((base) => covers(base, name));
}

function covers(base: GeneralName, name: ServerName): boolean {
  return 'dns' in name
    ? coversDns(base.dNSName!.toLowerCase(), name.dns)
    : coversIp(base.iPAddress!, name.ip);
}

/** `example.com` covers itself and what lies below; the leading dot that some authorities write means below alone. */
function coversDns(base: string, name: string): boolean {
  if (base === '') return true;
  return base.startsWith('.') ? name.endsWith(base) : name === base || name.endsWith(`.${base}`);
}

/** @param base `address/mask`, the mask written as an address or as a number of bits. */
function coversIp(base: string, ip: string): boolean {
  const [address = '', mask = ''] = base.split('/');
  if (isIP(address) === 0 || isIP(address) !== isIP(ip)) return false;
  const bits = isIP(mask) === 0 ? Number(mask) : maskBits(mask);
  const block = new BlockList();
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  block.addSubnet(address, bits, family);
  return block.check(ip, family);
}

function maskBits(mask: string): number {
  if (isIP(mask) === 4) return mask.split('.').reduce((bits, part) => bits + onesOf(Number(part)), 0);
  return mask.split(':').reduce((bits, part) => bits + onesOf(Number.parseInt(part || '0', 16)), 0);
}

function onesOf(value: number): number {
  return value.toString(2).replaceAll('0', '').length;
}

function bases(subtrees: NameConstraints['permittedSubtrees']): GeneralName[] {
  return [...(subtrees ?? [])].map(({ base }) => base);
}

function subtreesOf(constraints: NameConstraints | undefined): GeneralName[] {
  return constraints ? [...bases(constraints.permittedSubtrees), ...bases(constraints.excludedSubtrees)] : [];
}

function isChecked(name: GeneralName): boolean {
  return name.dNSName !== undefined || name.iPAddress !== undefined;
}
