/** What is known of a connection -> the one word for how it is, and what a person has to do. Pure. */
import type { StatusWord } from '../status-words.ts';

/** Of the token broker's state, what the word depends on. */
export interface TokenFacts {
  generation: number;
  hasToken: boolean;
  isGranting: boolean;
  isStoreReachable: boolean;
  failure?: { isLatched: boolean };
}

export interface ConnectionFacts {
  /** False: the stored secrets cannot be opened with the present key. */
  areSecretsReadable: boolean;
  token: TokenFacts;
  /** The upstream asked for a pause, and calls wait. */
  isPaused: boolean;
}

/**
 * `Part failed` is for runs: a connection signs in or does not. `Late`: refreshing fails, and the token of before still serves.
 * A connection that lies unused is `Healthy`: its next caller signs in.
 */
export function connectionStatus({ areSecretsReadable, token, isPaused }: ConnectionFacts): StatusWord {
  const { failure, hasToken, isGranting, isStoreReachable, generation } = token;
  if (!areSecretsReadable || failure?.isLatched === true) return 'Action needed';
  if (failure !== undefined) return hasToken ? 'Late' : 'Failed';
  if (isPaused) return 'Paused';
  if (hasToken) return 'Healthy';
  if (isGranting) return 'Running';
  return isStoreReachable && generation > 0 ? 'Healthy' : 'Unknown';
}
