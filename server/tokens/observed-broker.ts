/** The broker, with every token that it gives out told to whoever counts. */
import type { TokenHandout } from './held-token.ts';
import type { TokenBroker } from './token-broker.ts';

/** @param onUse Called on the hot path: quick, and never throws. */
export function observeBroker(
  broker: TokenBroker,
  onUse: (connection: string, source: TokenHandout['source']) => void,
): TokenBroker {
  return {
    ...broker,
    peek(name, minimumLifetimeSeconds) {
      const token = broker.peek(name, minimumLifetimeSeconds);
      if (token !== undefined) onUse(name, token.source);
      return token;
    },
    async getToken(name, request) {
      const token = await broker.getToken(name, request);
      onUse(name, token.source);
      return token;
    },
  };
}
