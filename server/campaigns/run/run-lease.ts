/** Keeps the lease of a run, and says at once when it may be another's. The clock and the timer come in. */

/** Two renewals may fail; then the lease is given up while it still holds: whoever takes the run up has it alone. */
const RENEWALS_PER_LEASE = 4;

export interface LeaseOptions {
  /** @returns false where the lease is another's. */
  renew(): Promise<boolean>;
  every: (intervalMs: number, tick: () => void) => () => void;
  leaseMs: number;
  monotonicMs: () => number;
  /** Before the lease was asked for. */
  claimedAtMs: number;
  onFailure(error: unknown): void;
}

export interface HeldLease {
  /** Nothing more may be said in the name of the run: what this process has in hand may be older than what another has sent since. */
  lost: AbortSignal;
  stop(): void;
}

export function holdLease({ renew, every, leaseMs, monotonicMs, ...options }: LeaseOptions): HeldLease {
  const lost = new AbortController();
  const intervalMs = leaseMs / RENEWALS_PER_LEASE;
  let renewedAtMs = options.claimedAtMs;

  async function renewNow(): Promise<void> {
    const askedAtMs = monotonicMs();
    if (!(await renew())) lost.abort();
    else renewedAtMs = Math.max(renewedAtMs, askedAtMs);
  }

  const stop = every(intervalMs, () => {
    // At the third: a timer may be a little early, and the fourth would be too late.
    if (monotonicMs() - renewedAtMs > leaseMs - 1.5 * intervalMs) lost.abort();
    else renewNow().catch(options.onFailure);
  });
  return { lost: lost.signal, stop };
}
