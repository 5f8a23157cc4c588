/** Since when this instance uses the present token of each connection. */
import type { BrokerClock } from '../tokens/broker-clock.ts';

export interface TokenAges {
  used(connection: string, generation: number): void;
  /** Infinity for a token that is not the newest one used. */
  ageMs(connection: string, generation: number): number;
}

export function createTokenAges(clock: Pick<BrokerClock, 'monotonicMs'>): TokenAges {
  const newest = new Map<string, { generation: number; sinceMs: number }>();
  return {
    used(connection, generation) {
      const known = newest.get(connection);
      if (known !== undefined && known.generation >= generation) return;
      newest.set(connection, { generation, sinceMs: clock.monotonicMs() });
    },
    ageMs(connection, generation) {
      const known = newest.get(connection);
      return known?.generation === generation ? clock.monotonicMs() - known.sinceMs : Infinity;
    },
  };
}
