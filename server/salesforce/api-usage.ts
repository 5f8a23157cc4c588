/** How much of its daily API calls an org has used, as every answer says, and when the bridge stops. */
import { BridgeError } from '../errors.ts';

export const API_USAGE_SHARE_MAX = 0.8;
/** What was said longer ago is asked for again, with the next call. */
const KNOWN_FOR_MS = 300_000;
const RETRY_SECONDS = 3_600;

export interface ApiUsage {
  used: number;
  max: number;
  /** ISO 8601: when the org said so. */
  at: string;
}

/** `api-usage=18/15000`, which may stand among others. Pure. */
function readApiUsage(header: string | undefined): { used: number; max: number } | undefined {
  const [, used, max] = /\bapi-usage=(\d+)\/(\d+)/.exec(header ?? '') ?? [];
  return used === undefined || max === undefined || Number(max) === 0
    ? undefined
    : { used: Number(used), max: Number(max) };
}

export interface ApiUsageGuard {
  /** @throws BridgeError `rate_limited`: the org's other users need what is left. */
  assertRoom(): void;
  heed(headers: Readonly<Record<string, string>>): void;
  usage(): ApiUsage | undefined;
}

export interface ApiUsageGuardOptions {
  /** Part of the org's daily calls at which the bridge stops; calls of others count too. Default 0.8. */
  shareMax?: number | undefined;
  clock: { nowMs(): number; monotonicMs(): number };
}

export function createApiUsageGuard({
  shareMax = API_USAGE_SHARE_MAX,
  clock,
}: ApiUsageGuardOptions): ApiUsageGuard {
  let known: { usage: ApiUsage; heardAtMs: number } | undefined;
  return {
    assertRoom() {
      if (known === undefined || clock.monotonicMs() - known.heardAtMs > KNOWN_FOR_MS) return;
      const { used, max } = known.usage;
      if (used < max * shareMax) return;
      const percent = Math.round(shareMax * 100);
      throw new BridgeError('rate_limited', {
        detail: `The org has used ${used} of its ${max} API calls of the last 24 hours; the bridge stops at ${percent} %, so that others can go on.`,
        remedy:
          'Wait until calls of yesterday leave the count, sync less often, or allow the bridge a larger part.',
        retryAfterSeconds: RETRY_SECONDS,
        details: { reason: 'salesforce_api_usage', used, max, shareMax },
      });
    },
    heed(headers) {
      const read = readApiUsage(headers['sforce-limit-info']);
      if (read === undefined) return;
      const at = new Date(clock.nowMs()).toISOString();
      known = { usage: { ...read, at }, heardAtMs: clock.monotonicMs() };
    },
    usage: () => known?.usage,
  };
}
