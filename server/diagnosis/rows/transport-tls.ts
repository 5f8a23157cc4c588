/** Rows about TLS: sessions that were not made, certificates of the server and of the client. Pure. */
import type { CertificateFault } from '../../transport/transport-error.ts';
import type { DiagnosisWords, OutcomeRow } from '../diagnosis-row.ts';
import { unforgivenFaults } from '../evidence.ts';
import type { Evidence } from '../evidence.ts';

const CA_FILE = 'BRIDGE_CA_FILE';

/** What was found, and the one flag that would forgive it and nothing else. */
const FAULT_WORDS: Record<CertificateFault, { found: string; flag: string }> = {
  unknownCertificateAuthority: {
    found: 'its certificate authority is unknown',
    flag: 'ignoreUnknownCertificateAuthority',
  },
  wrongCertificateUsage: { found: 'it is not made for servers', flag: 'ignoreWrongCertificateUsage' },
  certificateNameMismatch: { found: 'it is for another host name', flag: 'ignoreCertificateNameMismatch' },
  invalidCertificateDate: { found: 'it is expired or not yet valid', flag: 'ignoreInvalidCertificateDate' },
};

/** Codes of OpenSSL that mean: what answered does not speak TLS. */
const NOT_TLS =
  /^EPROTO$|WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|HTTPS_PROXY_REQUEST|RECORD_LAYER|UNKNOWN_PROTOCOL/;
const NO_COMMON_VERSION =
  /UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|NO_PROTOCOLS|VERSION_TOO_LOW|NO_SHARED_CIPHER|NO_CIPHERS|INSUFFICIENT_SECURITY/;

function isTlsFailure({ fault }: Evidence, codes: RegExp): boolean {
  return fault?.code === 'tls_failed' && codes.test(fault.details.systemCode ?? '');
}

function isOnly(evidence: Evidence, certificateFault: CertificateFault): boolean {
  if (evidence.fault?.code !== 'certificate_refused') return false;
  const unforgiven = unforgivenFaults(evidence);
  return unforgiven.length === 1 && unforgiven[0] === certificateFault;
}

function peer({ fault }: Evidence): string {
  return fault?.details.atProxy === true ? 'the forward proxy' : 'the upstream';
}

/** Names every fault that no flag forgave, so that forgiving one does not only uncover the next. */
function everyFault(evidence: Evidence): Partial<DiagnosisWords> {
  const faults = unforgivenFaults(evidence).map((fault) => FAULT_WORDS[fault]);
  if (faults.length === 0) return {};
  return {
    title: `The certificate of ${peer(evidence)} was refused: ${faults.map(({ found }) => found).join('; ')}`,
    remedy: `Replace the certificate of ${peer(evidence)}; if a proxy inspects TLS here, put its certificate authority into ${CA_FILE}. In a test only: set ${faults.map(({ flag }) => flag).join(' and ')} of the connection.`,
  };
}

