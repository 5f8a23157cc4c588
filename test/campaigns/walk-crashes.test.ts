import { describe, expect, test } from '@jest/globals';
import { memberId, settingsWith } from './support/campaign-fixtures.ts';
import { createWorld, deleteMember, dial, setMember, type World } from './support/fake-world.ts';
import { createState } from './support/memory-journal.ts';
import { Crash, runOnce, runWithCrashes, type Scene } from './support/run-in-memory.ts';

const RESULTS = {
  results: [
    { result: 'Sold', memberStatus: 'Responded' },
    { result: 'ININ-OUTBOUND-NO-ANSWER', memberStatus: 'Not reached' },
  ],
  resultFields: { lastResult: 'Last_Result__c', lastAttempt: 'Last_Attempt__c' },
};

/** A list that was in use for a while, and then everything that can happen before the next run. */
async function busyScene(): Promise<Scene> {
  const scene: Scene = {
    world: createWorld({ members: 9 }),
    state: createState(),
    settings: settingsWith(RESULTS),
  };
  const { world } = scene;
  world.poisoned.add(memberId(8));
  await runOnce(scene);
  setMember(world, memberId(0), { fields: { FirstName: 'Grace' } });
  setMember(world, memberId(1), { refusals: ['DoNotCall'] });
  setMember(world, memberId(2), { fields: { Phone: '' } });
  setMember(world, memberId(3), { fields: { Phone: 'none' } });
  dial(world, memberId(1), 'Sold');
  dial(world, memberId(5), 'sold');
  dial(world, memberId(6), 'ININ-OUTBOUND-NO-ANSWER');
  dial(world, memberId(7), 'Something else');
  world.held.add(memberId(2));
  deleteMember(world, memberId(4));
  setMember(world, memberId(20), {});
  setMember(world, memberId(21), {});
  return scene;
}

function facts({ world, state }: Scene, run: number) {
  const { counts, unmapped, membersTotal } = state.runs[run]!;
  // The original values are those of the last reading: a status that was written before the cut is among them.
  const rows = state.runs[run]!.rows.map(
    ({ memberId: id, outcome, reason }) => `${id} ${outcome} ${JSON.stringify(reason)}`,
  ).sort();
  const members = [...world.members.values()].map(({ systemModstamp: _changed, ...member }) => member);
  const contacts = [...world.contacts].sort(([a], [b]) => (a < b ? -1 : 1));
  const entries = [...state.entries].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    counts,
    rows,
    unmapped,
    membersTotal,
    members,
    contacts,
    queued: [...world.queued].sort(),
    entries,
  };
}

async function undisturbed() {
  const scene = await busyScene();
  const report = await runOnce(scene);
  return { report, facts: facts(scene, report.id) };
}

function lastingUpdates(world: World): string[] {
  return [...new Set(world.updates)].sort();
}

describe('a run that is cut off', () => {
  test('does all that is to be done when it is not', async () => {
    const { report, facts: expected } = await undisturbed();
    expect(report.end).toBe('finished');
    expect(report.run.counts).toEqual({
      membersRead: 10,
      added: 2,
      changed: 1,
      removed: 3,
      unchanged: 3,
      skipped: 0,
      invalid: 1,
      failed: 1,
      resultsRead: 4,
      membersUpdated: 4,
    });
    expect(expected.queued.every(([, times]) => times === 1)).toBe(true);
  });

  test('ends with the same lists, counts and rows wherever it was cut off, and once more while it went on', async () => {
    const { report, facts: expected } = await undisturbed();
    const points = report.calls * 2;
    expect(points).toBeGreaterThanOrEqual(50);
    for (let point = 0; point < points; point += 1) {
      const scene = await busyScene();
      const again = await runWithCrashes(scene, [point, (point * 7) % 23]);
      expect({ point, end: again.end }).toEqual({ point, end: 'finished' });
      expect({ point, ...facts(scene, again.id) }).toEqual({ point, ...expected });
      expect(lastingUpdates(scene.world)).toEqual([1, 5, 6, 7].map(memberId).sort());
    }
  });

  test('leaves nothing that the next run would have to do', async () => {
    const scene = await busyScene();
    await runWithCrashes(scene, [30, 11, 5]);
    const { run } = await runOnce(scene);
    expect(run.counts).toMatchObject({ added: 0, changed: 0, removed: 0, membersUpdated: 0 });
  });

  test('and given up is finished by another run', async () => {
    const { facts: expected } = await undisturbed();
    for (const point of [12, 25, 33, 40, 55]) {
      const scene = await busyScene();
      const cut = await runOnce(scene, {
        between(moment, call) {
          if (call * 2 + (moment === 'after' ? 1 : 0) === point) throw new Error('gone');
        },
      }).catch(() => undefined);
      expect(cut).toBeUndefined();
      await runOnce(scene);
      const { contacts, entries, queued } = facts(scene, scene.state.runs.length - 1);
      expect({ contacts, entries, queued }).toEqual({
        contacts: expected.contacts,
        entries: expected.entries,
        queued: expected.queued,
      });
    }
  });

  test.each([
    { name: 'is no member any more', leave: (world: World) => deleteMember(world, memberId(0)) },
    {
      name: 'is not to be called any more',
      leave: (world: World) => setMember(world, memberId(0), { refusals: ['DoNotCall'] }),
    },
  ])('knows whom PureCloud may have been told of, and takes off who $name by then', async ({ leave }) => {
    const scene: Scene = {
      world: createWorld({ members: 2 }),
      state: createState(),
      settings: settingsWith(),
    };
    await runOnce(scene, {
      between(moment, _call, method) {
        if (method === 'upsert' && moment === 'after') throw new Crash();
      },
    });
    expect(scene.world.contacts.size).toBe(2);
    leave(scene.world);
    const { run } = await runOnce(scene);
    expect(run.counts).toMatchObject({ removed: 1, skipped: 0 });
    const callable = [...scene.world.contacts].filter(([, contact]) => contact.callable);
    expect(callable.map(([id]) => id)).toEqual([memberId(1)]);
  });
});
