/** The walk over the checks of a connection: in order, each timed, and none that a failure before has made senseless. */
import { profileOf } from '../../bearer/execute.ts';
import type { Connection } from '../connection.ts';
import {
  CHECK_NAMES,
  type Check,
  type CheckContext,
  type CheckName,
  type CheckOutcome,
  type CheckParts,
  type CheckResult,
  type Finding,
} from './check.ts';
import { clockCheck } from './clock-check.ts';
import { faultFinding } from './fault-finding.ts';
import { nameCheck } from './name-check.ts';
import { permissionsCheck } from './permissions-check.ts';
import { createProbe } from './probe.ts';
import { rateRoomCheck } from './rate-room-check.ts';
import { signInCheck } from './sign-in-check.ts';
import { tlsCheck } from './tls-check.ts';

/** Of one step: a test is for a person who waits. */
const STEP_TIMEOUT_MS_MAX = 10_000;
const CHECKS_TIMEOUT_MS_DEFAULT = 60_000;

const CHECKS: Readonly<Record<CheckName, Check>> = {
  name: nameCheck,
  tls: tlsCheck,
  clock: clockCheck,
  signIn: signInCheck,
  permissions: permissionsCheck,
  rateRoom: rateRoomCheck,
};

/** Which failures leave a check without sense; a wrong clock, for one, hinders no sign-in by password. */
const NEEDS: Readonly<Record<CheckName, readonly CheckName[]>> = {
  name: [],
  tls: ['name'],
  clock: ['name', 'tls'],
  signIn: ['name', 'tls'],
  permissions: ['name', 'tls', 'signIn'],
  rateRoom: ['name', 'tls', 'signIn'],
};

export interface ConnectionTest {
  connection: string;
  /** The worst of all that were made. */
  outcome: CheckOutcome;
  checks: readonly CheckResult[];
}

export interface ConnectionChecks {
  /** @throws the signal's reason, where the caller left. */
  run(connection: Connection, options: { signal: AbortSignal; timeoutMs?: number }): Promise<ConnectionTest>;
}

/** `notRun` weighs nothing: nothing is known of what was not looked at. Pure. */
export function worstOf(outcomes: readonly CheckOutcome[]): CheckOutcome {
  return (['failed', 'warning', 'ok'] as const).find((outcome) => outcomes.includes(outcome)) ?? 'notRun';
}

const OUT_OF_TIME: Finding = {
  outcome: 'failed',
  sentence: 'The test ran out of time here. Allow more with X-Bridge-Timeout-Seconds.',
};

/** What did not succeed, in a sentence. */
const STEP: Readonly<Record<CheckName, string>> = {
  name: 'finding the host',
  tls: 'the secure connection',
  clock: 'comparing the clocks',
  signIn: 'signing in',
  permissions: 'looking at the permissions',
  rateRoom: 'looking at the rate limit',
};

function notMadeSince(failed: CheckName): Finding {
  return { outcome: 'notRun', sentence: `Not made, since ${STEP[failed]} failed.` };
}

function notRun(name: CheckName, done: readonly CheckResult[]): Finding | undefined {
  const failed = done.find((result) => result.outcome === 'failed' && NEEDS[name].includes(result.name));
  if (failed === undefined) return undefined;
  return notMadeSince(failed.name);
}

export function createConnectionChecks(parts: CheckParts): ConnectionChecks {
  const { clock } = parts;

  async function timed(name: CheckName, work: () => Promise<Finding>): Promise<CheckResult> {
    const startedAtMs = clock.monotonicMs();
    const finding = await work();
    return { name, ...finding, durationMs: Math.round(clock.monotonicMs() - startedAtMs) };
  }

  async function all(context: CheckContext, isGone: () => boolean): Promise<CheckResult[]> {
    const done: CheckResult[] = [];
    for (const name of CHECK_NAMES) {
      const senseless = notRun(name, done);
      const result = await timed(name, async () => {
        if (senseless !== undefined) return senseless;
        try {
          return context.signal.aborted ? OUT_OF_TIME : await CHECKS[name](context);
        } catch (error) {
          if (!context.signal.aborted || isGone()) throw error;
          return OUT_OF_TIME;
        }
      });
      done.push(result);
    }
    return done;
  }

  /** A client certificate that cannot be used ends the test before it began: no line could be opened. */
  function withoutProfile(error: unknown, connection: Connection): CheckResult[] {
    const done: CheckResult[] = [];
    for (const name of CHECK_NAMES) {
      const finding: Finding =
        name === 'name'
          ? { outcome: 'notRun', sentence: 'Not made: the client certificate comes first.' }
          : name === 'tls'
            ? faultFinding(error, connection, new URL(connection.url))
            : notMadeSince('tls');
      done.push({ name, ...finding, durationMs: 0 });
    }
    return done;
  }

  return {
    async run(connection, { signal: caller, timeoutMs: totalMs = CHECKS_TIMEOUT_MS_DEFAULT }) {
      const signal = AbortSignal.any([caller, AbortSignal.timeout(totalMs)]);
      const timeoutMs = Math.min(connection.timeoutSeconds * 1000, STEP_TIMEOUT_MS_MAX);
      const checks = await profileOf(connection, parts).then(
        (profile) => {
          const bare = { ...parts, connection, profile, signal, timeoutMs };
          return all({ ...bare, probe: createProbe(bare) }, () => caller.aborted);
        },
        (error: unknown) => withoutProfile(error, connection),
      );
      caller.throwIfAborted(); // its answer would be kept for its Idempotency-Key
      return {
        connection: connection.name,
        outcome: worstOf(checks.map(({ outcome }) => outcome)),
        checks,
      };
    },
  };
}
