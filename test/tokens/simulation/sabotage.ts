/** Brokers and stores with one rule taken out each. If the simulation does not see it, it proves nothing. */
import type { MemoryTokenStore } from '../../../server/tokens/memory-token-store.ts';
import type { GrantResult, TokenRecord } from '../../../server/tokens/token-store.ts';
import type { Sabotage, SimulatedConnection } from './world.ts';

function reads(change: (record: TokenRecord, name: string) => TokenRecord) {
  return (core: MemoryTokenStore): MemoryTokenStore => ({
    ...core,
    async read(name) {
      const record = await core.read(name);
      return record === undefined ? undefined : change(record, name);
    },
  });
}

/** A result that comes too late is written all the same. */
function withoutFencing(core: MemoryTokenStore): MemoryTokenStore {
  return {
    ...core,
    async publish(publication) {
      const outcome = await core.publish(publication);
      if (outcome.accepted) return outcome;
      const record = await core.read(publication.name);
      const owner = record?.lock?.owner ?? publication.owner;
      const again = { ...publication, owner, expectedEpoch: record?.epoch ?? 0, ttlMs: 1_000 };
      const lock = await core.acquire(again);
      return lock.outcome === 'acquired' ? core.publish({ ...again, epoch: lock.epoch }) : outcome;
    },
  };
}

function withoutLock(core: MemoryTokenStore): MemoryTokenStore {
  return {
    ...core,
    async acquire(request) {
      const record = await core.read(request.name);
      const owner = record?.lock?.owner ?? request.owner;
      return core.acquire({ ...request, owner, expectedEpoch: record?.epoch ?? 0 });
    },
    async read(name) {
      const record = await core.read(name);
      if (record !== undefined) delete record.lock;
      return record;
    },
  };
}

function publishes(change: (result: GrantResult) => GrantResult) {
  return (core: MemoryTokenStore): MemoryTokenStore => ({
    ...core,
    publish: (publication) => core.publish({ ...publication, result: change(publication.result) }),
  });
}

function withoutBudget(core: MemoryTokenStore): MemoryTokenStore {
  return {
    ...core,
    acquire({ login: _login, ...request }) {
      return core.acquire(request);
    },
  };
}

/** Every connection reads the record of the first that was ever written. */
function withOneRecordForAll(core: MemoryTokenStore): MemoryTokenStore {
  let first: string | undefined;
  return {
    ...core,
    publish(publication) {
      first ??= publication.name;
      return core.publish(publication);
    },
    read: (name) => core.read(first ?? name),
  };
}

/** The number of a token does not rise above that of the token before. */
function withoutNewNumbers(core: MemoryTokenStore): MemoryTokenStore {
  return {
    ...core,
    async publish(publication) {
      const outcome = await core.publish(publication);
      return outcome.accepted ? { accepted: true, generation: 1 } : outcome;
    },
  };
}

const forgetsFailures = publishes((result) => (result.kind === 'failure' ? { kind: 'nothing' } : result));
const addsLife = reads((record) =>
  record.token === undefined
    ? record
    : { ...record, token: { ...record.token, remainingMs: record.token.lifeMs } },
);
/** A token counts as one of the present credential, whichever it was made with. */
function withoutVersions(core: MemoryTokenStore, connections: ReadonlyMap<string, SimulatedConnection>) {
  return reads((record, name) => ({
    ...record,
    credentialVersion: connections.get(name)!.credentialVersion,
  }))(core);
}

export interface NamedSabotage {
  name: string;
  /** The invariant that sees it. */
  invariant: string;
  sabotage: Sabotage;
}

export const SABOTAGES: readonly NamedSabotage[] = [
  {
    name: 'a store that takes the result of a stale epoch',
    invariant: 'I2',
    sabotage: { core: withoutFencing },
  },
  { name: 'a store that grants the lock to everyone', invariant: 'I2', sabotage: { core: withoutLock } },
  { name: 'a grant that asks the upstream twice', invariant: 'I2', sabotage: { grantsPerFetch: 2 } },
  { name: 'a store that adds life to a token', invariant: 'I1', sabotage: { core: addsLife } },
  { name: 'a clock that stands still', invariant: 'I1', sabotage: { monotonicMs: () => 0 } },
  {
    name: 'a clock that runs at half the speed',
    invariant: 'I1',
    sabotage: { monotonicMs: (nowMs) => nowMs / 2 },
  },
  { name: 'a store that forgets refusals', invariant: 'I3', sabotage: { core: forgetsFailures } },
  { name: 'a store that counts no sign-ins', invariant: 'I3', sabotage: { core: withoutBudget } },
  { name: 'timers that ring late', invariant: 'I4', sabotage: { timerMs: (delayMs) => delayMs * 2 } },
  { name: 'a store that mixes up connections', invariant: 'I5', sabotage: { core: withOneRecordForAll } },
  {
    name: 'a store that ignores the version of the credential',
    invariant: 'I5',
    sabotage: { core: withoutVersions },
  },
  {
    name: 'a store that gives one number to two tokens',
    invariant: 'I5',
    sabotage: { core: withoutNewNumbers },
  },
  {
    name: 'a store whose locks nobody can get',
    invariant: 'I7',
    sabotage: { core: (core) => ({ ...core, acquire: () => Promise.resolve({ outcome: 'changed' }) }) },
  },
];
