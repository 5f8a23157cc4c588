/** A token in the memory of one instance, its instants on that instance's monotonic clock; and what a caller gets of it. Pure. */
import type { Secret } from '../secret.ts';
import { freshnessOf, jitterOf, refreshAtMs } from './token-lifetime.ts';

export interface HeldToken {
  accessToken: Secret;
  tokenType: string;
  instanceUrl?: string;
  generation: number;
  credentialVersion: number;
  lifeMs: number;
  issuedAtMs: number;
  expiresAtMs: number;
  refreshAtMs: number;
  grantNotBeforeMs: number;
  /** How many tokens before this one were rejected, one after the other. */
  rejectionsInARow: number;
  /** `expiresAt` as text, and the offset of the wall clock that it was made with. */
  expiryText?: { text: string; wallOffsetMs: number };
}

export interface TokenHandout {
  accessToken: Secret;
  tokenType: string;
  /** ISO 8601, UTC. */
  expiresAt: string;
  expiresInSeconds: number;
  instanceUrl?: string;
  generation: number;
  /** Of the connection that it was issued for. */
  credentialVersion: number;
  source: 'cache' | 'upstream';
}

/** @param seed Of the instance: spreads the refreshes of instances and connections. */
export function holdToken(
  token: Omit<HeldToken, 'refreshAtMs' | 'expiryText'>,
  name: string,
  seed: number,
): HeldToken {
  return { ...token, refreshAtMs: refreshAtMs({ ...token, jitter: jitterOf(seed, name, token.generation) }) };
}

/** Whether the token may be handed out to a caller who will use it for `askedMs`. */
export function isUsable(token: HeldToken, nowMs: number, askedMs: number): boolean {
  return freshnessOf(token, nowMs, askedMs) !== 'mustRefresh';
}

const WALL_CLOCK_DRIFT_MS = 1_000;

function expiryText(token: HeldToken, monotonicMs: number, wallMs: number): string {
  const wallOffsetMs = wallMs - monotonicMs;
  const known = token.expiryText;
  if (known !== undefined && Math.abs(known.wallOffsetMs - wallOffsetMs) < WALL_CLOCK_DRIFT_MS)
    return known.text;
  const text = new Date(token.expiresAtMs + wallOffsetMs).toISOString();
  token.expiryText = { text, wallOffsetMs };
  return text;
}

/** What a caller gets. The text of the expiry is made once per token, and again where the wall clock was set. */
export function handOut(
  token: HeldToken,
  source: TokenHandout['source'],
  monotonicMs: number,
  wallMs: number,
): TokenHandout {
  const handout: TokenHandout = {
    accessToken: token.accessToken,
    tokenType: token.tokenType,
    expiresAt: expiryText(token, monotonicMs, wallMs),
    expiresInSeconds: Math.floor((token.expiresAtMs - monotonicMs) / 1000),
    generation: token.generation,
    credentialVersion: token.credentialVersion,
    source,
  };
  if (token.instanceUrl !== undefined) handout.instanceUrl = token.instanceUrl;
  return handout;
}
