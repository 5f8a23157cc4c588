/** What an admin mistypes, and what changes behind the back of a sync: nobody is called who must not be, and no list is emptied. */
import { describe, expect, test } from '@jest/globals';
import { isSameSettings, startOf } from '../../server/campaigns/run/checkpoint.ts';
import { walkRun } from '../../server/campaigns/run/walk.ts';
import type { RunPorts, WalkLimits } from '../../server/campaigns/run/walk-context.ts';
import { memberId, settingsWith } from './support/campaign-fixtures.ts';
import { createWorld, deleteMember, dial, portsOfWorld, setMember } from './support/fake-world.ts';
import { createMemoryJournal, createState, startRun } from './support/memory-journal.ts';
import { Crash, runOnce, type Scene } from './support/run-in-memory.ts';

type PageQuery = Parameters<RunPorts['source']['readPage']>[0];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const RESULTS = {
  results: [{ result: 'Sold', memberStatus: 'Responded' }],
  resultFields: { lastResult: 'Last_Result__c', lastAttempt: 'Last_Attempt__c' },
};

function sceneWith(members: number, changes: Record<string, unknown> = {}): Scene {
  const scene = { world: createWorld({ members }), state: createState(), settings: settingsWith(changes) };
  scene.world.nowMs += HOUR_MS;
  return scene;
}

async function walkWith(
  { world, state, settings }: Scene,
  change: (ports: RunPorts) => Partial<RunPorts>,
  { dryRun = false, limits = {} }: { dryRun?: boolean; limits?: Partial<WalkLimits> } = {},
) {
  const id = startRun(state);
  const ports: RunPorts = { ...portsOfWorld(world), journal: createMemoryJournal(state, id) };
  const order = { settings, dryRun, progress: { ...state.progress } };
  return await walkRun(order, { ...ports, ...change(ports) }, limits);
}

describe('a list that was there before the sync knew it', () => {
  /** The list of a sync that was removed, or that was on another list meanwhile: the ledger is empty, the list is not. */
  async function sceneOnKnownList(): Promise<Scene> {
    const before = sceneWith(4);
    await runOnce(before);
    return { ...before, state: createState() };
  }

  test('loses whoever has opted out since, though the ledger knows nothing of them', async () => {
    const scene = await sceneOnKnownList();
    setMember(scene.world, memberId(1), { refusals: ['DoNotCall'] });
    setMember(scene.world, memberId(2), { fields: { Phone: '' } });
    const dry = await runOnce(scene, { dryRun: true });
    const { run } = await runOnce(scene);
    expect([...scene.world.contacts.keys()]).toEqual([memberId(0), memberId(3)]);
    expect(run.counts).toMatchObject({ removed: 2, skipped: 0 });
    expect(dry.run.counts).toEqual(run.counts);
  });

  test('loses them also where the first run on it broke off', async () => {
    const scene = await sceneOnKnownList();
    const broken = walkWith(scene, ({ source }) => ({
      source: { ...source, readPage: () => Promise.reject(new Error('gone')) },
    }));
    await expect(broken).rejects.toThrow('gone');
    setMember(scene.world, memberId(1), { refusals: ['DoNotCall'] });
    await runOnce(scene);
    expect(scene.world.contacts.has(memberId(1))).toBe(false);
  });

  test('brings the last results of those who leave back to Salesforce', async () => {
    const scene = { ...(await sceneOnKnownList()), settings: settingsWith(RESULTS) };
    dial(scene.world, memberId(1), 'Sold');
    setMember(scene.world, memberId(1), { refusals: ['DoNotCall'] });
    const dry = await runOnce(scene, { dryRun: true });
    const { run } = await runOnce(scene);
    expect(scene.world.members.get(memberId(1))?.status).toBe('Responded');
    expect(dry.run.counts).toEqual(run.counts);
  });

  test('keeps what is stored there where Salesforce has a blank', async () => {
    const scene = await sceneOnKnownList();
    scene.world.contacts.get(memberId(1))!.data['First Name'] = 'Grace';
    setMember(scene.world, memberId(1), { fields: { FirstName: '' } });
    await runOnce(scene);
    expect(scene.world.contacts.get(memberId(1))!.data['First Name']).toBe('Grace');
  });

  test('is not searched for members that a list of our own making cannot hold', async () => {
    const scene = sceneWith(3);
    setMember(scene.world, memberId(1), { refusals: ['DoNotCall'] });
    let reads = 0;
    await walkWith(scene, ({ contacts }) => ({
      contacts: { ...contacts, read: (...given) => ((reads += 1), contacts.read(...given)) },
    }));
    expect(reads).toBe(0);
  });
});

