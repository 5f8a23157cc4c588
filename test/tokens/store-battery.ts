/** What every token store must do, whichever it is: the broker relies on each of these. */
import { describe, expect, test } from '@jest/globals';
import { Secret } from '../../server/secret.ts';
import type { GrantLock, GrantResult, TokenChange, TokenStore } from '../../server/tokens/token-store.ts';

const TTL_MS = 26_000;
const TOKEN: Extract<GrantResult, { kind: 'token' }> = {
  kind: 'token',
  accessToken: new Secret('canary-token'),
  tokenType: 'Bearer',
  instanceUrl: 'https://example.my.salesforce.com',
  expiresInMs: 3_600_000,
  lifeMs: 3_600_000,
  grantNotBeforeInMs: 10_000,
  rejectionsInARow: 0,
  generationFloor: 0,
};

let count = 0;
function freshName(): string {
  count += 1;
  return `connection-${count}`;
}

export interface StoreUnderTest {
  store(): TokenStore;
  /** The same data as seen by another instance, where that is possible. */
  other(): TokenStore;
}

export function describeTokenStore(title: string, underTest: StoreUnderTest): void {
  const store = () => underTest.store();
  const other = () => underTest.other();

  async function lock(
    name: string,
    owner = 'a',
    more: { expectedEpoch?: number; version?: number; ttlMs?: number } = {},
  ) {
    const { expectedEpoch = 0, version = 1, ttlMs = TTL_MS } = more;
    return store().acquire({ name, owner, credentialVersion: version, expectedEpoch, ttlMs });
  }
  const write = (name: string, owner: string, epoch: number, result: GrantResult, version = 1) =>
    store().publish({ name, owner, epoch, credentialVersion: version, result });

  async function holdToken(name: string, result: GrantResult = TOKEN): Promise<void> {
    const granted = await lock(name);
    if (granted.outcome !== 'acquired') throw new Error('not acquired');
    await write(name, 'a', granted.epoch, result);
  }

  describe(title, () => {
    test('knows nothing of a connection that never asked', async () => {
      expect(await store().read(freshName())).toBeUndefined();
    });

    test('gives a written token back to every instance, with what is left of its life', async () => {
      const name = freshName();
      await holdToken(name);
      const record = await other().read(name);
      expect(record).toMatchObject({ generation: 1, epoch: 1, credentialVersion: 1, rejectionsInARow: 0 });
      expect(record?.token).toMatchObject({
        tokenType: 'Bearer',
        instanceUrl: TOKEN.instanceUrl,
        lifeMs: 3_600_000,
        rejected: false,
      });
      expect(record?.token?.accessToken.reveal()).toBe('canary-token');
      expect(record?.token?.remainingMs).toBeGreaterThan(3_590_000);
      expect(record?.token?.remainingMs).toBeLessThanOrEqual(3_600_000);
      expect(record?.token?.ageMs).toBeGreaterThanOrEqual(0);
      expect(record?.grantNotBeforeInMs).toBeGreaterThan(5_000);
      expect(record?.lock).toBeUndefined();
    });

    test('grants the lock to one of many who ask at the same time', async () => {
      const name = freshName();
      const owners = ['a', 'b', 'c', 'd', 'e'];
      const asked = owners.map((owner, index) =>
        (index % 2 === 0 ? store() : other()).acquire({
          name,
          owner,
          credentialVersion: 1,
          expectedEpoch: 0,
          ttlMs: TTL_MS,
        }),
      );
      const outcomes = (await Promise.all(asked)).map((granted) => granted.outcome);
      expect(outcomes.filter((outcome) => outcome === 'acquired')).toHaveLength(1);
    });

    test('refuses the lock to whoever decided on an older epoch', async () => {
      const name = freshName();
      await holdToken(name);
      expect(await lock(name, 'b', { expectedEpoch: 0 })).toEqual({ outcome: 'changed' });
      expect(await lock(name, 'b', { expectedEpoch: 1 })).toMatchObject({ outcome: 'acquired', epoch: 2 });
    });

    test('grants a lock that has run out to another owner, and lets an owner take over from itself', async () => {
      const name = freshName();
      await lock(name, 'a', { ttlMs: -1 });
      expect(await lock(name, 'b', { expectedEpoch: 1 })).toMatchObject({ outcome: 'acquired', epoch: 2 });
      expect(await lock(name, 'c', { expectedEpoch: 2 })).toEqual({ outcome: 'changed' });
      expect(await lock(name, 'b', { expectedEpoch: 2 })).toMatchObject({ outcome: 'acquired', epoch: 3 });
    });

    test('refuses the late result of a holder that was overtaken, and keeps the new lock', async () => {
      const name = freshName();
      await lock(name, 'a', { ttlMs: -1 });
      await lock(name, 'b', { expectedEpoch: 1 });
      expect(await write(name, 'a', 1, TOKEN)).toEqual({ accepted: false });
      expect(await write(name, 'a', 1, { kind: 'nothing' })).toEqual({ accepted: false });
      expect((await store().read(name))?.lock?.owner).toBe('b');
      expect(await write(name, 'b', 2, TOKEN)).toMatchObject({ accepted: true });
    });

    test('skips a number where a lock was never given back', async () => {
      const name = freshName();
      await lock(name, 'a', { ttlMs: -1 });
      await lock(name, 'b', { expectedEpoch: 1 });
      expect(await write(name, 'b', 2, TOKEN)).toEqual({ accepted: true, generation: 2 });
      await lock(name, 'b', { expectedEpoch: 2 });
      expect(await write(name, 'b', 3, TOKEN)).toEqual({ accepted: true, generation: 3 });
    });

    test('drops token and failure with the credential they belong to, and refuses an older credential', async () => {
      const name = freshName();
      await holdToken(name);
      await lock(name, 'a', { expectedEpoch: 1, version: 2 });
      expect((await store().read(name))?.token).toBeUndefined();
      expect(await write(name, 'a', 2, TOKEN, 1)).toEqual({ accepted: false });
      expect(
        await write(name, 'a', 2, { kind: 'failure', failure: { class: 'credential', failures: 1 } }, 2),
      ).toMatchObject({ accepted: true });
      expect(await lock(name, 'a', { expectedEpoch: 2, version: 1 })).toEqual({ outcome: 'changed' });
      await lock(name, 'a', { expectedEpoch: 2, version: 3 });
      expect((await store().read(name))?.failure).toBeUndefined();
    });

    test('keeps a failure beside the token until the next token, latched or with its wait', async () => {
      const name = freshName();
      await holdToken(name);
      await lock(name, 'a', { expectedEpoch: 1 });
      const diagnosis = { code: 'x', title: 'y', remedy: 'z' };
      const failure = { class: 'transient', exitPath: 'Timeout', failures: 3, diagnosis } as const;
      await write(name, 'a', 2, { kind: 'failure', failure: { ...failure, retryInMs: 30_000 } });
      const record = await other().read(name);
      expect(record?.failure).toMatchObject(failure);
      expect(record?.failure?.retryInMs).toBeGreaterThan(25_000);
      expect(record?.token?.accessToken.reveal()).toBe('canary-token');
      await lock(name, 'a', { expectedEpoch: 2 });
      await write(name, 'a', 3, { kind: 'failure', failure: { class: 'credential', failures: 1 } });
      expect((await store().read(name))?.failure).toEqual({ class: 'credential', failures: 1 });
      await store().reset(name, 'a');
      expect((await store().read(name))?.failure).toBeUndefined();
    });

    test('takes a result with words of an upstream that no text of a database can hold', async () => {
      const name = freshName();
      await lock(name);
      const diagnosis = { code: 'x', title: 'the end of it: \0', remedy: 'half a sign: \ud83d' };
      const failure = { class: 'credential', failures: 1, diagnosis } as const;
      expect(await write(name, 'a', 1, { kind: 'failure', failure })).toMatchObject({ accepted: true });
      expect((await store().read(name))?.failure?.diagnosis?.title).toContain('the end of it: ');
      await lock(name, 'a', { expectedEpoch: 1 });
      const odd = { ...TOKEN, tokenType: 'Bearer\0', instanceUrl: 'https://\udfff.example' };
      expect(await write(name, 'a', 2, odd)).toMatchObject({ accepted: true });
      expect((await store().read(name))?.token?.accessToken.reveal()).toBe('canary-token');
    });

    test('rejects the present generation once, and no other', async () => {
      const name = freshName();
      await holdToken(name);
      const rejection = { name, owner: 'a', rejectionsInARow: 4 };
      expect(await store().reject({ ...rejection, generation: 0 })).toBe(false);
      expect(await store().reject({ ...rejection, generation: 2 })).toBe(false);
      expect(await store().reject({ ...rejection, generation: 1 })).toBe(true);
      expect(await store().reject({ ...rejection, generation: 1 })).toBe(false);
      expect(await store().read(name)).toMatchObject({ rejectionsInARow: 4, token: { rejected: true } });
    });

    test('forgets the token of a connection that is gone, and never its numbers', async () => {
      const name = freshName();
      await holdToken(name);
      await store().forget(name, 'a', 1);
      const record = await store().read(name);
      expect(record).toMatchObject({ generation: 1, epoch: 1 });
      expect(record?.token).toBeUndefined();
      await lock(name, 'a', { expectedEpoch: 1 });
      expect(await write(name, 'a', 2, TOKEN)).toEqual({ accepted: true, generation: 2 });
    });

    test('forgets nothing of a connection that was made again under the name, however late it comes', async () => {
      const name = freshName();
      await lock(name, 'a', { version: 7 });
      await write(name, 'a', 1, { kind: 'failure', failure: { class: 'credential', failures: 1 } }, 7);
      await store().forget(name, 'late', 6);
      expect(await store().read(name)).toMatchObject({
        credentialVersion: 7,
        failure: { class: 'credential' },
      });
    });

    test('refuses the result of a grant whose connection was removed meanwhile', async () => {
      const name = freshName();
      await lock(name);
      await store().forget(name, 'b', 1);
      expect(await write(name, 'a', 1, TOKEN)).toEqual({ accepted: false });
    });

    test('takes the lock back of a grant whose connection was removed meanwhile', async () => {
      const name = freshName();
      await lock(name);
      await store().forget(name, 'b', 1);
      expect(await write(name, 'a', 1, { kind: 'nothing' })).toMatchObject({ accepted: true });
      expect((await store().read(name))?.lock).toBeUndefined();
    });

    test('counts sign-ins per user over all connections, and counts none that gets no lock', async () => {
      const login = { key: freshName(), attemptsPerHourMax: 2 };
      const ask = (name: string, expectedEpoch = 0): Promise<GrantLock> =>
        store().acquire({ name, owner: 'a', credentialVersion: 1, expectedEpoch, ttlMs: TTL_MS, login });
      const [first, second, third] = [freshName(), freshName(), freshName()];
      expect(await ask(first)).toMatchObject({ outcome: 'acquired' });
      expect(await ask(first)).toEqual({ outcome: 'changed' });
      expect(await ask(second)).toMatchObject({ outcome: 'acquired' });
      const exhausted = await ask(third);
      if (exhausted.outcome !== 'exhausted') throw new Error(exhausted.outcome);
      expect(exhausted.retryAfterMs).toBeGreaterThan(3_590_000);
      expect((await store().read(third))?.lock).toBeUndefined();
    });

    test('tells every instance of each change, with who caused it', async () => {
      const name = freshName();
      const heard: (TokenChange | undefined)[] = [];
      let hear = () => undefined as void;
      const all = new Promise<void>((resolve) => (hear = resolve));
      const unsubscribe = other().subscribe((change) => {
        if (change?.name === name && heard.push(change) === 4) hear();
      });
      await holdToken(name);
      await store().reject({ name, owner: 'b', generation: 1, rejectionsInARow: 1 });
      await store().reset(name, 'c');
      await store().announce(name, 'd');
      await all;
      unsubscribe();
      expect(heard.map((change) => `${change?.kind} ${change?.origin}`)).toEqual([
        'published a',
        'rejected b',
        'reset c',
        'connection d',
      ]);
    });
  });
}
