/** Whoever leaves the list, is out of sight for a while, or comes back: nobody is called who must not be, and nobody a second time. */
import { describe, expect, test } from '@jest/globals';
import type { ContactList } from '../../server/campaigns/ports.ts';
import { walkRun } from '../../server/campaigns/run/walk.ts';
import { BridgeError } from '../../server/errors.ts';
import { memberId, settingsWith } from './support/campaign-fixtures.ts';
import { createWorld, deleteMember, dial, portsOfWorld, setMember } from './support/fake-world.ts';
import { createMemoryJournal, createState, startRun } from './support/memory-journal.ts';
import { runOnce, type OuterPorts, type Scene } from './support/run-in-memory.ts';

const RESULTS = {
  results: [{ result: 'Sold', memberStatus: 'Responded' }],
  resultFields: { lastResult: 'Last_Result__c', lastAttempt: 'Last_Attempt__c' },
};
const DAY_MS = 25 * 3_600_000;
const [ADA, GRACE] = [memberId(0), memberId(1)];

async function sentScene(members: number, changes: Record<string, unknown> = {}): Promise<Scene> {
  const scene = { world: createWorld({ members }), state: createState(), settings: settingsWith(changes) };
  scene.world.nowMs += 3_600_000;
  await runOnce(scene);
  return scene;
}

const unavailable = () =>
  Promise.reject(new BridgeError('upstream_failure', { detail: 'REQUEST_LIMIT_EXCEEDED' }));
const noSink: Partial<OuterPorts> = { sink: { updateMembers: unavailable } };

function without(scene: Scene, methods: Partial<ContactList>): Partial<OuterPorts> {
  return { contacts: { ...portsOfWorld(scene.world).contacts, ...methods } };
}

/** @returns how it failed. */
async function failedRun(scene: Scene, broken: Partial<OuterPorts>): Promise<Error> {
  const { world, state, settings } = scene;
  const journal = createMemoryJournal(state, startRun(state));
  const ports = { ...portsOfWorld(world), ...broken, journal };
  const order = { settings, dryRun: false, progress: { ...state.progress } };
  try {
    await walkRun(order, ports, { pageSize: 10, sliceSize: 10 });
  } catch (error) {
    return error as Error;
  }
  throw new Error('The run has not failed');
}

function isCallable({ world }: Scene, id: string): boolean {
  return world.contacts.get(id)?.callable ?? false;
}

describe('a contact that an agent or PureCloud made uncallable', () => {
  test.each([false, true])(
    'stays so when its member leaves and comes back; Salesforce was away: %s',
    async (isAway) => {
      const scene = await sentScene(2, { ...RESULTS, memberStatuses: ['Sent'] });
      dial(scene.world, ADA, 'Sold');
      scene.world.contacts.get(ADA)!.callable = false;
      scene.world.held.add(ADA);
      setMember(scene.world, ADA, { status: 'Done' });
      if (isAway) await failedRun(scene, noSink);
      await runOnce(scene);
      setMember(scene.world, ADA, { status: 'Sent' });
      await runOnce(scene);
      expect(isCallable(scene, ADA)).toBe(false);
    },
  );
});

describe('while Salesforce takes no results', () => {
  test.each(['sink', 'contacts'] as const)(
    'neither who refuses calls nor who left is called (%s)',
    async (part) => {
      const scene = await sentScene(4, RESULTS);
      dial(scene.world, ADA, 'Sold');
      setMember(scene.world, ADA, { refusals: ['DoNotCall'] });
      deleteMember(scene.world, GRACE);
      await failedRun(scene, part === 'sink' ? noSink : without(scene, { resultsOf: unavailable }));
      expect([ADA, GRACE].map((id) => isCallable(scene, id))).toEqual([false, false]);
    },
  );

  test('who refused calls then and allows them now is called', async () => {
    const scene = await sentScene(2, RESULTS);
    dial(scene.world, ADA, 'Sold');
    scene.world.held.add(ADA);
    setMember(scene.world, ADA, { refusals: ['DoNotCall'] });
    await failedRun(scene, noSink);
    expect(isCallable(scene, ADA)).toBe(false);
    setMember(scene.world, ADA, { refusals: [] });
    await runOnce(scene);
    expect(isCallable(scene, ADA)).toBe(true);
    expect(scene.world.queued.get(ADA)).toBe(1);
  });
});

