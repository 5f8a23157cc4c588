/** The door: every way in which a caller may show who it is. */
import { createCallLimit } from '../callers/call-limit.ts';
import { createFailedSignIns } from '../callers/failed-sign-ins.ts';
import { createJwtKeys } from '../callers/jwt-keys.ts';
import { createJwtSignIn } from '../callers/jwt-sign-in.ts';
import { createJwtTable, createSharedUsedJwts } from '../callers/used-jwts.ts';
import type { Config } from '../config.ts';
import { createGate, type Gate } from '../http/authenticate.ts';
import { createTrustedProxies } from '../http/trusted-proxies.ts';
import type { Log } from '../telemetry/log.ts';
import { createBridgeTokens, type BridgeTokens } from '../tokens/bridge-token.ts';
import type { ComposedStores } from './compose-stores.ts';
import type { Upstream } from './compose-upstream.ts';

/** A caller waits for it who signs in by JWT for the first time, and up to 8 s for the answer then: Apex gives up after 10 s in all. */
const KEY_SET_TIMEOUT_MS = 1_500;

/** Who comes in: by API key, JWT, client certificate, or a token that the bridge made. */
export function composeGate(
  { clientCertificateHeader, trustedProxies }: Config,
  { callers, ring, database }: ComposedStores,
  { transport, clock }: Upstream,
  log: Log,
): { gate: Gate; bridgeTokens: BridgeTokens } {
  const now = clock.nowMs;
  const bridgeTokens = createBridgeTokens({ ring, callers, now });
  const keys = createJwtKeys({
    monotonicMs: clock.monotonicMs,
    fetchText: (url, signal) =>
      transport.send(
        { method: 'GET', url, headers: { accept: 'application/json' }, body: '' },
        { forgiven: new Set() },
        { timeoutMs: KEY_SET_TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) },
      ),
  });
  const used = createSharedUsedJwts({ shared: createJwtTable(database, clock.monotonicMs), log });
  const gate = createGate({
    callers,
    jwt: createJwtSignIn({ callers, keys, now, used }),
    bridgeTokens,
    failedSignIns: createFailedSignIns(clock.monotonicMs),
    callLimit: createCallLimit(clock.monotonicMs),
    proxies: createTrustedProxies(trustedProxies),
    ...(clientCertificateHeader === undefined ? {} : { clientCertificateHeader }),
    now,
  });
  return { gate, bridgeTokens };
}
