/** How many requests a caller may make: keeps one that runs wild from taking the bridge away from the others. */
import { BridgeError } from '../errors.ts';
import { fullBucket, takeToken, untilTokenMs, type Bucket, type BucketRate } from './token-bucket.ts';

/** 2,000 a second: far above what an org or a job does on purpose, and a fraction of what one process answers. */
export const REQUESTS_PER_MINUTE_DEFAULT = 120_000;
/** Only callers that signed in get here, so this bounds nothing but a mistake. */
const CALLERS_MAX = 10_000;

export interface LimitedCaller {
  name: string;
  requestsPerMinute?: number | undefined;
}

export interface CallLimit {
  /** @throws BridgeError `rate_limited`. */
  take(caller: LimitedCaller): void;
}

interface Entry {
  bucket: Bucket;
  rate: BucketRate;
}

/** Counted by each process for itself. A caller may use up a minute's requests at once, and then goes on at the rate. */
export function createCallLimit(monotonicMs: () => number): CallLimit {
  const entries = new Map<string, Entry>();

  function entryOf({ name, requestsPerMinute = REQUESTS_PER_MINUTE_DEFAULT }: LimitedCaller): Entry {
    const known = entries.get(name);
    if (known?.rate.perMinute === requestsPerMinute) return known;
    const rate = { burst: requestsPerMinute, perMinute: requestsPerMinute };
    const entry = { rate, bucket: fullBucket(rate, monotonicMs()) };
    if (entries.size >= CALLERS_MAX) entries.clear();
    entries.set(name, entry);
    return entry;
  }

  return {
    take(caller) {
      const { bucket, rate } = entryOf(caller);
      const nowMs = monotonicMs();
      if (takeToken(bucket, rate, nowMs)) return;
      throw new BridgeError('rate_limited', {
        detail: `The caller ${caller.name} makes more than ${rate.perMinute} requests a minute`,
        retryAfterSeconds: Math.max(1, Math.ceil(untilTokenMs(bucket, rate, nowMs) / 1000)),
      });
    },
  };
}