describe('a contact that a campaign held when it was to go', () => {
  test.each([
    ['opted out', (scene: Scene) => setMember(scene.world, memberId(0), { refusals: ['DoNotCall'] })],
    ['was deleted', (scene: Scene) => deleteMember(scene.world, memberId(0))],
  ])('goes with the daily run after the campaign let it go, where the person %s', async (_name, leave) => {
    const scene = sceneWith(2);
    await runOnce(scene);
    scene.world.held.add(memberId(0));
    leave(scene);
    await runOnce(scene);
    expect(scene.world.contacts.get(memberId(0))?.callable).toBe(false);
    scene.world.held.clear();
    scene.world.nowMs += DAY_MS + HOUR_MS;
    const { run } = await runOnce(scene);
    expect(scene.world.contacts.has(memberId(0))).toBe(false);
    expect(run.counts).toMatchObject({ removed: 0, failed: 0 });
    expect(scene.state.entries.get(memberId(0))).toMatchObject({ phase: 'removed', blocked: false });
  });
});

describe('a contact that PureCloud made uncallable, after a call that was its last', () => {
  async function sceneOfCalled(): Promise<Scene> {
    const scene = sceneWith(2, { memberStatuses: ['Sent'] });
    await runOnce(scene);
    scene.world.contacts.get(memberId(0))!.callable = false;
    scene.world.held.add(memberId(0));
    setMember(scene.world, memberId(0), { status: 'Responded' });
    await runOnce(scene);
    return scene;
  }

  test('is not called again where the member leaves and comes back while a campaign holds it', async () => {
    const scene = await sceneOfCalled();
    setMember(scene.world, memberId(0), { status: 'Sent' });
    const { run } = await runOnce(scene);
    expect(run.counts).toMatchObject({ failed: 0, unchanged: 0 });
    expect(scene.world.contacts.get(memberId(0))?.callable).toBe(false);
    expect(scene.world.queued.get(memberId(0))).toBe(1);
  });

  test('goes with the daily run after the campaign let it go', async () => {
    const scene = await sceneOfCalled();
    scene.world.held.clear();
    scene.world.nowMs += DAY_MS + HOUR_MS;
    await runOnce(scene);
    expect(scene.world.contacts.has(memberId(0))).toBe(false);
    expect(scene.state.entries.get(memberId(0))).toMatchObject({ phase: 'removed', listed: false });
  });
});

test('a contact that was made uncallable by a process that was killed before it noted so is called when it comes back', async () => {
  const scene = sceneWith(1);
  await runOnce(scene);
  scene.world.held.add(memberId(0));
  setMember(scene.world, memberId(0), { refusals: ['DoNotCall'] });
  const cut = await runOnce(scene, {
    between: (moment, _call, method) => {
      if (moment === 'after' && method === 'block') throw new Crash();
    },
  });
  await runOnce(scene, { resume: cut.id });
  setMember(scene.world, memberId(0), { refusals: [] });
  await runOnce(scene);
  expect(scene.world.contacts.get(memberId(0))?.callable).toBe(true);
});

