/** The way from one instance to the store of all: slow, broken, lossy. What was asked may be done although the answer is lost. */
import type { MemoryTokenStore } from '../../../server/tokens/memory-token-store.ts';
import type { TokenStore } from '../../../server/tokens/token-store.ts';
import type { Chance, VirtualTime } from './virtual-time.ts';

export interface StoreWeather {
  /** Nobody reaches the store. */
  isDown: boolean;
  losesNotices: boolean;
  /** Some calls take seconds, and are done although nobody waits for them any more. */
  isSlow: boolean;
}

export interface StoreWay {
  readonly weather: StoreWeather;
  /** This instance alone does not reach it. */
  isCutOff(): boolean;
  isAlive(): boolean;
  leftOfPauseMs(): number;
}

const NEVER = new Promise<never>(() => undefined);

export function createSimulatedStore(
  core: MemoryTokenStore,
  way: StoreWay,
  time: VirtualTime,
  chance: Chance,
): { store: TokenStore; travel<T>(work: () => T | Promise<T>): Promise<T>; announceGap(): void } {
  const latencyMs = () =>
    way.weather.isSlow && chance.is(0.2) ? chance.between(500, 4_000) : chance.between(0, 20);

  async function cross(): Promise<void> {
    await time.sleep(latencyMs());
    if (way.leftOfPauseMs() > 0) await time.sleep(way.leftOfPauseMs());
    if (!way.isAlive()) return NEVER;
    if (!way.weather.isDown && !way.isCutOff()) return;
    if (chance.is(0.3)) return NEVER;
    throw new Error('the store cannot be reached');
  }

  async function travel<T>(work: () => T | Promise<T>): Promise<T> {
    await cross();
    const result = await work();
    await cross();
    return result;
  }

  const listeners = new Set<Parameters<TokenStore['subscribe']>[0]>();
  core.subscribe((change) => {
    if (way.weather.isDown || way.isCutOff() || (way.weather.losesNotices && chance.is(0.5))) return;
    time.after(chance.between(0, 50), () => {
      if (way.isAlive()) for (const listener of listeners) listener(change);
    });
  });

  const store: TokenStore = {
    read: (name) => travel(() => core.read(name)),
    acquire: (request) => travel(() => core.acquire(request)),
    publish: (publication) => travel(() => core.publish(publication)),
    reject: (request) => travel(() => core.reject(request)),
    reset: (name, owner) => travel(() => core.reset(name, owner)),
    countLogin: (login) => travel(() => core.countLogin(login)),
    forget: (name, owner, version) => travel(() => core.forget(name, owner, version)),
    announce: (name, owner) => travel(() => core.announce(name, owner)),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => Promise.resolve(),
  };
  return {
    store,
    travel,
    announceGap() {
      if (way.isAlive()) for (const listener of listeners) listener(undefined);
    },
  };
}
