/** The cases that brokers are known to break on: a store that is away; and the broker's own beginning and end. Virtual time throughout. */
import { describe, expect, test } from '@jest/globals';
import { createMemoryTokenStore } from '../../server/tokens/memory-token-store.ts';
import { createBench, faultyStore, NEVER } from './broker-bench.ts';

const HOUR_MS = 3_600_000;
const refused = { kind: 'refusal', status: 400, error: 'invalid_grant' } as const;
const trouble = { kind: 'refusal', status: 503 } as const;

/** The store goes away while the upstream refuses: what came of the grant cannot be written. */
function refusedInAnOutage() {
  const bench = createBench();
  const outage = { hasBegun: false, isOver: false };
  const store = faultyStore(bench.core, () => {
    if (outage.hasBegun && !outage.isOver) throw new Error('away');
  });
  bench.upstream.answer = () => {
    outage.hasBegun = true;
    return refused;
  };
  return { bench, broker: bench.broker('a', { store }), outage };
}

describe('when the store is away', () => {
  test('case 09: the token in memory is served, and the rest is told to wait, each within the time limit', async () => {
    const bench = createBench();
    let isAway = false;
    const store = faultyStore(bench.core, () => (isAway ? NEVER : undefined));
    const broker = bench.broker('a', { store });
    bench.add({ name: 'cold' });
    await bench.get(broker);
    isAway = true;
    const startMs = bench.time.nowMs();
    const callers = Array.from({ length: 100 }, () => bench.ended(broker.getToken('cold')));
    const ends = await Promise.all(callers);
    for (const { error, atMs } of ends) {
      expect(error?.code).toBe('unavailable');
      expect(error?.options.retryAfterSeconds).toBeGreaterThanOrEqual(1);
      expect(atMs - startMs).toBeLessThanOrEqual(1_000);
    }
    await bench.passes(600_000);
    expect(broker.peek('crm')?.generation).toBe(1);
    expect(bench.upstream.calls).toHaveLength(1);
    expect((await bench.ended(broker.state('crm'))).value?.isStoreReachable).toBe(false);
    isAway = false;
    await bench.passes(1_100);
    expect((await bench.get(broker, {}, 'cold')).generation).toBe(1);
  });

  test('case 09: garbage from the store is an outage, not a token', async () => {
    const bench = createBench();
    const garbage = {
      ...bench.core,
      read: () => Promise.resolve({ generation: 'x', token: { accessToken: '' } } as never),
    };
    expect((await bench.failure(bench.broker('a', { store: garbage }))).code).toBe('unavailable');
    expect(bench.upstream.calls).toHaveLength(0);
  });

  test('a token that could not be written is served here while no other instance can ask, and written later', async () => {
    const bench = createBench();
    let isAway = false;
    const store = faultyStore(bench.core, () => {
      if (isAway) throw new Error('away');
    });
    const broker = bench.broker('a', { store });
    bench.upstream.answer = () => {
      isAway = true;
      return bench.token();
    };
    expect((await bench.get(broker)).generation).toBe(1);
    await bench.passes(10_000);
    expect(broker.peek('crm')?.generation).toBe(1);
    await bench.passes(20_000);
    expect(broker.peek('crm')).toBeUndefined();
    isAway = false;
    await bench.passes(31_000);
    expect(broker.peek('crm')).toMatchObject({ generation: 1 });
    expect((await bench.core.read('crm'))?.generation).toBe(1);
    expect(bench.upstream.calls).toHaveLength(1);
  });

  test('a refusal that could not be written is forgotten by a reset, and does not latch again', async () => {
    const { bench, broker, outage } = refusedInAnOutage();
    expect((await bench.failure(broker)).code).toBe('credential_rejected');
    await bench.passes(70_000); // the next try to write it is half a minute away
    outage.isOver = true;
    bench.upstream.answer = () => bench.token();
    await bench.ended(broker.reset('crm'));
    expect((await bench.get(broker)).generation).toBeGreaterThanOrEqual(1);
    expect(bench.upstream.calls).toHaveLength(2);
  });

  test('a refusal that could not be written holds here, and is written later', async () => {
    const { bench, broker, outage } = refusedInAnOutage();
    for (let minute = 0; minute < 10; minute += 1) {
      expect((await bench.failure(broker)).code).toBe('credential_rejected');
      await bench.passes(60_000);
    }
    outage.isOver = true;
    await bench.passes(60_000);
    expect((await bench.core.read('crm'))?.failure?.class).toBe('credential');
    expect(bench.upstream.calls).toHaveLength(1);
  });
});

describe('a result that could not be written', () => {
  test('is written before a stop is over: a refusal would else be asked for again after the start', async () => {
    const { bench, broker, outage } = refusedInAnOutage();
    await bench.failure(broker);
    await bench.passes(70_000); // the next try to write it is half a minute away
    outage.isOver = true;
    await bench.ended(broker.close(10));
    expect((await bench.failure(bench.broker('b'))).code).toBe('credential_rejected');
    expect(bench.upstream.calls).toHaveLength(1);
  });

  test('because its connection was removed holds up nobody who makes it anew elsewhere', async () => {
    const bench = createBench();
    const here = bench.broker('a');
    bench.upstream.answer = () => {
      bench.connections.delete('crm');
      void here.connectionChanged('crm', 1);
      return bench.token();
    };
    expect((await bench.failure(here)).code).toBe('not_found');
    bench.upstream.answer = () => bench.token();
    bench.add({ credentialVersion: 2 });
    const startedMs = bench.time.nowMs();
    expect((await bench.get(bench.broker('b'))).generation).toBeGreaterThanOrEqual(1);
    expect(bench.time.nowMs() - startedMs).toBeLessThan(2_000);
  });
});

