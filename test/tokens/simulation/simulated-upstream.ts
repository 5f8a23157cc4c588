/** An upstream that issues tokens and fails in every way the broker must survive; it alone knows when a token truly ends. */
import { Secret } from '../../../server/secret.ts';
import type { GrantOutcome } from '../../../server/tokens/failure-class.ts';
import type { Chance, VirtualTime } from './virtual-time.ts';
import type { SimulatedConnection } from './world.ts';

export type UpstreamMode =
  'ok' | 'trouble' | 'throttled' | 'garbage' | 'hang' | 'unreachable' | 'refusing' | 'same token';

export interface IssuedToken {
  connection: string;
  credentialVersion: number;
  expiresAtMs: number;
  isRevoked: boolean;
}

export interface SimulatedUpstream {
  mode: UpstreamMode;
  readonly issued: ReadonlyMap<string, IssuedToken>;
  grant(connection: SimulatedConnection): Promise<GrantOutcome>;
  revokeAll(connection: string): void;
}

const FAILURES: Record<Exclude<UpstreamMode, 'ok' | 'hang' | 'same token' | 'throttled'>, GrantOutcome> = {
  trouble: { kind: 'refusal', status: 503 },
  garbage: { kind: 'protocol', reason: 'not_json' },
  unreachable: { kind: 'network', exitPath: 'ConnectionFailure' },
  refusing: { kind: 'refusal', status: 400, error: 'invalid_grant' },
};

export function createSimulatedUpstream(time: VirtualTime, chance: Chance): SimulatedUpstream {
  const issued = new Map<string, IssuedToken>();
  const newest = new Map<string, string>();

  function issue(connection: SimulatedConnection): GrantOutcome {
    const { name, credentialVersion, lifeSeconds } = connection;
    const token = `token-${issued.size + 1}`;
    issued.set(token, {
      connection: name,
      credentialVersion,
      expiresAtMs: time.nowMs() + lifeSeconds * 1000,
      isRevoked: false,
    });
    newest.set(name, token);
    return answer(token, connection.tellsLife ? chance.pick([lifeSeconds, String(lifeSeconds)]) : undefined);
  }

  function answer(token: string, expiresIn: unknown): GrantOutcome {
    const accessToken = new Secret(token);
    return {
      kind: 'token',
      accessToken,
      tokenType: 'Bearer',
      expiresIn,
      requestStartedMonotonicMs: Number.NaN,
    };
  }

  /** The token given before, with what is left of it, until little is left. */
  function repeat(connection: SimulatedConnection): GrantOutcome {
    const token = newest.get(connection.name);
    const known = token === undefined ? undefined : issued.get(token);
    const leftMs = (known?.expiresAtMs ?? 0) - time.nowMs();
    const isWorthRepeating = known?.credentialVersion === connection.credentialVersion && leftMs > 30_000;
    return isWorthRepeating ? answer(token!, Math.floor(leftMs / 1000)) : issue(connection);
  }

  const upstream: SimulatedUpstream = {
    mode: 'ok',
    issued,
    async grant(connection) {
      await time.sleep(chance.is(0.8) ? chance.between(1, 300) : chance.between(1, 4_000));
      const { mode } = upstream;
      if (mode === 'hang') return new Promise(() => undefined);
      const outcome = outcomeOf(mode, connection);
      await time.sleep(chance.is(0.8) ? chance.between(1, 300) : chance.between(1, 4_000));
      return outcome;
    },
    revokeAll(connection) {
      for (const token of issued.values()) token.isRevoked ||= token.connection === connection;
    },
  };

  function outcomeOf(mode: Exclude<UpstreamMode, 'hang'>, connection: SimulatedConnection): GrantOutcome {
    if (mode === 'ok') return issue(connection);
    if (mode === 'same token') return repeat(connection);
    if (mode === 'throttled') return { kind: 'throttled', retryAfter: String(chance.between(1, 30)) };
    return FAILURES[mode];
  }
  return upstream;
}
