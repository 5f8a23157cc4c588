/** Failed sign-ins by address: a few are a mistake, many are an attack or a job with an old key, and both can wait. */
import { isIPv6 } from 'node:net';
import { BridgeError } from '../errors.ts';
import { createBoundedMap } from './bounded-map.ts';
import { fullBucket, takeToken, type Bucket, type BucketRate } from './token-bucket.ts';

const FAILURES_RATE: BucketRate = { burst: 20, perMinute: 20 };
const WAIT_MS_FIRST = 3_000;
const WAIT_MS_MAX = 15 * 60_000;
/** After this long without a failure the waits begin small again. */
const FORGIVEN_AFTER_MS = 2 * WAIT_MS_MAX;
/** An attacker with more addresses than these pushes out his own oldest ones; some 2 MB at most. */
const ADDRESSES_MAX = 10_000;
const KNOWN_MAX = 10_000;
/**
 * What an address that waits may still try beside the credentials that signed in from there before: a caller whose key was just
 * rotated gets in, and whoever guesses is not heard. A JWT is new every time and cannot be guessed; its limit is for the work.
 */
export const TRIES_WHILE_WAITING = {
  key: { burst: 20, perMinute: 20 },
  jwt: { burst: 600, perMinute: 600 },
} as const satisfies Record<string, BucketRate>;

export interface FailedSignIns {
  /** Milliseconds that the address still has to wait; 0: it may try. */
  waitMs(address: string): number;
  failed(address: string): void;
  /** @param sha256 Of the credential, asked for where it is not known yet; undefined: it is another each time. */
  succeeded(address: string, caller: string, sha256?: () => string | undefined): void;
  /**
   * Whether an address that has to wait may show this credential: it signed in from there before, or it is one of the few others.
   * @param sha256 Of an API key; undefined: a JWT.
   */
  mayTry(address: string, sha256: string | undefined): boolean;
  /** Whether this caller has signed in from this address before: then it is not made to wait for the failures of its neighbours. */
  isKnown(address: string, caller: string): boolean;
}

interface Failures {
  bucket: Bucket;
  /** Waits that were imposed one after the other; each doubles the next. */
  waits: number;
  blockedUntilMs: number;
  lastMs: number;
}

/** One network of IPv6 counts as one address: its owner can take 2^64 of them (RFC 6177 §2). */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%', 1)[0]!.split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const whole = [...groups, ...Array<string>(missing).fill('0'), ...(tail ? tail.split(':') : [])];
  return whole
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

/** What follows from one more failure. Changes `failures` in place. */
function countFailure(failures: Failures, nowMs: number): void {
  if (nowMs - failures.lastMs > FORGIVEN_AFTER_MS) failures.waits = 0;
  failures.lastMs = nowMs;
  takeToken(failures.bucket, FAILURES_RATE, nowMs);
  if (failures.bucket.tokens >= 1) return;
  failures.blockedUntilMs = nowMs + Math.min(WAIT_MS_FIRST * 2 ** failures.waits, WAIT_MS_MAX);
  failures.waits += 1;
}

export function createFailedSignIns(monotonicMs: () => number): FailedSignIns {
  const byNetwork = createBoundedMap<string, Failures>(ADDRESSES_MAX);
  const known = createBoundedMap<string, true>(KNOWN_MAX);
  const credentials = createBoundedMap<string, true>(KNOWN_MAX);
  const tries = createBoundedMap<string, Bucket>(ADDRESSES_MAX);
  const knownKey = (address: string, caller: string) => `${networkOf(address)} ${caller}`;
  return {
    waitMs(address) {
      if (byNetwork.size === 0) return 0;
      const failures = byNetwork.get(networkOf(address));
      return failures === undefined ? 0 : Math.max(0, failures.blockedUntilMs - monotonicMs());
    },
    failed(address) {
      const network = networkOf(address);
      const nowMs = monotonicMs();
      let failures = byNetwork.get(network);
      if (failures === undefined) {
        failures = { bucket: fullBucket(FAILURES_RATE, nowMs), waits: 0, blockedUntilMs: 0, lastMs: nowMs };
        byNetwork.set(network, failures);
      }
      countFailure(failures, nowMs);
    },
    succeeded(address, caller, sha256) {
      const key = knownKey(address, caller);
      const isNew = known.get(key) === undefined;
      if (isNew) known.set(key, true);
      // Hashed a second time only where it matters: this is on the path of every request.
      const credential = isNew || this.waitMs(address) > 0 ? sha256?.() : undefined;
      if (credential !== undefined) credentials.set(knownKey(address, credential), true);
    },
    mayTry(address, sha256) {
      if (sha256 !== undefined && credentials.get(knownKey(address, sha256))) return true;
      const kind = sha256 === undefined ? 'jwt' : 'key';
      const key = knownKey(address, kind);
      const nowMs = monotonicMs();
      const bucket = tries.get(key) ?? fullBucket(TRIES_WHILE_WAITING[kind], nowMs);
      tries.set(key, bucket);
      return takeToken(bucket, TRIES_WHILE_WAITING[kind], nowMs);
    },
    isKnown: (address, caller) => known.get(knownKey(address, caller)) === true,
  };
}

export function tooManyFailures(waitMs: number): BridgeError {
  return new BridgeError('rate_limited', {
    detail: 'Too many sign-ins from this address have failed',
    remedy:
      'Correct the key of whatever keeps signing in from this address, wait for the number of seconds in Retry-After, then try again.',
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
  });
}
