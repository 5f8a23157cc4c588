/** A broker, or several, on virtual time, with an upstream that answers as each test says. */
import { BridgeError } from '../../server/errors.ts';
import { Secret } from '../../server/secret.ts';
import type { GrantOutcome } from '../../server/tokens/failure-class.ts';
import { createMemoryTokenStore, type MemoryTokenStore } from '../../server/tokens/memory-token-store.ts';
import type { BrokerConnection } from '../../server/tokens/token-cell.ts';
import {
  createTokenBroker,
  type TokenBroker,
  type TokenBrokerOptions,
} from '../../server/tokens/token-broker.ts';
import type { TokenStore } from '../../server/tokens/token-store.ts';
import { createChance, createVirtualTime } from './simulation/virtual-time.ts';

export type Answer = Partial<Omit<Extract<GrantOutcome, { kind: 'token' }>, 'accessToken'>> & {
  accessToken?: string;
};

export interface UpstreamCall {
  connection: BrokerConnection;
  atMs: number;
  signal: AbortSignal;
  number: number;
}

export const NEVER = new Promise<never>(() => undefined);
export const WALL_START_MS = Date.parse('2026-03-01T12:00:00Z');

export function createBench(connection: Partial<BrokerConnection> = {}) {
  const chance = createChance(1);
  const time = createVirtualTime(chance, 1_000_000);
  const core: MemoryTokenStore = createMemoryTokenStore(() => WALL_START_MS + time.nowMs());
  const connections = new Map<string, BrokerConnection>();
  const calls: UpstreamCall[] = [];
  const logged: string[] = [];
  const clock = { wallOffsetMs: WALL_START_MS };

  function add(more: Partial<BrokerConnection> = {}): void {
    const added = { name: 'crm', credentialVersion: 1, timeoutSeconds: 10, ...connection, ...more };
    connections.set(added.name, added);
  }
  add();

  const upstream = {
    calls,
    delayMs: 100,
    /** What the upstream answers to this call, after the delay. */
    answer: (call: UpstreamCall): GrantOutcome | Promise<GrantOutcome> =>
      token({ accessToken: `token-${call.number}` }),
  };

  function token(answer: Answer = {}): GrantOutcome {
    return {
      kind: 'token',
      tokenType: 'Bearer',
      expiresIn: 3600,
      requestStartedMonotonicMs: Number.NaN,
      ...answer,
      accessToken: new Secret(answer.accessToken ?? 'token'),
    };
  }

  async function fetchToken(wanted: BrokerConnection, signal: AbortSignal): Promise<GrantOutcome> {
    const call = { connection: wanted, atMs: time.nowMs(), signal, number: calls.length + 1 };
    calls.push(call);
    await time.sleep(upstream.delayMs);
    const outcome = await upstream.answer(call);
    return outcome.kind === 'token' ? { ...outcome, requestStartedMonotonicMs: call.atMs } : outcome;
  }

  function log(level: string) {
    return (fields: object, message: string) =>
      void logged.push(`${level} ${message} ${JSON.stringify(fields)}`);
  }

  function broker(owner = 'a', options: Partial<TokenBrokerOptions<BrokerConnection>> = {}): TokenBroker {
    return createTokenBroker<BrokerConnection>({
      fetchToken,
      findConnection: (name) => Promise.resolve(connections.get(name)),
      store: core,
      owner,
      random: () => chance.next(),
      log: { info: log('info'), warn: log('warn'), error: log('error') },
      clock: {
        monotonicMs: () => time.nowMs(),
        nowMs: () => time.nowMs() + clock.wallOffsetMs,
        setTimer: (delayMs, run) => time.after(delayMs, run),
      },
      ...options,
    });
  }

  /** Runs what is due, and gives back how the work ended and when. */
  async function ended<T>(work: Promise<T>): Promise<{ value?: T; error?: BridgeError; atMs: number }> {
    let end: { value?: T; error?: BridgeError; atMs: number } | undefined;
    work.then(
      (value) => (end = { value, atMs: time.nowMs() }),
      (error: unknown) => (end = { error: error as BridgeError, atMs: time.nowMs() }),
    );
    for (let untilMs = time.nowMs(); end === undefined; untilMs += 100) {
      if (untilMs > time.nowMs() + 4_000_000) throw new Error('never ended');
      await time.run(untilMs);
    }
    return end;
  }

  async function get(of: TokenBroker, request: Parameters<TokenBroker['getToken']>[1] = {}, name = 'crm') {
    const { value, error } = await ended(of.getToken(name, request));
    if (value === undefined) throw error ?? new Error('neither a value nor an error');
    return value;
  }

  /** The code of the error that the call ends with. */
  async function failure(
    of: TokenBroker,
    request: Parameters<TokenBroker['getToken']>[1] = {},
    name = 'crm',
  ) {
    const { value, error } = await ended(of.getToken(name, request));
    if (!(error instanceof BridgeError))
      throw new Error(`no error of the bridge: ${String(error ?? value?.generation)}`);
    return error;
  }

  const passes = (ms: number) => time.run(time.nowMs() + ms);

  return {
    time,
    core,
    connections,
    add,
    upstream,
    token,
    broker,
    ended,
    get,
    failure,
    passes,
    logged,
    clock,
    chance,
  };
}

export type Bench = ReturnType<typeof createBench>;

/** A store that can be away, slow or deaf; `ways` decides for each call. */
export function faultyStore(core: TokenStore, way: () => Promise<void> | void): TokenStore {
  async function through<T>(work: () => Promise<T>): Promise<T> {
    await way();
    return work();
  }
  return {
    read: (name) => through(() => core.read(name)),
    acquire: (request) => through(() => core.acquire(request)),
    publish: (publication) => through(() => core.publish(publication)),
    reject: (request) => through(() => core.reject(request)),
    reset: (name, owner) => through(() => core.reset(name, owner)),
    countLogin: (login) => through(() => core.countLogin(login)),
    forget: (name, owner, version) => through(() => core.forget(name, owner, version)),
    announce: (name, owner) => through(() => core.announce(name, owner)),
    subscribe: (listener) => core.subscribe(listener),
    close: () => core.close(),
  };
}