describe('a mistake in the settings', () => {
  test('of a status that the campaign does not have empties no list', async () => {
    const scene = sceneWith(3, { memberStatuses: ['Sent'] });
    await runOnce(scene);
    scene.settings = settingsWith({ memberStatuses: ['Sent', 'Snet'] });
    await expect(runOnce(scene)).rejects.toMatchObject({
      code: 'member_status_unknown',
      message: 'The campaign has no member status "Snet", which memberStatuses names. Did you mean "Sent"?',
    });
    expect(scene.world.contacts.size).toBe(3);
  });

  /** Statuses that leave everybody out, in a run that is told to end after the first that it takes off. */
  async function beginMistake(scene: Scene): Promise<void> {
    const right = scene.settings;
    scene.settings = settingsWith({ memberStatuses: ['Responded'] });
    const { end } = await runOnce(scene, {
      between: (moment, _call, method) => {
        if (moment === 'after' && method === 'remove') scene.state.runs.at(-1)!.wanted = 'cancel';
      },
    });
    expect(end).toBe('cancelled');
    expect(scene.world.contacts.size).toBeLessThan(9);
    scene.settings = right;
  }

  test('that a cancelled run had begun to apply is made good by the run after it was taken back', async () => {
    const scene = sceneWith(9);
    await runOnce(scene);
    await beginMistake(scene);
    scene.world.nowMs += HOUR_MS;
    await runOnce(scene);
    expect(scene.world.contacts.size).toBe(9);
    scene.world.nowMs += HOUR_MS;
    const { run } = await runOnce(scene);
    expect(run.checkpoint?.reading?.kind).toBe('incremental');
  });

  test('is made good by another run, and not by one that had failed before it', async () => {
    const scene = sceneWith(9);
    await runOnce(scene);
    scene.world.nowMs += DAY_MS;
    const failed = await runOnce(scene, {
      between: (_moment, call) => {
        if (call === 30) throw new Crash();
      },
    });
    expect(failed.run.checkpoint?.after).toBeDefined();
    await beginMistake(scene);
    await expect(runOnce(scene, { resume: failed.id })).rejects.toMatchObject({ code: 'sync_changed' });
  });

  test.each([{}, RESULTS])('of a campaign that nobody can see empties no list', async (more) => {
    const scene = sceneWith(3, more);
    await runOnce(scene);
    const blind = walkWith(scene, ({ source }) => ({
      source: {
        ...source,
        memberStatuses: () => Promise.resolve([]),
        readPage: () => Promise.resolve({ members: [], more: false }),
        membersByIds: () => Promise.resolve([]),
      },
    }));
    await expect(blind).rejects.toMatchObject({ code: 'campaign_not_found' });
    expect(scene.world.contacts.size).toBe(3);
  });

  /** The campaign is there for its user, and the leads in it are not. */
  const seeingNobody = ({ source }: RunPorts) => ({
    source: {
      ...source,
      countMembers: () => Promise.resolve(0),
      readPage: () => Promise.resolve({ members: [], more: false }),
      membersByIds: () => Promise.resolve([]),
    },
  });

  test.each([{}, { dryRun: true }])(
    'of a campaign whose members nobody can see empties no list: %j',
    async (wish) => {
      const scene = sceneWith(3);
      await runOnce(scene);
      scene.world.nowMs += DAY_MS;
      const before = structuredClone(scene.state.entries);
      await expect(walkWith(scene, seeingNobody, wish)).rejects.toMatchObject({
        code: 'campaign_empty',
        message: expect.stringContaining('3'),
      });
      expect(scene.world.contacts.size).toBe(3);
      expect(scene.state.entries).toEqual(before);
      await runOnce(scene);
      expect([...scene.world.queued.values()]).toEqual([1, 1, 1]);
    },
  );

  test('takes nobody more off once its user is shown nobody more', async () => {
    const scene = sceneWith(8);
    await runOnce(scene);
    scene.world.nowMs += DAY_MS;
    deleteMember(scene.world, memberId(5));
    const cut = walkWith(
      scene,
      ({ source }) => {
        const blind = seeingNobody({ source } as RunPorts).source;
        const readPage = (page: PageQuery) =>
          page.after === undefined ? source.readPage(page) : blind.readPage();
        return { source: { ...blind, readPage } };
      },
      { limits: { pageSize: 3, sliceSize: 2 } },
    );
    await expect(cut).rejects.toMatchObject({ code: 'campaign_empty' });
    expect(scene.world.contacts.size).toBe(8);
  });

  test('of a campaign that is empty changes nothing where the list is too, and takes off what it left there', async () => {
    const scene = sceneWith(1);
    await runOnce(scene);
    scene.world.held.add(memberId(0));
    setMember(scene.world, memberId(0), { refusals: ['DoNotCall'] });
    await runOnce(scene);
    deleteMember(scene.world, memberId(0));
    scene.world.held.clear();
    scene.world.nowMs += DAY_MS;
    expect((await runOnce(scene)).end).toBe('finished');
    expect(scene.world.contacts.size).toBe(0);
  });

  test.each([
    { contactListName: 'Summer' },
    { contactListName: null, contactListId: '7fb334b0-0e9e-41e4-9191-0800200c9a66' },
    { purecloudConnection: 'other' },
  ])('is not carried on with by a run that was paused before %j', (changes) => {
    expect(startOf(settingsWith(changes)).settings).not.toBe(startOf(settingsWith()).settings);
  });

  test('is none where a run was paused over an upgrade from a version that did not look at the list', () => {
    const begun = startOf(settingsWith()).settings.split('.').slice(0, 2).join('.');
    expect(isSameSettings(begun, settingsWith())).toBe(true);
    expect(isSameSettings(begun, settingsWith({ memberStatuses: ['Sent'] }))).toBe(false);
    expect(isSameSettings(begun.slice(0, -1), settingsWith())).toBe(false);
  });

  test('does not lead a run that was cut off back to a list that another run has left', async () => {
    const scene = sceneWith(5);
    const cut = await runOnce(scene, {
      between: (moment, _call, method) => {
        if (moment === 'after' && method === 'upsert') scene.state.runs[0]!.wanted = 'pause';
      },
    });
    expect(cut.end).toBe('paused');
    scene.state.runs[0]!.wanted = 'go';
    scene.world.listId = 'list-2';
    scene.world.contacts.clear();
    await runOnce(scene);
    await expect(runOnce(scene, { resume: cut.id })).rejects.toMatchObject({ code: 'sync_changed' });
  });
});

