/** JWTs that were used, by their "jti", until they expire: one that has a jti signs in once and no more. */

/** One caller may have this many in use at once; the rest would have to wait, since to forget one is to accept it again. */
export const USED_JWTS_PER_CALLER_MAX = 20_000;

export interface UsedJwts {
  /** `full`: too many unexpired ones of this caller to remember another. */
  use(caller: string, jti: string, expiresAtMs: number, nowMs: number): 'first' | 'again' | 'full';
}

/** In the memory of this process: a second instance does not know what the first has seen. */
export function createUsedJwts(perCallerMax: number = USED_JWTS_PER_CALLER_MAX): UsedJwts {
  const byCaller = new Map<string, Map<string, number>>();

  function forgetExpired(used: Map<string, number>, nowMs: number): void {
    for (const [jti, expiresAtMs] of used) if (expiresAtMs <= nowMs) used.delete(jti);
  }

  return {
    use(caller, jti, expiresAtMs, nowMs) {
      let used = byCaller.get(caller);
      if (used === undefined) byCaller.set(caller, (used = new Map<string, number>()));
      const known = used.get(jti);
      if (known !== undefined && known > nowMs) return 'again';
      if (used.size >= perCallerMax) forgetExpired(used, nowMs);
      if (used.size >= perCallerMax) return 'full';
      used.set(jti, expiresAtMs);
      return 'first';
    },
  };
}