describe('a number that is no longer the one in Salesforce', () => {
  test.each([
    ['became a text', { Phone: 'wrong number, belongs to somebody else' }],
    ['changed, and another column cannot be sent', { Phone: '+491711234567', FirstName: 'x'.repeat(600) }],
  ])('is not called: it %s', async (_how, fields) => {
    const scene = await sentScene(2);
    setMember(scene.world, ADA, { fields });
    const { run } = await runOnce(scene);
    expect(run.counts).toMatchObject({ invalid: 1, removed: 0 });
    expect(isCallable(scene, ADA)).toBe(false);
    setMember(scene.world, ADA, { fields: { Phone: '+16502530001', FirstName: 'Ada' } });
    await runOnce(scene);
    expect(scene.world.contacts.get(ADA)).toMatchObject({ callable: true, data: { Phone: '+16502530001' } });
    expect(scene.world.queued.get(ADA)).toBe(1);
  });

  test('is tried again where PureCloud could not make it uncallable', async () => {
    const scene = await sentScene(2);
    setMember(scene.world, ADA, { fields: { Phone: 'unknown' } });
    const refused = without(scene, { block: async () => ({ made: [], were: [] }) });
    await walkRun(
      { settings: scene.settings, dryRun: false, progress: { ...scene.state.progress } },
      {
        ...portsOfWorld(scene.world),
        ...refused,
        journal: createMemoryJournal(scene.state, startRun(scene.state)),
      },
    );
    expect(isCallable(scene, ADA)).toBe(true);
    await runOnce(scene);
    expect(isCallable(scene, ADA)).toBe(false);
  });

  test('is not called after a retry either, which cannot tell whether it has changed', async () => {
    const scene = await sentScene(2);
    scene.world.poisoned.add(ADA);
    setMember(scene.world, ADA, { fields: { FirstName: 'Grace' } });
    const failed = await runOnce(scene);
    setMember(scene.world, ADA, { fields: { Phone: 'unknown' } });
    await runOnce(scene, { retryOf: failed.id });
    expect(isCallable(scene, ADA)).toBe(true);
    await runOnce(scene);
    expect(isCallable(scene, ADA)).toBe(false);
  });

  test('is called on where nothing but the mapping has changed', async () => {
    const scene = await sentScene(2);
    setMember(scene.world, ADA, { fields: { Phone: '0171 5551234' } });
    scene.settings = settingsWith({ defaultCountry: 'DE' });
    await runOnce(scene);
    scene.settings = settingsWith({ defaultCountry: 'IS' });
    for (let day = 0; day < 3; day += 1) {
      const { run } = await runOnce(scene);
      expect(run.counts).toMatchObject({ failed: 0 });
      expect(isCallable(scene, ADA)).toBe(true);
      scene.world.nowMs += DAY_MS;
    }
  });
});

describe('members that Salesforce does not show to a run that compares everything', () => {
  async function hiddenFrom(scene: Scene, days: number) {
    const hidden = [...scene.world.members].slice(1);
    for (const [id] of hidden) scene.world.members.delete(id);
    for (let day = 0; day < days; day += 1) {
      scene.world.nowMs += DAY_MS;
      await runOnce(scene);
    }
    return hidden;
  }

  test('are not called, and are called once when they are seen again', async () => {
    const scene = await sentScene(6);
    const hidden = await hiddenFrom(scene, 1);
    expect(hidden.map(([id]) => isCallable(scene, id))).toEqual(hidden.map(() => false));
    for (const [id, member] of hidden) scene.world.members.set(id, member);
    scene.world.nowMs += DAY_MS;
    await runOnce(scene);
    expect(hidden.map(([id]) => isCallable(scene, id))).toEqual(hidden.map(() => true));
    expect(new Set(scene.world.queued.values())).toEqual(new Set([1]));
  });

  test('get the result of their last call also where they cannot be sent when they are seen again', async () => {
    const scene = await sentScene(3, RESULTS);
    dial(scene.world, ADA, 'Sold');
    deleteMember(scene.world, ADA);
    scene.world.nowMs += DAY_MS;
    dial(scene.world, GRACE, 'Sold');
    await runOnce(scene);
    setMember(scene.world, ADA, { fields: { Phone: 'none' } });
    const dry = await runOnce(scene, { dryRun: true });
    const { run } = await runOnce(scene);
    expect(scene.world.members.get(ADA)!.status).toBe('Responded');
    expect(run.counts).toEqual(dry.run.counts);
    expect((await runOnce(scene)).run.counts).toMatchObject({ membersUpdated: 0 });
  });

  test('are no fault where PureCloud was never told of them', async () => {
    const scene = await sentScene(3);
    scene.world.contacts.delete(GRACE);
    await hiddenFrom(scene, 1);
    const { run } = await runOnce(scene);
    expect(scene.state.runs.map(({ counts }) => counts.failed)).toEqual([0, 0, 0]);
    expect(run.counts).toMatchObject({ removed: 0 });
  });

  test('leave the list with the next one', async () => {
    const scene = await sentScene(6);
    await hiddenFrom(scene, 2);
    expect([...scene.world.contacts.keys()]).toEqual([ADA]);
  });
});

describe('a run that can go no further', () => {
  const mismatch = () =>
    Promise.resolve({ state: 'mismatch', listId: 'list-1', detail: 'no column' } as const);

  test.each([
    ['a mapped status is gone', { results: [{ result: 'Sold', memberStatus: 'Gone' }] }, {}],
    ['wrap-up codes are not given', RESULTS, { wrapUps: unavailable }],
    ['the list lacks a column', {}, { check: mismatch }],
  ])('has nobody called all the same who refuses calls or left: %s', async (_why, changes, methods) => {
    const scene = await sentScene(4);
    setMember(scene.world, ADA, { refusals: ['DoNotCall'] });
    deleteMember(scene.world, GRACE);
    scene.settings = settingsWith(changes);
    const error = await failedRun(scene, without(scene, methods));
    expect(error.message).toMatch(/Gone|REQUEST_LIMIT|columns/);
    expect([0, 1, 2, 3].map((number) => isCallable(scene, memberId(number)))).toEqual([
      false,
      false,
      true,
      true,
    ]);
    setMember(scene.world, ADA, { refusals: [] });
    scene.settings = settingsWith({});
    await runOnce(scene);
    expect(isCallable(scene, ADA)).toBe(true);
    expect(scene.world.queued.get(ADA)).toBe(1);
  });
});