describe('a lock that was won after the time limit', () => {
  function lateStore(bench: ReturnType<typeof createBench>) {
    let isLate = true;
    return {
      ...bench.core,
      async acquire(request: Parameters<typeof bench.core.acquire>[0]) {
        const lock = await bench.core.acquire(request);
        if (isLate) await bench.time.sleep(5_500);
        isLate = false;
        return lock;
      },
    };
  }

  test('is given back when the rest of the store is over, and not held until its end', async () => {
    const bench = createBench();
    const late = bench.ended(bench.broker('a', { store: lateStore(bench) }).getToken('crm'));
    await bench.passes(5_600);
    expect((await late).error?.code).toBe('unavailable');
    await bench.passes(1_000);
    expect((await bench.core.read('crm'))?.lock).toBeUndefined();
    expect((await bench.get(bench.broker('b'))).generation).toBeGreaterThanOrEqual(1);
  });

  test('is given back before a stop is over', async () => {
    const bench = createBench();
    const broker = bench.broker('a', { store: lateStore(bench) });
    const late = bench.ended(broker.getToken('crm'));
    await bench.passes(5_600);
    await late;
    await bench.ended(broker.close(10));
    expect((await bench.core.read('crm'))?.lock).toBeUndefined();
  });
});

describe('the rest of its life', () => {
  test('a generation never falls, over restarts neither', async () => {
    const bench = createBench();
    const generations: number[] = [];
    for (let start = 0; start < 5; start += 1) {
      const broker = bench.broker(`start-${start}`);
      generations.push((await bench.get(broker)).generation);
      await broker.reject('crm', generations.at(-1)!);
      await bench.passes(HOUR_MS);
    }
    expect(generations).toEqual([1, 2, 3, 4, 5]);
  });

  test('goes on from a generation that it has given, where the store came back older', async () => {
    const bench = createBench();
    let core = bench.core;
    const store = { ...faultyStore(bench.core, () => undefined) };
    for (const method of ['read', 'acquire', 'publish'] as const) {
      Object.assign(store, { [method]: (argument: never) => core[method](argument) });
    }
    const broker = bench.broker('a', { store });
    await bench.get(broker);
    await broker.reject('crm', 1);
    expect((await bench.get(broker)).generation).toBe(2);
    core = createMemoryTokenStore(() => bench.time.nowMs());
    await bench.passes(HOUR_MS);
    expect((await bench.get(broker)).generation).toBe(3);
  });

  test('says nothing of an unknown name, and asks nobody about what cannot be one', async () => {
    const bench = createBench();
    let asked = 0;
    const broker = bench.broker('a', { findConnection: () => ((asked += 1), Promise.resolve(undefined)) });
    expect((await bench.failure(broker, {}, 'nobody')).code).toBe('not_found');
    expect((await bench.failure(broker, {}, '../etc\0')).code).toBe('not_found');
    expect([asked, broker.size()]).toEqual([1, 0]);
  });

  test('close ends what waits, breaks off the grant and gives its lock back', async () => {
    const bench = createBench();
    bench.upstream.answer = () => NEVER;
    const broker = bench.broker();
    const waiting = bench.ended(broker.getToken('crm'));
    await bench.passes(200);
    await bench.ended(broker.close(1_000));
    expect((await waiting).error?.code).toBe('unavailable');
    expect(bench.upstream.calls[0]?.signal.aborted).toBe(true);
    expect((await bench.core.read('crm'))?.lock).toBeUndefined();
    expect((await bench.failure(broker)).code).toBe('unavailable');
    expect(broker.peek('crm')).toBeUndefined();
  });

  test('tells a status page what all instances know', async () => {
    const bench = createBench();
    expect(await bench.broker('b').state('crm')).toEqual({
      generation: 0,
      hasToken: false,
      isGranting: false,
      waitingCallers: 0,
      isStoreReachable: true,
    });
    await bench.get(bench.broker('a'));
    expect(await bench.broker('b').state('crm')).toMatchObject({
      generation: 1,
      hasToken: true,
      expiresInSeconds: 3599,
    });
  });

  test('case 25: neither log, errors nor state hold a token', async () => {
    const bench = createBench();
    bench.upstream.answer = ({ number }) =>
      number === 1 ? bench.token({ accessToken: 'canary', expiresIn: 'x' }) : trouble;
    const broker = bench.broker();
    const handout = await bench.get(broker);
    await broker.reject('crm', 1);
    const error = await bench.failure(broker);
    const written = [bench.logged, handout, error, error.options, await broker.state('crm')].map((each) =>
      JSON.stringify(each),
    );
    expect(written.join()).not.toContain('canary');
  });
});
