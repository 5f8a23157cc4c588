import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decideMember } from '../../server/campaigns/decide-member.ts';
import { memberId, settingsWith } from './support/campaign-fixtures.ts';
import { createWorld, deleteMember, dial, setMember, type World } from './support/fake-world.ts';
import { createState } from './support/memory-journal.ts';
import { Crash, runOnce, runWithCrashes, type Between, type Scene } from './support/run-in-memory.ts';

const SETTINGS = settingsWith({
  columns: [
    { field: 'FirstName', column: 'First Name' },
    { field: 'Status', column: 'Status' },
  ],
  results: [
    { result: 'Sold', memberStatus: 'Responded' },
    { result: 'ININ-OUTBOUND-NO-ANSWER', memberStatus: 'Not reached' },
  ],
  resultFields: { lastResult: 'Last_Result__c', lastAttempt: 'Last_Attempt__c' },
});
const MEMBERS = 7;
// CAMPAIGN_HISTORIES=20000 looks longer.
const RUNS = Number(process.env.CAMPAIGN_HISTORIES ?? 150);

type Change =
  | { kind: 'rename'; who: number; name: string }
  | { kind: 'phone'; who: number; phone: string }
  | { kind: 'refuse'; who: number; refusals: string[] }
  | { kind: 'delete'; who: number }
  | { kind: 'dial'; who: number; result: string }
  | { kind: 'hold'; who: number; held: boolean }
  | { kind: 'forgetDeletions' }
  | { kind: 'wait'; ms: number };

const who = fc.integer({ min: 0, max: MEMBERS - 1 });
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('rename' as const), who, name: fc.constantFrom('Ada', 'Grace', '') }),
  fc.record({
    kind: fc.constant('phone' as const),
    who,
    phone: fc.constantFrom('+16502530000', '+491711234567', '', 'none'),
  }),
  fc.record({
    kind: fc.constant('refuse' as const),
    who,
    refusals: fc.constantFrom<string[]>([], ['DoNotCall'], ['Individual.ShouldForget']),
  }),
  fc.record({ kind: fc.constant('delete' as const), who }),
  fc.record({
    kind: fc.constant('dial' as const),
    who,
    result: fc.constantFrom('Sold', 'ININ-OUTBOUND-NO-ANSWER', 'ININ-OUTBOUND-TRANSFERRED-TO-QUEUE', 'Other'),
  }),
  fc.record({ kind: fc.constant('hold' as const), who, held: fc.boolean() }),
  fc.record({ kind: fc.constant('forgetDeletions' as const) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1_000, 600_000, 90_000_000) }),
);

function happen(world: World, event: Change): void {
  switch (event.kind) {
    case 'rename':
      return setMember(world, memberId(event.who), { fields: { FirstName: event.name } });
    case 'phone':
      return setMember(world, memberId(event.who), { fields: { Phone: event.phone } });
    case 'refuse':
      return setMember(world, memberId(event.who), { refusals: event.refusals });
    case 'delete':
      // A campaign without any member ends a full run: who makes a mistake there is told elsewhere.
      if (world.members.size > 1) deleteMember(world, memberId(event.who));
      return;
    case 'dial':
      return dial(world, memberId(event.who), event.result);
    case 'hold':
      if (event.held) world.held.add(memberId(event.who));
      else world.held.delete(memberId(event.who));
      return;
    case 'forgetDeletions':
      world.deletions = [];
      world.deletionsKnownSinceMs = world.nowMs;
      return;
    case 'wait':
      world.nowMs += event.ms;
  }
}

/** What the list has to be, told in the simplest words: no pages, no ledger, no watermark. */
interface Model {
  listed: Map<string, { name: string; phone: string }>;
  /** On the list still, and uncallable: a campaign held it, its member cannot be sent as it is, or may only be out of sight. */
  blocked: Set<string>;
  queued: Map<string, number>;
}

function expectRun(model: Model, world: World): void {
  const takeOff = (id: string) => {
    if (model.listed.delete(id)) model.blocked.add(id);
  };
  // They could be taken off at once, or a full run took them off for good.
  for (const id of model.blocked) if (!world.contacts.has(id)) model.blocked.delete(id);
  for (const id of [...model.listed.keys()]) if (!world.members.has(id)) takeOff(id);
  for (const member of world.members.values()) {
    const { kind } = decideMember(member, SETTINGS);
    if (kind !== 'send') {
      takeOff(member.id);
      continue;
    }
    const before = model.listed.get(member.id);
    if (before === undefined && !model.blocked.delete(member.id)) {
      model.queued.set(member.id, (model.queued.get(member.id) ?? 0) + 1);
    }
    const name = String(member.fields.FirstName);
    const kept = world.contacts.get(member.id)?.data['First Name'];
    model.listed.set(member.id, {
      name: name === '' ? (kept ?? '') : name,
      phone: String(member.fields.Phone),
    });
  }
}

