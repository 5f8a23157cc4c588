/** From this machine towards one upstream: does its name resolve, is the proxy there, is its certificate good, do the clocks agree. */
import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import https from 'node:https';
import net from 'node:net';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import tls from 'node:tls';
import type { Config } from '../../config.ts';
import { proxyFor } from '../../transport/egress-proxy.ts';
import type { Check } from '../print-checks.ts';

const PATIENCE_MS = 5_000;
const WARN_DAYS = 30;
// Signed assertions are refused at a few minutes' difference; two leave room.
const SKEW_SECONDS_MAX = 120;
const DAY_MS = 86_400_000;

type Finding = Pick<Check, 'outcome' | 'sentence'>;

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
}

/** Runs a check, and takes what it throws for its finding. */
export async function check(
  name: string,
  look: () => Promise<Finding>,
  describe: (error: unknown) => string = codeOf,
): Promise<Check> {
  const startedAtMs = performance.now();
  const finding = await look().catch((error: unknown): Finding => ({
    outcome: 'failed',
    sentence: describe(error),
  }));
  return { name, ...finding, durationMs: performance.now() - startedAtMs };
}

async function resolveName(host: string): Promise<Finding> {
  try {
    const addresses = await lookup(host, { all: true });
    return { outcome: 'ok', sentence: addresses.map(({ address }) => address).join(', ') };
  } catch (error) {
    return {
      outcome: 'failed',
      sentence: `${host} does not resolve (${codeOf(error)}); check the name, the region, and the DNS of this machine`,
    };
  }
}

function connect(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port, timeout: PATIENCE_MS });
    socket.once('connect', () => resolve(void socket.destroy()));
    socket.once('error', reject);
    socket.once('timeout', () => {
      socket.destroy();
      reject(new Error('no answer'));
    });
  });
}

async function reachProxy(shown: string): Promise<Finding> {
  const { hostname, port, protocol } = new URL(shown);
  try {
    await connect(hostname, Number(port) || (protocol === 'https:' ? 443 : 80));
    return { outcome: 'ok', sentence: shown };
  } catch (error) {
    return {
      outcome: 'failed',
      sentence: `${shown} cannot be reached (${codeOf(error)}); check HTTPS_PROXY, HTTP_PROXY and NO_PROXY`,
    };
  }
}

interface Answered {
  certificate: PeerCertificate;
  fault: string | undefined;
  date: string | undefined;
}

/** The handshake is let through, so that a bad certificate can be described, and nothing but a HEAD is sent. */
function head(origin: URL, ca: readonly string[]): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const request = https.request(origin, {
      method: 'HEAD',
      agent: false,
      timeout: PATIENCE_MS,
      rejectUnauthorized: false,
      ca: [...tls.rootCertificates, ...ca],
    });
    request.once('response', (answer) => {
      const socket = answer.socket as TLSSocket;
      resolve({
        certificate: socket.getPeerCertificate(),
        fault: socket.authorized ? undefined : String(socket.authorizationError),
        date: answer.headers.date,
      });
      answer.destroy();
    });
    request.once('error', reject);
    request.once('timeout', () => request.destroy(new Error('no answer')));
    request.end();
  });
}

function judgeCertificate({ certificate, fault }: Answered, nowMs: number): Finding {
  if (fault !== undefined) {
    return {
      outcome: 'failed',
      sentence: `${fault}; name a private authority in BRIDGE_CA_FILE, or renew the certificate`,
    };
  }
  const days = Math.floor((Date.parse(certificate.valid_to) - nowMs) / DAY_MS);
  const sentence = `certificate good for ${days} days`;
  return days < WARN_DAYS
    ? { outcome: 'warning', sentence: `${sentence} only` }
    : { outcome: 'ok', sentence };
}

function judgeClock({ date }: Answered, nowMs: number): Finding {
  const theirsMs = Date.parse(date ?? '');
  if (Number.isNaN(theirsMs)) return { outcome: 'notRun', sentence: 'it tells no time' };
  const skew = Math.round((nowMs - theirsMs) / 1000);
  const how = `this machine is ${Math.abs(skew)} s ${skew < 0 ? 'behind' : 'ahead'}`;
  return Math.abs(skew) <= SKEW_SECONDS_MAX
    ? { outcome: 'ok', sentence: how }
    : {
        outcome: 'failed',
        sentence: `${how}; switch on time synchronisation (NTP): signed sign-ins are refused`,
      };
}

async function authorities(caFile: string | undefined): Promise<string[]> {
  if (caFile === undefined) return [];
  try {
    return [await readFile(caFile, 'utf8')];
  } catch (cause) {
    throw new Error(`BRIDGE_CA_FILE cannot be read (${codeOf(cause)}); check path and permissions`, {
      cause,
    });
  }
}

export interface UpstreamCheckOptions {
  config: Config;
  nowMs: () => number;
}

/** @param address Any address of the upstream. */
export async function checkUpstream(
  address: string,
  { config, nowMs }: UpstreamCheckOptions,
): Promise<Check[]> {
  const url = new URL(address);
  const endpoint = proxyFor(url, config.outgoingProxy);
  if (endpoint !== undefined) {
    return [await check(`proxy for ${url.host}`, () => reachProxy(endpoint.shown))];
  }
  const dns = await check(`dns of ${url.hostname}`, () => resolveName(url.hostname.replace(/^\[|\]$/g, '')));
  if (dns.outcome !== 'ok') return [dns];
  if (url.protocol !== 'https:')
    return [dns, { name: `tls of ${url.host}`, outcome: 'notRun', sentence: 'plain http' }];
  let answered: Answered | undefined;
  const tlsCheck = await check(`tls of ${url.host}`, async () => {
    answered = await head(new URL('/', url), await authorities(config.caFile));
    return judgeCertificate(answered, nowMs());
  });
  if (answered === undefined) return [dns, tlsCheck];
  return [dns, tlsCheck, { name: `clock against ${url.host}`, ...judgeClock(answered, nowMs()) }];
}