describe('results', () => {
  /** Its last result is there, and Salesforce cannot take it now: its record is locked. */
  async function sceneLeavingUnderALock(): Promise<Scene> {
    const scene = sceneWith(2, RESULTS);
    await runOnce(scene);
    dial(scene.world, memberId(0), 'Sold');
    scene.world.nowMs += DAY_MS + HOUR_MS;
    setMember(scene.world, memberId(0), { refusals: ['DoNotCall'] });
    scene.world.refusing.set(memberId(0), false);
    const { run } = await runOnce(scene);
    expect(run.counts).toMatchObject({ removed: 1 });
    expect(scene.world.contacts.get(memberId(0))?.callable).toBe(false);
    scene.world.refusing.clear();
    return scene;
  }

  test('of who leaves are waited for where Salesforce cannot take them now', async () => {
    const scene = await sceneLeavingUnderALock();
    await runOnce(scene);
    expect(scene.world.members.get(memberId(0))?.fields.Last_Result__c).toBe('Sold');
    scene.world.nowMs += DAY_MS;
    await runOnce(scene);
    expect([...scene.world.contacts.keys()]).toEqual([memberId(1)]);
  });

  test('of who left under a lock are there for a retry', async () => {
    const scene = await sceneLeavingUnderALock();
    await runOnce(scene, { retryOf: scene.state.runs.length - 1 });
    expect(scene.world.members.get(memberId(0))?.fields.Last_Result__c).toBe('Sold');
  });

  test('come back of a call whose agent took half an hour to wrap it up', async () => {
    const scene = sceneWith(4, RESULTS);
    await runOnce(scene);
    dial(scene.world, memberId(0), 'ININ-OUTBOUND-TRANSFERRED-TO-QUEUE');
    scene.world.nowMs += 15 * 60_000;
    dial(scene.world, memberId(1), 'Sold');
    await runOnce(scene);
    scene.world.nowMs += 15 * 60_000;
    // The attempt keeps the time at which it began.
    scene.world.contacts.get(memberId(0))!.attempts[0]!.result = 'Sold';
    await runOnce(scene);
    expect(scene.world.members.get(memberId(0))?.status).toBe('Responded');
  });

  test('come back after one whose time lies in the future', async () => {
    const scene = sceneWith(4, RESULTS);
    await runOnce(scene);
    scene.world.contacts.get(memberId(0))!.attempts.push({ at: '2099-01-01T00:00:00Z', result: 'Sold' });
    await runOnce(scene);
    scene.world.nowMs += DAY_MS;
    dial(scene.world, memberId(1), 'Sold');
    await runOnce(scene);
    expect(scene.world.members.get(memberId(1))?.status).toBe('Responded');
  });

  test('of contacts that leave are written in turn with those of webhooks, and by the newest ledger', async () => {
    const scene = sceneWith(2, RESULTS);
    await runOnce(scene);
    dial(scene.world, memberId(0), 'Sold');
    setMember(scene.world, memberId(0), { refusals: ['DoNotCall'] });
    await walkWith(scene, ({ journal }) => ({
      journal: {
        ...journal,
        async inResultTurn(work) {
          // A webhook came first, with a result that is newer than the one on the contact.
          const entry = scene.state.entries.get(memberId(0))!;
          const attemptAtMs = scene.world.nowMs + HOUR_MS;
          scene.state.entries.set(memberId(0), { ...entry, resultHash: 'newer', attemptAtMs });
          return await journal.inResultTurn(work);
        },
      },
    }));
    expect(scene.world.updates).toEqual([]);
  });
});

