/** One upstream, one store, several instances of the bridge, and everything that can happen to them. */
import { createMemoryTokenStore, type MemoryTokenStore } from '../../../server/tokens/memory-token-store.ts';
import type { GrantOutcome } from '../../../server/tokens/failure-class.ts';
import type { BrokerTimer } from '../../../server/tokens/broker-clock.ts';
import type { BrokerConnection } from '../../../server/tokens/token-cell.ts';
import { createTokenBroker, type TokenBroker } from '../../../server/tokens/token-broker.ts';
import { createWatch, type Regime, type Watch } from './invariants.ts';
import { createSimulatedStore, type StoreWeather } from './simulated-store.ts';
import { createSimulatedUpstream, type SimulatedUpstream } from './simulated-upstream.ts';
import { createChance, createVirtualTime, type Chance, type VirtualTime } from './virtual-time.ts';

export interface SimulatedConnection extends BrokerConnection {
  /** Whole life of the tokens that the upstream issues. */
  lifeSeconds: number;
  tellsLife: boolean;
  login: { key: string; attemptsPerHourMax: number };
}

export interface Instance {
  name: string;
  broker: TokenBroker;
  isAlive: boolean;
  isCutOff: boolean;
  /** The process stands still until then, as in a long garbage collection or on a frozen machine. */
  pausedUntilMs: number;
  wallOffsetMs: number;
  /** Newest version of the credential of each connection that was announced here. */
  knownVersions: Map<string, number>;
  /** Highest generation of each connection that was invalidated here. */
  rejected: Map<string, number>;
}

/** Deliberate faults of the broker's surroundings: the invariants must find each of them. */
export interface Sabotage {
  core?(core: MemoryTokenStore, connections: ReadonlyMap<string, SimulatedConnection>): MemoryTokenStore;
  monotonicMs?(nowMs: number): number;
  timerMs?(delayMs: number): number;
  grantsPerFetch?: number;
}

export interface World {
  time: VirtualTime;
  chance: Chance;
  watch: Watch;
  upstream: SimulatedUpstream;
  weather: StoreWeather;
  connections: Map<string, SimulatedConnection>;
  instances: Instance[];
  storeClock: { offsetMs: number };
  /** Rises when an administrator resets a connection: then one more attempt is allowed. */
  resets: ReadonlyMap<string, number>;
  startInstance(name: string): Instance;
  kill(instance: Instance): void;
  announceGaps(): void;
}

const QUIET_LOG = { info: () => undefined, warn: () => undefined, error: () => undefined };

export function createWorld(seed: number, regime: Regime, sabotage: Sabotage = {}): World {
  const chance = createChance(seed);
  const time = createVirtualTime(chance);
  const storeClock = { offsetMs: 0 };
  const trueCore = createMemoryTokenStore(() => time.nowMs() + storeClock.offsetMs);
  const upstream = createSimulatedUpstream(time, chance);
  const watch = createWatch(() => time.nowMs(), upstream.issued, regime);
  const weather: StoreWeather = { isDown: false, losesNotices: false, isSlow: false };
  const connections = new Map<string, SimulatedConnection>();
  const core = sabotage.core?.(trueCore, connections) ?? trueCore;
  const resets = new Map<string, number>();
  const instances: Instance[] = [];
  const gaps: (() => void)[] = [];

  const observed: MemoryTokenStore = {
    ...core,
    async acquire(request) {
      const lock = await core.acquire(request);
      if (lock.outcome === 'acquired') watch.acquired(request.name, lock.epoch, request.owner);
      return lock;
    },
    async publish(publication) {
      const before = await trueCore.read(publication.name);
      const outcome = await core.publish(publication);
      watch.published(publication.name, publication.epoch, before?.epoch ?? 0, outcome.accepted);
      return outcome;
    },
    async reset(name, owner) {
      await core.reset(name, owner);
      resets.set(name, (resets.get(name) ?? 0) + 1);
    },
    async read(name) {
      const record = await core.read(name);
      if (record !== undefined) watch.generationRead(name, record.generation);
      return record;
    },
  };

  async function grantOnce(
    connection: SimulatedConnection,
    owner: string,
    signal: AbortSignal,
  ): Promise<GrantOutcome> {
    const { name, credentialVersion, login } = connection;
    const refusalKey = `${name} ${credentialVersion} ${resets.get(name) ?? 0}`;
    const attemptsMax = login.attemptsPerHourMax;
    watch.grantBegins({ connection: name, owner, loginKey: login.key, refusalKey, attemptsMax });
    const end = () => {
      watch.grantEnds(name, owner);
    };
    signal.addEventListener('abort', end, { once: true });
    const outcome = await upstream.grant(connection);
    if (outcome.kind === 'refusal' && outcome.status === 400 && !signal.aborted) watch.refused(refusalKey);
    end();
    return outcome;
  }

  function startInstance(name: string): Instance {
    const startOffsetMs = chance.between(0, 1_000_000); // no two monotonic clocks agree
    const instance: Instance = {
      name,
      broker: undefined as unknown as TokenBroker,
      isAlive: true,
      isCutOff: false,
      pausedUntilMs: 0,
      wallOffsetMs: 1_760_000_000_000,
      knownVersions: new Map(),
      rejected: new Map(),
    };
    const leftOfPauseMs = () => instance.pausedUntilMs - time.nowMs();
    const way = {
      weather,
      isCutOff: () => instance.isCutOff,
      isAlive: () => instance.isAlive,
      leftOfPauseMs,
    };
    /** Rings when the timer is due, or at the end of the pause. */
    function setTimer(delayMs: number, run: () => void): BrokerTimer {
      let timer = time.after(sabotage.timerMs?.(delayMs) ?? delayMs, ring);
      function ring(): void {
        if (leftOfPauseMs() > 0) timer = time.after(leftOfPauseMs(), ring);
        else if (instance.isAlive) run();
      }
      return {
        cancel: () => {
          timer.cancel();
        },
      };
    }
    const simulated = createSimulatedStore(observed, way, time, chance);
    gaps.push(() => {
      simulated.announceGap();
    });
    instance.broker = createTokenBroker<SimulatedConnection>({
      store: simulated.store,
      owner: name,
      random: () => chance.next(),
      log: QUIET_LOG,
      findConnection: (wanted) => simulated.travel(() => connections.get(wanted)),
      async fetchToken(connection, signal) {
        const startedMs = time.nowMs() + startOffsetMs;
        let outcome = await grantOnce(connection, name, signal);
        for (let extra = 1; extra < (sabotage.grantsPerFetch ?? 1); extra += 1) {
          outcome = await grantOnce(connection, name, signal);
        }
        if (leftOfPauseMs() > 0) await time.sleep(leftOfPauseMs());
        return outcome.kind === 'token' ? { ...outcome, requestStartedMonotonicMs: startedMs } : outcome;
      },
      clock: {
        monotonicMs: () => startOffsetMs + (sabotage.monotonicMs?.(time.nowMs()) ?? time.nowMs()),
        nowMs: () => time.nowMs() + instance.wallOffsetMs,
        setTimer,
      },
    });
    instances.push(instance);
    return instance;
  }

  return {
    time,
    chance,
    watch,
    upstream,
    weather,
    connections,
    instances,
    storeClock,
    resets,
    startInstance,
    kill(instance) {
      instance.isAlive = false;
      instances.splice(instances.indexOf(instance), 1);
      watch.ownerDied(instance.name);
    },
    announceGaps() {
      for (const announce of gaps) announce();
    },
  };
}
