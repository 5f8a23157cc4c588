/** What must hold at every step of every schedule. A violation carries the number of the invariant. */
import type { TokenHandout } from '../../../server/tokens/held-token.ts';
import type { IssuedToken } from './simulated-upstream.ts';

const HOUR_MS = 3_600_000;

export class InvariantViolated extends Error {
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(`${invariant}: ${message}`);
    this.name = 'InvariantViolated';
    this.invariant = invariant;
  }
}

/** What the schedule allows itself, and which rules are therefore weaker. */
export interface Regime {
  /** The clock of the store jumps forward: a lock may end early, and then two grants overlap. */
  locksMayEndEarly: boolean;
  /** Processes die or lose the store, and a refusal may not reach it. */
  refusalsMayBeLost: boolean;
}

export interface Handout {
  connection: string;
  instance: string;
  askedMs: number;
  handout: TokenHandout;
  /** The newest version of the credential that this instance had been told of when the call began. */
  knownVersion: number;
  rejectedBefore: number;
}

export interface Watch {
  violations: InvariantViolated[];
  acquired(connection: string, epoch: number, owner: string): void;
  published(connection: string, epoch: number, currentEpoch: number, isAccepted: boolean): void;
  grantBegins(grant: {
    connection: string;
    owner: string;
    loginKey: string;
    refusalKey: string;
    attemptsMax: number;
  }): void;
  grantEnds(connection: string, owner: string): void;
  refused(refusalKey: string): void;
  ownerDied(owner: string): void;
  handedOut(handout: Handout): void;
  generationRead(connection: string, generation: number): void;
  callEnded(call: { connection: string; startedMs: number; waitMs: number }): void;
  handouts(): number;
  fail(invariant: string, message: string): void;
}

export function createWatch(
  nowMs: () => number,
  issued: ReadonlyMap<string, IssuedToken>,
  regime: Regime,
): Watch {
  const violations: InvariantViolated[] = [];
  const epochOf = new Map<string, number>();
  const usedEpochs = new Set<string>();
  const running = new Map<string, Set<string>>();
  const attempts = new Map<string, number[]>();
  const refusals = new Set<string>();
  const tokenOfGeneration = new Map<string, string>();
  const generations = new Map<string, number>();
  let handouts = 0;

  function fail(invariant: string, message: string): void {
    violations.push(new InvariantViolated(invariant, `${message} (at ${nowMs()} ms)`));
  }

  function checkAttempts(loginKey: string, attemptsMax: number): void {
    const hour = (attempts.get(loginKey) ?? []).filter((atMs) => atMs > nowMs() - HOUR_MS);
    hour.push(nowMs());
    attempts.set(loginKey, hour);
    if (hour.length > attemptsMax && !regime.locksMayEndEarly) {
      fail('I3', `${hour.length} sign-ins within an hour, ${attemptsMax} are allowed`);
    }
  }

  return {
    violations,
    handouts: () => handouts,
    fail,
    acquired(connection, epoch, owner) {
      epochOf.set(`${owner} ${connection}`, epoch);
    },
    published(connection, epoch, currentEpoch, isAccepted) {
      if (isAccepted && epoch !== currentEpoch)
        fail('I2', `${connection}: a result of epoch ${epoch} was taken in epoch ${currentEpoch}`);
    },
    grantBegins({ connection, owner, loginKey, refusalKey, attemptsMax }) {
      const epoch = epochOf.get(`${owner} ${connection}`);
      const use = `${connection} ${epoch}`;
      if (epoch === undefined || usedEpochs.has(use))
        fail('I2', `${connection}: a second grant in epoch ${epoch}`);
      usedEpochs.add(use);
      const others = running.get(connection) ?? new Set();
      if (others.size > 0 && !regime.locksMayEndEarly) fail('I2', `${connection}: two grants at a time`);
      running.set(connection, others.add(owner));
      checkAttempts(loginKey, attemptsMax);
      if (refusals.has(refusalKey) && !regime.refusalsMayBeLost)
        fail('I3', `${connection}: a second attempt after a refusal`);
    },
    grantEnds(connection, owner) {
      running.get(connection)?.delete(owner);
    },
    refused(refusalKey) {
      refusals.add(refusalKey);
    },
    ownerDied(owner) {
      for (const owners of running.values()) owners.delete(owner);
    },
    handedOut({ connection, instance, askedMs, handout, knownVersion, rejectedBefore }) {
      handouts += 1;
      const value = handout.accessToken.reveal();
      const truth = issued.get(value);
      if (truth === undefined) {
        fail('I5', `${connection}: a token that no upstream issued`);
        return;
      }
      const where = `${connection} on ${instance}, generation ${handout.generation}`;
      const leftMs = truth.expiresAtMs - nowMs();
      if (leftMs < askedMs || leftMs <= 0) fail('I1', `${where}: ${leftMs} ms left, ${askedMs} ms asked`);
      if (handout.expiresInSeconds * 1000 > leftMs)
        fail('I1', `${where}: promised ${handout.expiresInSeconds} s of ${leftMs} ms`);
      if (truth.connection !== connection) fail('I5', `${where}: a token of ${truth.connection}`);
      if (truth.credentialVersion < knownVersion)
        fail('I5', `${where}: a token of a credential that was replaced`);
      if (handout.generation <= rejectedBefore) fail('I5', `${where}: a token that was invalidated`);
      const key = `${connection} ${handout.generation}`;
      const known = tokenOfGeneration.get(key);
      if (known !== undefined && known !== value && !regime.locksMayEndEarly)
        fail('I5', `${where}: two tokens in one generation`);
      tokenOfGeneration.set(key, value);
    },
    generationRead(connection, generation) {
      if (generation < (generations.get(connection) ?? 0))
        fail('I5', `${connection}: the generation fell to ${generation}`);
      generations.set(connection, generation);
    },
    callEnded({ connection, startedMs, waitMs }) {
      const tookMs = nowMs() - startedMs;
      if (tookMs > waitMs) fail('I4', `${connection}: a call took ${tookMs} ms, ${waitMs} ms were allowed`);
    },
  };
}
