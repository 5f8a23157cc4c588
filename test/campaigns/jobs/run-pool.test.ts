import { describe, expect, test } from '@jest/globals';
import { createRunPool } from '../../../server/campaigns/jobs/run-pool.ts';
import type { RunRecord } from '../../../server/campaigns/run-record.ts';

const recordOf = (id: string) => ({ id }) as RunRecord;
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Runs end when the test says so, or when they are to be left. */
function stage(runsMax: number) {
  const said: string[] = [];
  const ends = new Map<string, (ended: boolean) => void>();
  const pool = createRunPool({
    runsMax,
    async execute(id, { leave, onClaimed }) {
      if (id.startsWith('taken')) return undefined;
      if (id.startsWith('broken')) throw new Error('away');
      onClaimed(recordOf(id));
      const isEnded = await new Promise<boolean>((resolve) => {
        ends.set(id, resolve);
        if (!id.startsWith('deaf')) leave.addEventListener('abort', () => resolve(false));
      });
      return isEnded ? recordOf(id) : undefined;
    },
    onBegun: ({ id }) => said.push(`begun ${id}`),
    onEnded: ({ id }) => said.push(`ended ${id}`),
    onGivenBack: (id) => said.push(`given back ${id}`),
    onLost: (id) => said.push(`lost ${id}`),
  });
  return { pool, said, end: (id: string, ended = true) => ends.get(id)!(ended) };
}

describe('the runs of one process', () => {
  test('are begun at once, and waited for only where there is no place', async () => {
    const { pool, said, end } = stage(2);
    await Promise.all([pool.begin('a'), pool.begin('b')]);
    const third = pool.begin('c');
    await turn();
    expect(said).toEqual(['begun a', 'begun b']);
    end('a');
    await third;
    expect(said).toEqual(['begun a', 'begun b', 'ended a', 'begun c']);
  });

  test('are each walked once, however often they are called', async () => {
    const { pool, said } = stage(2);
    await Promise.all([pool.begin('a'), pool.begin('a'), pool.begin('a')]);
    expect(said).toEqual(['begun a']);
  });

  test('are never more than there are places, also where one is called just as a place is free', async () => {
    const { pool, said, end } = stage(1);
    await pool.begin('a');
    const waiting = [pool.begin('b')];
    end('a');
    // Whoever waits is woken in a turn of its own: until then the place is free to see.
    while (!said.includes('ended a')) await Promise.resolve();
    waiting.push(pool.begin('c'));
    await turn();
    expect(said.filter((line) => line.startsWith('begun'))).toHaveLength(2);
    end(said.at(-1)!.replace('begun ', ''));
    await Promise.all(waiting);
    expect(said.filter((line) => line.startsWith('begun')).sort()).toEqual(['begun a', 'begun b', 'begun c']);
  });

  test('that waited for nothing leave the place that they were given to the next', async () => {
    const { pool, said, end } = stage(2);
    await Promise.all([pool.begin('a'), pool.begin('b')]);
    const [again, next] = [pool.begin('b'), pool.begin('c')];
    end('a');
    await Promise.all([again, next]);
    expect(said.at(-1)).toBe('begun c');
  });

  test('that go on elsewhere are told of, and neither those of another process nor those that are left', async () => {
    const { pool, said, end } = stage(3);
    await pool.begin('taken');
    await Promise.all([pool.begin('a'), pool.begin('b')]);
    end('a', false);
    await turn();
    await pool.leave(10_000);
    expect(said).toEqual(['begun a', 'begun b', 'given back a']);
  });

  test('that another process has, or that break, leave their place to the next', async () => {
    const { pool, said } = stage(1);
    await pool.begin('taken');
    await pool.begin('broken');
    await pool.begin('a');
    expect(said).toEqual(['lost broken', 'begun a']);
  });

  test('are left where they are, and named, and no other begins then', async () => {
    const { pool, said } = stage(2);
    await Promise.all([pool.begin('a'), pool.begin('b')]);
    const waiting = pool.begin('c');
    expect(await pool.leave(10_000)).toEqual(['a', 'b']);
    await waiting;
    await pool.begin('d');
    expect(said).toEqual(['begun a', 'begun b']);
  });

  test('that do not let go hold up nothing', async () => {
    const { pool } = stage(2);
    await pool.begin('deaf');
    expect(await pool.leave(1)).toEqual([]);
  });
});