describe('results that Salesforce does not take', () => {
  /** A buyer who wants no more calls: what became of the last one is in the contact alone. */
  async function sceneOfOneWhoLeaves(): Promise<Scene> {
    const scene = sceneWith(4, RESULTS);
    await runOnce(scene);
    dial(scene.world, memberId(0), 'Sold');
    setMember(scene.world, memberId(0), { refusals: ['DoNotCall'] });
    return scene;
  }

  test('of one who leaves the list are kept until they are corrected and retried, and nobody calls that contact', async () => {
    const scene = await sceneOfOneWhoLeaves();
    const { world } = scene;
    world.refusing.set(memberId(0), true);
    const { id, run } = await runOnce(scene);
    expect(run.rows.filter(({ outcome }) => outcome === 'failed')).toHaveLength(1);
    const again = await runOnce(scene);
    expect(again.run.counts.failed).toBe(0);
    expect(world.contacts.get(memberId(0))?.callable).toBe(false);
    world.refusing.clear();
    await runOnce(scene, { retryOf: id });
    expect(world.members.get(memberId(0))?.status).toBe('Responded');
    world.nowMs += 2 * DAY_MS;
    await runOnce(scene);
    expect(world.contacts.has(memberId(0))).toBe(false);
  });

  test('are retried alone: a status that a person has set since is left where the contact is what failed', async () => {
    const scene = sceneWith(2, RESULTS);
    const { world } = scene;
    await runOnce(scene);
    dial(world, memberId(0), 'Sold');
    await runOnce(scene);
    expect(world.members.get(memberId(0))?.status).toBe('Responded');
    setMember(world, memberId(0), { status: 'Not reached', fields: { FirstName: 'Bad' } });
    world.poisoned.add(memberId(0));
    const { id, run } = await runOnce(scene);
    expect(run.counts.failed).toBe(1);
    world.poisoned.clear();
    await runOnce(scene, { retryOf: id });
    expect(world.members.get(memberId(0))?.status).toBe('Not reached');
  });

  test('now leave whoever refused to be called uncallable, and come back later', async () => {
    const scene = await sceneOfOneWhoLeaves();
    const { world } = scene;
    const limited = ({ sink }: RunPorts) => ({
      sink: { ...sink, updateMembers: () => Promise.reject(new Error('REQUEST_LIMIT_EXCEEDED')) },
    });
    await expect(walkWith(scene, limited)).rejects.toThrow('REQUEST_LIMIT_EXCEEDED');
    expect(world.contacts.get(memberId(0))?.callable).toBe(false);
    await runOnce(scene);
    expect([world.contacts.has(memberId(0)), world.members.get(memberId(0))?.status]).toEqual([
      false,
      'Responded',
    ]);
  });
});

