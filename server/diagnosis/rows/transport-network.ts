/** Rows about the way to the upstream: names, sockets, deadlines, forward proxies and answers that broke off. Pure. */
import type { TransportFaultCode, TransportPhase } from '../../transport/transport-error.ts';
import type { OutcomeRow } from '../diagnosis-row.ts';
import type { Evidence } from '../evidence.ts';

function isFault({ fault }: Evidence, code: TransportFaultCode, atProxy = false): boolean {
  return fault?.code === code && (fault.details.atProxy === true) === atProxy;
}

function isDeadline({ fault }: Evidence, ...phases: TransportPhase[]): boolean {
  return fault?.code === 'deadline' && phases.includes(fault.details.phase);
}

function hostOf(evidence: Evidence): string {
  const host = evidence.request?.host ?? '';
  return host === '' ? 'the upstream' : evidence.quote(host);
}

const MORE_TIME = 'raise timeoutSeconds of the connection, up to 120';

export const NETWORK_ROWS: readonly OutcomeRow[] = [
  {
    code: 'proxy_name_not_found',
    title: 'The name of the forward proxy does not resolve',
    causes: [
      'The host in proxyUri or HTTPS_PROXY is misspelt.',
      'The name is only known inside another network.',
    ],
    remedy:
      'Correct the host in proxyUri of the connection, or in HTTPS_PROXY where the connection names no proxy.',
    when: (e) => isFault(e, 'name_not_found', true),
  },
  {
    code: 'host_name_not_found',
    yieldsTo: 'address',
    title: 'The name of the upstream does not exist',
    causes: [
      'The host in the URL is misspelt, or the region of the connection is wrong.',
      'The My Domain of the org was renamed.',
      'The machine only resolves names of its own network and needs a forward proxy.',
    ],
    remedy:
      'Check the host in the URL, letter by letter; for PureCloud choose the region of the connection instead of typing a URL.',
    when: (e) => isFault(e, 'name_not_found'),
    tell: (e) => ({ title: `The name of ${hostOf(e)} does not exist` }),
  },
  {
    code: 'name_server_failed',
    title: 'No name server answered',
    causes: [
      'The machine of the bridge has no working name server just now.',
      'A container or firewall does not let DNS through.',
    ],
    remedy:
      'Check DNS on the machine of the bridge: run pcbridge doctor there. The host itself may be right.',
    when: (e) => e.fault?.code === 'name_server_failed',
  },
  {
    code: 'proxy_target_unknown',
    yieldsTo: 'address',
    title: 'The forward proxy cannot resolve the name of the upstream',
    causes: [
      'The host in the URL is misspelt.',
      'The proxy has no DNS for the internet, or sends such calls to a further proxy.',
    ],
    remedy:
      'Check the host in the URL first; if it is right, ask the owner of the proxy to let it resolve that name.',
    when: (e) => e.fault?.code === 'proxy_target_unknown',
  },
  {
    code: 'timeout_name_lookup',
    title: 'The time ran out while the name was looked up',
    causes: ['The name server is slow or drops packets.', 'The deadline is very short.'],
    remedy: `Check DNS on the machine of the bridge with pcbridge doctor; if it is only slow, ${MORE_TIME}.`,
    when: (e) => isDeadline(e, 'nameLookup', 'prepare'),
  },
  {
    code: 'timeout_proxy',
    title: 'The time ran out at the forward proxy',
    causes: [
      'A firewall drops the packets to the proxy.',
      'The port in proxyUri is wrong.',
      'The proxy waits for the upstream, which it cannot reach.',
    ],
    remedy:
      'Check host and port in proxyUri of the connection, then ask the owner of the proxy whether it may reach the upstream.',
    when: (e) => isDeadline(e, 'proxy') || (e.fault?.code === 'deadline' && e.fault.details.atProxy === true),
  },
  {
    code: 'timeout_connect',
    yieldsTo: 'address',
    title: 'The time ran out before a connection was made',
    causes: [
      'A firewall drops the packets without a word.',
      'This network reaches the internet through a forward proxy only.',
      'The port is wrong.',
    ],
    remedy:
      'Allow the machine of the bridge to reach the host on port 443, or set proxyUri of the connection.',
    when: (e) => isDeadline(e, 'connect'),
    tell: (e) => ({ title: `The time ran out before a connection to ${hostOf(e)} was made` }),
  },
  {
    code: 'timeout_tls',
    title: 'The time ran out during the TLS handshake',
    causes: [
      'A firewall or inspecting proxy holds the handshake back.',
      'The port answers, but does not speak TLS.',
    ],
    remedy:
      'Check that the port of the URL speaks https, then ask whoever runs the firewall whether it inspects TLS.',
    when: (e) => isDeadline(e, 'tls'),
  },
  {
    code: 'timeout_send',
    title: 'The time ran out while the request was being sent',
    causes: ['The line is slow or was interrupted.', 'The upstream stopped reading.'],
    remedy: `Try again; if it repeats, ${MORE_TIME}.`,
    when: (e) => isDeadline(e, 'send'),
  },
  {
    code: 'timeout_answer',
    title: 'The upstream took the request and did not finish its answer in time',
    causes: [
      'The upstream is slow or overloaded.',
      'The deadline is shorter than the upstream usually takes.',
    ],
    remedy: `Try again; if it repeats, ${MORE_TIME}, and look at the status page of the upstream.`,
    when: (e) => isDeadline(e, 'answer'),
  },
  {
    code: 'proxy_refused_connection',
    title: 'Nothing listens at the address of the forward proxy',
    causes: ['The port in proxyUri or HTTPS_PROXY is wrong.', 'The proxy is not running.'],
    remedy: 'Correct the port in proxyUri of the connection, or start the proxy.',
    when: (e) => isFault(e, 'connection_refused', true),
  },
  {
    code: 'connection_refused',
    yieldsTo: 'address',
    title: 'The upstream refused the connection',
    causes: [
      'Nothing listens on that port.',
      'A firewall answers in its place.',
      'The host name leads to a wrong address, for example through a hosts file.',
    ],
    remedy: 'Check host and port of the URL, then whether the machine of the bridge may reach them.',
    when: (e) => isFault(e, 'connection_refused'),
    tell: (e) => ({ title: `The connection to ${hostOf(e)} was refused` }),
  },
  {
    code: 'proxy_unreachable',
    title: 'There is no way to the forward proxy',
    causes: ['The proxy is in a network that this machine has no route to.'],
    remedy: 'Check the address in proxyUri of the connection, and the network of the machine of the bridge.',
    when: (e) => isFault(e, 'connection_unreachable', true),
  },
  {
    code: 'connection_unreachable',
    title: 'There is no way to the upstream',
    causes: [
      'The machine has no route to that network.',
      'The name resolved to an IPv6 address and the network has no IPv6.',
    ],
    remedy:
      'Check the network of the machine of the bridge with pcbridge doctor, or set proxyUri of the connection.',
    when: (e) => e.fault?.code === 'connection_unreachable',
  },
  {
    code: 'proxy_closed_connection',
    title: 'The forward proxy closed the connection',
    causes: ['What listens there is no http proxy.', 'The proxy does not allow this machine.'],
    remedy:
      'Check that proxyUri of the connection names an http proxy, and that this machine is allowed to use it.',
    when: (e) => isFault(e, 'connection_reset', true),
  },
  {
    code: 'connection_reset',
    title: 'The connection was closed before an answer began',
    causes: [
      'A firewall or inspecting proxy cut it.',
      'The upstream was restarting.',
      'The URL begins with http:// for a port that speaks https.',
    ],
    remedy: 'Try again; if it repeats, ask whoever runs the firewall whether it blocks this host.',
    when: (e) => e.fault?.code === 'connection_reset',
  },
  {
    code: 'connection_failed',
    title: 'The connection failed',
    causes: [
      'The network of the machine changed or is overloaded.',
      'The machine has no free sockets or files left.',
    ],
    remedy:
      'Run pcbridge doctor on the machine of the bridge; it checks name, proxy, TLS and clock in order.',
    when: (e) => e.fault?.code === 'connection_failed',
  },
  {
    code: 'proxy_authentication_required',
    title: 'The forward proxy wants a user name and password',
    causes: [
      'proxyUri has no user and password, or wrong ones.',
      'The proxy only takes Windows sign-in (NTLM or Kerberos), which the bridge does not speak.',
    ],
    remedy: 'Set proxyUri of the connection to http://user:password@host:port, with both percent-encoded.',
    when: (e) => e.fault?.code === 'proxy_authentication_required' || e.status === 407,
  },
  {
    code: 'proxy_forbids_target',
    title: 'The forward proxy does not allow this upstream',
    causes: ['The host is not on the list of the proxy.', 'The proxy allows port 443 only.'],
    remedy: 'Ask the owner of the proxy to allow the host of the URL on its port.',
    when: (e) =>
      e.fault?.code === 'proxy_tunnel_refused' && [401, 403, 405].includes(e.fault.details.proxyStatus ?? 0),
    tell: (e) => ({ title: `The forward proxy does not allow ${hostOf(e)}` }),
  },
  {
    code: 'proxy_cannot_reach_target',
    title: 'The forward proxy could not reach the upstream',
    causes: ['The upstream is down or the host is wrong.', 'The proxy has no way to the internet just now.'],
    remedy: 'Check the host of the URL, then ask the owner of the proxy to try it from there.',
    when: (e) =>
      e.fault?.code === 'proxy_tunnel_refused' && [502, 503, 504].includes(e.fault.details.proxyStatus ?? 0),
  },
  {
    code: 'proxy_tunnel_refused',
    title: 'The forward proxy refused the tunnel',
    causes: [
      'What listens at proxyUri is a web server or a reverse proxy, not a forward proxy.',
      'The proxy does not allow CONNECT.',
    ],
    remedy: 'Check that proxyUri of the connection names a forward proxy that allows CONNECT to port 443.',
    when: (e) => e.fault?.code === 'proxy_tunnel_refused',
    tell: ({ fault }) =>
      fault?.details.proxyStatus === undefined
        ? {}
        : { title: `The forward proxy refused the tunnel with status ${fault.details.proxyStatus}` },
  },
  {
    code: 'answer_malformed',
    yieldsTo: 'address',
    title: 'The answer is not HTTP',
    causes: [
      'The URL begins with http:// for a port that speaks https.',
      'Another service listens on that port.',
    ],
    remedy: 'Check scheme and port of the URL.',
    when: (e) => e.fault?.code === 'answer_malformed',
  },
  {
    code: 'answer_cut_off',
    title: 'The answer broke off in the middle',
    causes: ['The upstream or a proxy closed the connection too early.', 'The upstream was restarting.'],
    remedy: 'Try again; if it repeats, take proxies out of the way one by one.',
    when: (e) => e.fault?.code === 'answer_cut_off',
  },
  {
    code: 'answer_too_large',
    title: 'The answer is larger than a token answer can be',
    causes: ['The URL leads to a page or a download instead of the token endpoint.'],
    remedy: 'Check the URL: it must be that of the token endpoint. The bridge reads 1 MiB and no more.',
    when: (e) => e.fault?.code === 'answer_too_large',
  },
  {
    code: 'answer_undecodable',
    title: 'The compression of the answer is broken',
    causes: [
      'A proxy changed the body or its Content-Encoding header.',
      'The upstream uses a compression nobody asked for.',
    ],
    remedy: 'Take the proxy out of the way, or ask its owner to pass on compressed answers unchanged.',
    when: (e) => e.fault?.code === 'answer_undecodable',
  },
];