function listOf(world: World) {
  const callable = [...world.contacts].filter(([, contact]) => contact.callable);
  return new Map(
    callable.map(([id, { data }]) => [id, { name: data['First Name'] ?? '', phone: data.Phone ?? '' }]),
  );
}

function newestFinal(world: World, id: string) {
  const final = world.contacts.get(id)!.attempts.filter(({ result }) => !result.includes('TRANSFERRED'));
  return final.at(-1);
}

/** The fake shows the last attempt only, as PureCloud does for a number: one that is not final hides the one before. */
function isHidden(world: World, id: string): boolean {
  return world.contacts.get(id)!.attempts.at(-1)?.result.includes('TRANSFERRED') ?? false;
}

function expectResults(world: World): void {
  for (const id of world.contacts.keys()) {
    const [member, attempt] = [world.members.get(id), newestFinal(world, id)];
    if (member === undefined || attempt === undefined || isHidden(world, id)) continue;
    expect({ id, last: member.fields.Last_Result__c, at: member.fields.Last_Attempt__c }).toEqual({
      id,
      last: attempt.result,
      at: attempt.at,
    });
    if (attempt.result === 'Sold') expect(member.status).toBe('Responded');
  }
}

/** Once no campaign holds them, two full runs leave nobody on the list who is not to be called or is no member. */
async function expectLettingGo(scene: Scene): Promise<void> {
  const { world } = scene;
  world.held.clear();
  for (let day = 0; day < 2; day += 1) {
    world.nowMs += 90_000_000;
    await runOnce(scene);
  }
  const staying = [...world.members.values()].filter(
    (member) => decideMember(member, SETTINGS).kind !== 'leaveOut',
  );
  const members = new Set(staying.map(({ id }) => id));
  expect([...world.contacts.keys()].filter((id) => !members.has(id))).toEqual([]);
}

const history = fc.array(
  fc.record({
    events: fc.array(change, { maxLength: 8 }),
    crashes: fc.array(fc.nat({ max: 90 }), { maxLength: 4 }),
    dryFirst: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
);

describe('any history of both sides', () => {
  test('loses, doubles and requeues no contact, whatever is cut off, and a dry run foretells each run', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (chapters) => {
        const world = createWorld({ members: 4 });
        const scene: Scene = { world, state: createState(), settings: SETTINGS };
        const model: Model = { listed: new Map(), blocked: new Set(), queued: new Map() };
        for (const { events, crashes, dryFirst } of chapters) {
          for (const event of events) happen(world, event);
          const dry = dryFirst ? await runOnce(scene, { dryRun: true }) : undefined;
          expectRun(model, world);
          const { end, run } = await runWithCrashes(scene, crashes);
          expect(end).toBe('finished');
          expect(listOf(world)).toEqual(model.listed);
          expect(world.queued).toEqual(model.queued);
          if (dry !== undefined) expect(run.counts).toEqual(dry.run.counts);
          expectResults(world);
        }
        const { run } = await runOnce(scene);
        expect(run.counts).toMatchObject({ added: 0, changed: 0, removed: 0, failed: 0, membersUpdated: 0 });
        await expectLettingGo(scene);
      }),
      { numRuns: RUNS },
    );
  });

  test('is caught up with by the next quiet run where it went on, or the process ended, while a run was under way', async () => {
    const crash = fc.record({ kind: fc.constant('crash' as const) });
    const disturbed = fc.array(
      fc.record({
        call: fc.nat({ max: 60 }),
        moment: fc.constantFrom('before', 'after'),
        event: fc.oneof({ weight: 8, arbitrary: change }, { weight: 1, arbitrary: crash }),
      }),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(disturbed, { minLength: 1, maxLength: 4 }), async (runs) => {
        const world = createWorld({ members: 5 });
        const scene: Scene = { world, state: createState(), settings: SETTINGS };
        for (const disturbances of runs) {
          const between: Between = (moment, call) => {
            for (const at of disturbances) {
              if (at.call !== call || at.moment !== moment) continue;
              if (at.event.kind === 'crash') throw new Crash();
              happen(world, at.event);
            }
          };
          // A run that crashed is given up: another takes its place, and knows of it by the ledger alone.
          expect(['finished', 'crashed']).toContain((await runOnce(scene, { between })).end);
        }
        await runOnce(scene);
        const callable = listOf(world);
        for (const member of world.members.values()) {
          const { kind } = decideMember(member, SETTINGS);
          if (kind === 'send') expect(callable.get(member.id)?.phone).toBe(member.fields.Phone);
          if (kind === 'leaveOut') expect(callable.has(member.id)).toBe(false);
        }
        for (const id of callable.keys()) expect(world.members.has(id)).toBe(true);
        expectResults(world);
        expect((await runOnce(scene)).run.counts).toMatchObject({ added: 0, changed: 0, removed: 0 });
      }),
      { numRuns: RUNS },
    );
  });
});
