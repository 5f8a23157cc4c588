/** A token bucket: so many at once, then so many a minute. Pure: the clock comes in. */

export interface BucketRate {
  /** As many as the bucket holds when it is full. */
  burst: number;
  perMinute: number;
}

export interface Bucket {
  tokens: number;
  /** Monotonic milliseconds at which `tokens` was true. */
  atMs: number;
}

const MINUTE_MS = 60_000;

export function fullBucket({ burst }: BucketRate, nowMs: number): Bucket {
  return { tokens: burst, atMs: nowMs };
}

function tokensNow({ tokens, atMs }: Bucket, { burst, perMinute }: BucketRate, nowMs: number): number {
  const elapsedMs = Math.max(0, nowMs - atMs);
  return Math.min(burst, tokens + (elapsedMs * perMinute) / MINUTE_MS);
}

/** Takes one token, changing the bucket in place since this is on the path of every request; false where there is none. */
export function takeToken(bucket: Bucket, rate: BucketRate, nowMs: number): boolean {
  bucket.tokens = tokensNow(bucket, rate, nowMs);
  bucket.atMs = nowMs;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

/** Milliseconds until there is a token to take. */
export function untilTokenMs(bucket: Bucket, rate: BucketRate, nowMs: number): number {
  const missing = 1 - tokensNow(bucket, rate, nowMs);
  return missing <= 0 ? 0 : (missing * MINUTE_MS) / rate.perMinute;
}
