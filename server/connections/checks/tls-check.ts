/** Is the line closed, by whose certificate, and for how long still? */
import { X509Certificate } from 'node:crypto';
import { daysLeft, EXPIRY_WARNING_DAYS } from '../../transport/certificates/check-client-certificate.ts';
import { inspectLine, type LineFacts } from '../../transport/inspect-line.ts';
import { CERTIFICATE_FAULTS, type CertificateFault } from '../../transport/transport-error.ts';
import type { Check, CheckContext, Finding } from './check.ts';
import { faultFinding } from './fault-finding.ts';
import { addressesOf, proxyOf } from './name-check.ts';

const THIS_MACHINE = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

const FAULT_WORDS: Readonly<Record<CertificateFault, string>> = {
  unknownCertificateAuthority: 'unknown authority',
  wrongCertificateUsage: 'wrong usage',
  certificateNameMismatch: 'another name',
  invalidCertificateDate: 'outside its dates',
};

function words(faults: readonly CertificateFault[]): string {
  return faults.map((fault) => FAULT_WORDS[fault]).join(', ');
}

function ending(certificate: X509Certificate, now: Date): { text: string; isSoon: boolean } {
  const days = daysLeft(certificate, now);
  const day = certificate.validToDate.toISOString().slice(0, 10);
  const text = days < 0 ? `ended on ${day}` : `ends on ${day}, ${days === 1 ? '1 day' : `${days} days`} left`;
  return { text, isSoon: days < EXPIRY_WARNING_DAYS };
}

function ofLine(url: URL, { tls, forgivenFaults }: LineFacts, now: Date): Finding {
  if (tls === undefined) {
    return THIS_MACHINE.test(url.hostname)
      ? { outcome: 'ok', sentence: `${url.host} is this machine, over plain http.` }
      : {
          outcome: 'warning',
          sentence: `${url.host} answers over plain http: whoever is on the way reads the credential. Use https.`,
        };
  }
  const { text, isSoon } = ending(tls.certificate, now);
  const said = `${url.host} speaks ${tls.protocol.replace('v', ' ')}; its certificate ${text}.`;
  if (forgivenFaults.length > 0) {
    const sentence = `${said} Its faults are forgiven by the flags of this connection: ${words(forgivenFaults)}. Whoever can redirect the traffic can read the credential.`;
    return { outcome: 'warning', sentence };
  }
  return { outcome: isSoon ? 'warning' : 'ok', sentence: said };
}

function ofClientCertificate({ profile }: CheckContext, now: Date): Finding[] {
  if (profile.clientCertificate === undefined) return [];
  const { name, certPem } = profile.clientCertificate;
  const { text, isSoon } = ending(new X509Certificate(certPem), now);
  const sentence = `The client certificate ${name} ${text}.`;
  return [
    {
      outcome: isSoon ? 'warning' : 'ok',
      sentence: isSoon ? `${sentence} Request its successor now.` : sentence,
    },
  ];
}

function ofUnneededFlags({ profile }: CheckContext, found: ReadonlySet<CertificateFault>): Finding[] {
  const unneeded = CERTIFICATE_FAULTS.filter((fault) => profile.forgiven.has(fault) && !found.has(fault));
  if (unneeded.length === 0) return [];
  return [
    {
      outcome: 'warning',
      sentence: `This connection forgives what is not wrong here (${words(unneeded)}): switch that off.`,
    },
  ];
}

export const tlsCheck: Check = async (context) => {
  const { connection, profile, sockets, timeoutMs, signal } = context;
  const now = new Date(context.clock.nowMs());
  const findings: Finding[] = [];
  const found = new Set<CertificateFault>();
  for (const url of addressesOf(context)) {
    const proxy = proxyOf(context, url);
    const through = proxy === undefined ? profile : { ...profile, proxy };
    try {
      const line = await inspectLine(url, through, sockets, { timeoutMs, signal });
      line.forgivenFaults.forEach((fault) => found.add(fault));
      findings.push(ofLine(url, line, now));
    } catch (error) {
      return faultFinding(error, connection, url);
    }
  }
  findings.push(...ofClientCertificate(context, now), ...ofUnneededFlags(context, found));
  const isWarning = findings.some(({ outcome }) => outcome === 'warning');
  return {
    outcome: isWarning ? 'warning' : 'ok',
    sentence: findings.map(({ sentence }) => sentence).join(' '),
  };
};