export const TLS_ROWS: readonly OutcomeRow[] = [
  {
    code: 'proxy_scheme_wrong',
    title: 'The forward proxy does not speak TLS',
    causes: [
      "proxyUri or HTTPS_PROXY begins with https://, and the proxy speaks plain http: the scheme is the proxy's own, not the target's.",
    ],
    remedy: 'Write http:// in proxyUri of the connection, or HTTPS_PROXY=http://host:port.',
    when: (e) => e.fault?.details.atProxy === true && isTlsFailure(e, NOT_TLS),
  },
  {
    code: 'tls_to_plain_port',
    yieldsTo: 'address',
    title: 'The port does not speak TLS',
    causes: [
      'The URL begins with https:// and the port speaks plain http.',
      'HTTPS_PROXY or proxyUri begins with https://, and the proxy speaks plain http.',
      'Another service listens on that port.',
    ],
    remedy:
      'Check the port of the URL, and write http:// in proxyUri and HTTPS_PROXY for a proxy that speaks plain http.',
    when: (e) => isTlsFailure(e, NOT_TLS),
  },
  {
    code: 'tls_version_refused',
    title: 'No TLS version or cipher suits both sides',
    causes: [
      'The other side only speaks TLS 1.0 or 1.1, which are no longer safe.',
      'An old inspecting proxy stands in between.',
    ],
    remedy: 'Ask whoever runs the other side, or the inspecting proxy, to allow TLS 1.2 or later.',
    when: (e) => isTlsFailure(e, NO_COMMON_VERSION),
  },
  {
    code: 'tls_failed',
    title: 'The TLS handshake failed',
    causes: [
      'A firewall or inspecting proxy broke it off.',
      'The other side wants a client certificate.',
      'The other side only speaks old versions of TLS.',
    ],
    remedy:
      'Run pcbridge connection test on the connection: its check "tls" tells what the other side answers.',
    when: (e) => e.fault?.code === 'tls_failed',
  },
  {
    code: 'certificate_broken',
    title: 'The certificate chain is broken in a way that no setting forgives',
    causes: [
      'A signature in the chain is wrong or uses an algorithm that is no longer safe.',
      'A certificate of the chain was revoked or is malformed.',
    ],
    remedy: 'Replace the certificate chain of the upstream, or of the proxy that inspects TLS.',
    when: (e) => e.fault?.code === 'certificate_refused' && e.fault.details.fatal !== undefined,
    tell: (e) => {
      const found = e.quoteUpstream(e.fault?.details.fatal ?? '');
      return found === undefined
        ? {}
        : { title: `The certificate chain is broken in a way that no setting forgives: ${found}` };
    },
  },
  {
    code: 'certificate_authority_unknown',
    title: 'The certificate comes from an authority that the bridge does not know',
    causes: [
      'A proxy on the way inspects TLS and puts its own certificate in place (Zscaler and the like).',
      'The server has a self-signed certificate or one of a private authority.',
      'The server does not send its intermediate certificates.',
    ],
    remedy: `Put the certificate authority of your company, in PEM, into the file that ${CA_FILE} names; don't switch checking off. In a test only: set ignoreUnknownCertificateAuthority of the connection.`,
    when: (e) => isOnly(e, 'unknownCertificateAuthority'),
  },
  {
    code: 'certificate_usage_wrong',
    title: 'The certificate is not made for a server',
    causes: [
      'A client or e-mail certificate was installed on the server.',
      'A certificate in the chain signs others without being an authority.',
    ],
    remedy:
      'Install a server certificate on the other side. In a test only: set ignoreWrongCertificateUsage of the connection.',
    when: (e) => isOnly(e, 'wrongCertificateUsage'),
  },
  {
    code: 'certificate_name_mismatch',
    yieldsTo: 'address',
    title: 'The certificate is for another host name',
    causes: [
      'The URL holds an IP address, an alias or a misspelt name.',
      'A proxy or a captive portal answered in place of the upstream.',
      'The server has the certificate of another site.',
    ],
    remedy:
      'Write the host in the URL as the certificate names it. In a test only: set ignoreCertificateNameMismatch of the connection.',
    when: (e) => isOnly(e, 'certificateNameMismatch'),
  },
  {
    code: 'certificate_date_invalid',
    title: 'The certificate is expired or not yet valid',
    causes: [
      'The certificate, or an intermediate one, was not renewed.',
      'The clock of the machine of the bridge is wrong.',
    ],
    remedy:
      'Check the clock with pcbridge doctor, then have the certificate renewed. In a test only: set ignoreInvalidCertificateDate of the connection.',
    when: (e) => isOnly(e, 'invalidCertificateDate'),
  },
  {
    code: 'certificate_refused',
    title: 'The certificate of the other side was refused',
    causes: [
      'The server is a test server with a certificate made by hand.',
      'A proxy that inspects TLS answered in place of the upstream.',
      'The certificate was made for another host and has run out as well.',
    ],
    remedy: `Replace the certificate of the other side; if a proxy inspects TLS here, put its certificate authority into ${CA_FILE}.`,
    when: (e) => e.fault?.code === 'certificate_refused',
    tell: everyFault,
  },
  {
    code: 'client_certificate_unusable',
    title: 'The client certificate could not be used; nothing was sent',
    causes: [
      'There is no file of that name in the certificates directory.',
      'The file lacks the certificate or the private key, or the key does not fit.',
      'The bridge may not read the file.',
    ],
    remedy:
      'Add a PEM file with certificate and key by pcbridge certificate add, and name it in clientCertificate; pcbridge certificate list shows those that are there.',
    when: (e) => e.fault?.code === 'client_certificate_unusable',
  },
  {
    code: 'client_certificate_refused',
    title: 'The upstream refused the client certificate',
    causes: [
      'The upstream wants a client certificate and none was given.',
      'The certificate has expired or comes from an authority that the upstream does not trust.',
    ],
    remedy:
      'Set clientCertificate of the connection to a certificate that the upstream has on its list; pcbridge certificate list shows when each ends.',
    when: (e) => e.fault?.code === 'client_certificate_refused',
  },
];