test('who refused to be called is taken off though PureCloud takes no contacts', async () => {
  const scene = sceneWith(4);
  await runOnce(scene);
  setMember(scene.world, memberId(0), { refusals: ['DoNotCall'] });
  setMember(scene.world, memberId(1), { fields: { FirstName: 'New' } });
  const importing = ({ contacts }: RunPorts) => ({
    contacts: { ...contacts, upsert: () => Promise.reject(new Error('contact.list.import.in.progress')) },
  });
  await expect(walkWith(scene, importing)).rejects.toThrow('import.in.progress');
  expect(scene.world.contacts.has(memberId(0))).toBe(false);
  const { run } = await runOnce(scene);
  expect(run.counts).toMatchObject({ removed: 1, changed: 1, failed: 0 });
});

test('results of calls on a list come back where the sync returns to it', async () => {
  const scene = sceneWith(4, RESULTS);
  const { world } = scene;
  await runOnce(scene);
  const first = world.contacts;
  dial(world, memberId(0), 'Sold');
  world.nowMs += 2 * DAY_MS;
  [world.listId, world.contacts] = ['list-2', new Map()];
  scene.settings = settingsWith({ ...RESULTS, contactListName: 'Other' });
  await runOnce(scene);
  dial(world, memberId(1), 'Sold');
  await runOnce(scene);
  [world.listId, world.contacts] = ['list-1', first];
  scene.settings = settingsWith(RESULTS);
  world.nowMs += HOUR_MS;
  await runOnce(scene);
  expect(world.members.get(memberId(0))?.status).toBe('Responded');
});

test('after a restore, who was added since and refuses to be called now leaves the list', async () => {
  const scene = sceneWith(3);
  await runOnce(scene);
  const backup = structuredClone(scene.state);
  setMember(scene.world, memberId(7), {});
  await runOnce(scene);
  setMember(scene.world, memberId(7), { refusals: ['DoNotCall'] });
  // As a restore leaves it: see loadDatabase.
  backup.progress.mappingFingerprint = '';
  await runOnce({ ...scene, state: backup });
  expect(scene.world.contacts.has(memberId(7))).toBe(false);
});

test('a number that was kept because it is blank in Salesforce leaves the contact with the column that held it', async () => {
  const [home, mobile] = [
    { field: 'Phone', column: 'Phone', type: 'Home' },
    { field: 'MobilePhone', column: 'Mobile', type: 'Cell' },
  ];
  const scene = sceneWith(2, { phones: [home, mobile] });
  const numbersOf = (number: number) => scene.world.contacts.get(memberId(number))!.data;
  setMember(scene.world, memberId(0), { fields: { MobilePhone: '+4915112345678' } });
  await runOnce(scene);
  setMember(scene.world, memberId(0), { fields: { MobilePhone: '' } });
  await runOnce(scene);
  expect(numbersOf(0).Mobile).toBe('+4915112345678');
  scene.settings = settingsWith({ phones: [home] });
  await runOnce(scene);
  expect([numbersOf(0), numbersOf(1)].map(({ Mobile }) => Mobile)).toEqual([undefined, undefined]);
});

test('who is a member again after a while gets the result of the call from before', async () => {
  const scene = sceneWith(3, RESULTS);
  await runOnce(scene);
  const [returning, other] = [memberId(1), memberId(0)];
  dial(scene.world, returning, 'Sold');
  const member = scene.world.members.get(returning)!;
  scene.world.held.add(returning);
  deleteMember(scene.world, returning);
  await runOnce(scene);
  scene.world.nowMs += 2 * DAY_MS;
  dial(scene.world, other, 'Sold');
  await runOnce(scene);
  setMember(scene.world, returning, { fields: { ...member.fields } });
  await runOnce(scene);
  expect(scene.world.contacts.get(returning)!.callable).toBe(true);
  expect(scene.world.members.get(returning)!.fields.Last_Result__c).toBe('Sold');
});
