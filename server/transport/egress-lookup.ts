/** Host -> the addresses that may be dialled. What it returns is to be dialled as it is, never looked up again. */
import { lookup, type LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import { BridgeError } from '../errors.ts';
import { normaliseHost } from './egress-host.ts';
import type { EgressPolicy } from './egress-policy.ts';
import { TransportError } from './transport-error.ts';

export interface AllowedAddress {
  address: string;
  family: 4 | 6;
}

export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;
export type GuardedLookup = (host: string, signal?: AbortSignal) => Promise<readonly AllowedAddress[]>;

const systemLookup = promisify(lookup);

/** The system's resolver: hosts file, search domains and all, in the order in which it answers. */
export const resolveWithSystem: Resolve = (host) => systemLookup(host, { all: true, verbatim: true });

/** Codes with which a resolver says that there is no such name. Every other code means that nobody could tell. */
const NO_SUCH_NAME = new Set(['ENOTFOUND', 'ENODATA', 'EAI_NONAME', 'EAI_NODATA']);

/**
 * Returns the addresses of a host that the policy lets a socket dial, in the resolver's order. An address needs no look-up, but the same check.
 * The check is on what is dialled, so a name that answers differently the next time (DNS rebinding) gains nothing.
 * Whether the host itself may be called, on that port, is `policy.checkHost`'s to say first.
 * @throws BridgeError `egress_denied` where the policy refuses every address; it does not name them
 * @throws TransportError `name_not_found` | `name_server_failed`
 * @throws the signal's reason, at once, though the system's look-up itself goes on until it ends by itself
 */
export function createGuardedLookup(
  policy: EgressPolicy,
  resolve: Resolve = resolveWithSystem,
): GuardedLookup {
  return async (host, signal) => {
    signal?.throwIfAborted();
    const name = normaliseHost(host);
    if (name === undefined) throw denied('The target is not a valid host name or address.');
    const found = isIP(name) === 0 ? await resolveName(name, resolve, signal) : [name];
    return allowedOf(policy, name, found);
  };
}

function allowedOf(policy: EgressPolicy, host: string, found: readonly string[]): readonly AllowedAddress[] {
  const allowed: AllowedAddress[] = [];
  const reasons = new Set<string>();
  for (const address of found) {
    const reason = policy.checkAddress(address);
    if (reason === undefined) allowed.push({ address, family: isIP(address) === 6 ? 6 : 4 });
    else reasons.add(reason);
  }
  if (allowed.length > 0) return allowed;
  const verb = isIP(host) === 0 ? 'resolves to' : 'is';
  throw denied(`The host ${host} ${verb} ${[...reasons].join(' and ')}, which the bridge may not call.`);
}

function denied(sentence: string): BridgeError {
  return new BridgeError('egress_denied', { detail: `${sentence} Nothing was sent.` });
}

async function resolveName(
  name: string,
  resolve: Resolve,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  let found: readonly LookupAddress[];
  try {
    found = await orAbort(resolve(name), signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw lookupError(name, error);
  }
  if (found.length === 0) throw notFound(name, undefined, undefined);
  return found.map((entry) => entry.address);
}

function lookupError(name: string, error: unknown): TransportError {
  const code = (error as { code?: unknown } | null)?.code;
  const systemCode = typeof code === 'string' ? code : undefined;
  if (systemCode !== undefined && NO_SUCH_NAME.has(systemCode)) return notFound(name, systemCode, error);
  const details = systemCode === undefined ? {} : { systemCode };
  return new TransportError(
    'name_server_failed',
    `No name server gave an answer about ${name}.`,
    { phase: 'nameLookup', ...details },
    error,
  );
}

function notFound(name: string, systemCode: string | undefined, cause: unknown): TransportError {
  const details = systemCode === undefined ? {} : { systemCode };
  return new TransportError(
    'name_not_found',
    `The name ${name} does not resolve.`,
    { phase: 'nameLookup', ...details },
    cause,
  );
}

/** getaddrinfo cannot be stopped, so the wait for it is. The listener goes when the race is over. */
function orAbort<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise<T>((settle, fail) => {
    const onAbort = (): void => {
      fail(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(settle, fail).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}
