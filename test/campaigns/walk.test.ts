import { describe, expect, test } from '@jest/globals';
import { LeaseLost } from '../../server/campaigns/ports.ts';
import { verdictOfEnd, verdictOfError } from '../../server/campaigns/run/run-verdict.ts';
import { NO_COUNTS } from '../../server/campaigns/counts.ts';
import { RunFault } from '../../server/campaigns/run/run-fault.ts';
import { walkRun } from '../../server/campaigns/run/walk.ts';
import type { RunPorts } from '../../server/campaigns/run/walk-context.ts';
import { BridgeError } from '../../server/errors.ts';
import { memberId, settingsWith } from './support/campaign-fixtures.ts';
import { createWorld, deleteMember, dial, portsOfWorld, setMember } from './support/fake-world.ts';
import { createMemoryJournal, createState, startRun } from './support/memory-journal.ts';
import { runOnce, type Scene } from './support/run-in-memory.ts';

const RESULTS = {
  results: [{ result: 'Sold', memberStatus: 'Responded' }],
  resultFields: { lastResult: 'Last_Result__c', lastAttempt: 'Last_Attempt__c' },
};
const HOUR_MS = 3_600_000;

function sceneWith(members: number, changes: Record<string, unknown> = {}): Scene {
  const scene = { world: createWorld({ members }), state: createState(), settings: settingsWith(changes) };
  // Longer ago than a run reads once more to be safe.
  quiet(scene, HOUR_MS);
  return scene;
}

/** A walk whose ports are changed by the test. */
async function walkWith({ world, state, settings }: Scene, change: (ports: RunPorts) => Partial<RunPorts>) {
  const id = startRun(state);
  const ports: RunPorts = { ...portsOfWorld(world), journal: createMemoryJournal(state, id) };
  const order = { settings, dryRun: false, progress: { ...state.progress } };
  return await walkRun(order, { ...ports, ...change(ports) });
}

function quiet(scene: Scene, ms: number): void {
  scene.world.nowMs += ms;
}

describe('a run', () => {
  test('makes the list, fills it, and finds nothing to do the second time', async () => {
    const scene = sceneWith(5);
    const first = await runOnce(scene);
    expect(first.run).toMatchObject({ membersTotal: 5, counts: { membersRead: 5, added: 5 } });
    quiet(scene, HOUR_MS);
    const second = await runOnce(scene);
    expect(second.run.counts).toEqual(NO_COUNTS);
    expect(scene.world.upserts.flat()).toHaveLength(5);
  });

  test('costs in proportion to what changed', async () => {
    const scene = sceneWith(40);
    await runOnce(scene);
    quiet(scene, HOUR_MS);
    const idle = await runOnce(scene);
    setMember(scene.world, memberId(7), { fields: { FirstName: 'Grace' } });
    const { run, calls } = await runOnce(scene);
    expect(run.counts).toEqual({ ...NO_COUNTS, membersRead: 1, changed: 1 });
    expect(idle.calls).toBeLessThan(15);
    expect(calls).toBeLessThan(idle.calls + 6);
  });

  test('dry, changes nothing on either side', async () => {
    const scene = sceneWith(4, RESULTS);
    await runOnce(scene);
    dial(scene.world, memberId(0), 'Sold');
    setMember(scene.world, memberId(1), { refusals: ['DoNotCall'] });
    setMember(scene.world, memberId(9), {});
    const before = structuredClone([scene.world, scene.state.entries, scene.state.progress]);
    const { run } = await runOnce(scene, { dryRun: true });
    expect([scene.world, scene.state.entries, scene.state.progress]).toEqual(before);
    expect(run.counts).toMatchObject({ added: 1, removed: 1, membersUpdated: 1 });
    expect(run.rows).toHaveLength(1);
  });

  test('takes off whoever is no longer to be called, and says why', async () => {
    const scene = sceneWith(5, { memberStatuses: ['sent'] });
    await runOnce(scene);
    setMember(scene.world, memberId(0), { refusals: ['DoNotCall'] });
    setMember(scene.world, memberId(1), { fields: { Phone: ' ' } });
    setMember(scene.world, memberId(2), { status: 'Done' });
    deleteMember(scene.world, memberId(3));
    const { run } = await runOnce(scene);
    expect([...scene.world.contacts.keys()]).toEqual([memberId(4)]);
    expect(run.rows.map(({ outcome, reason }) => [outcome, reason.code])).toEqual([
      ['removed', 'do_not_call'],
      ['removed', 'phone_missing'],
      ['removed', 'status_not_selected'],
      ['removed', 'member_gone'],
    ]);
    setMember(scene.world, memberId(0), {});
    const later = await runOnce(scene);
    expect(later.run.counts).toMatchObject({ removed: 0, skipped: 3 });
  });

  test('leaves on the list what it cannot read any more, so that a wrong setting does not empty it', async () => {
    const scene = sceneWith(2);
    await runOnce(scene);
    setMember(scene.world, memberId(0), { fields: { Phone: '030 901820' } });
    const { run } = await runOnce(scene);
    expect(run.counts).toMatchObject({ invalid: 1, removed: 0 });
    expect(run.rows).toMatchObject([
      {
        outcome: 'invalid',
        reason: { code: 'phone_no_country', field: 'Phone' },
        original: { Phone: '030 901820' },
      },
    ]);
    expect(scene.world.contacts.get(memberId(0))?.data.Phone).toBe('+16502530000');
  });

  test('makes a contact uncallable that a campaign holds, and callable again when it comes back', async () => {
    const scene = sceneWith(1);
    await runOnce(scene);
    scene.world.held.add(memberId(0));
    setMember(scene.world, memberId(0), { refusals: ['DoNotCall'] });
    expect((await runOnce(scene)).run.counts).toMatchObject({ removed: 1 });
    expect(scene.world.contacts.get(memberId(0))?.callable).toBe(false);
    setMember(scene.world, memberId(0), { refusals: [] });
    expect((await runOnce(scene)).run.counts).toMatchObject({ added: 1 });
    expect(scene.world.contacts.get(memberId(0))?.callable).toBe(true);
    expect(scene.world.queued.get(memberId(0))).toBe(1);
  });

  test('never makes a contact callable that PureCloud made uncallable', async () => {
    const scene = sceneWith(1);
    await runOnce(scene);
    scene.world.contacts.get(memberId(0))!.callable = false;
    setMember(scene.world, memberId(0), { fields: { FirstName: 'Grace' } });
    await runOnce(scene);
    expect(scene.world.contacts.get(memberId(0))).toMatchObject({
      callable: false,
      data: { 'First Name': 'Grace' },
    });
  });

  test.each([
    { keepBlankValues: true, name: 'Ada' },
    { keepBlankValues: false, name: '' },
  ])('with keepBlankValues $keepBlankValues makes of a blank "$name"', async ({ keepBlankValues, name }) => {
    const scene = sceneWith(1, { keepBlankValues });
    await runOnce(scene);
    setMember(scene.world, memberId(0), { fields: { FirstName: null, Phone: '+491711234567' } });
    await runOnce(scene);
    expect(scene.world.contacts.get(memberId(0))?.data).toEqual({
      'First Name': name,
      Phone: '+491711234567',
    });
  });

  test('names the one bad row of a refused batch, sends all others, and only that one again when asked', async () => {
    const scene = sceneWith(6);
    scene.world.poisoned.add(memberId(3));
    const first = await runOnce(scene);
    expect(first.run.counts).toMatchObject({ added: 5, failed: 1 });
    expect(first.run.rows).toMatchObject([
      {
        memberId: memberId(3),
        outcome: 'failed',
        reason: { code: 'contact_refused', upstreamCode: 'invalid.contact.id' },
      },
    ]);
    quiet(scene, HOUR_MS);
    expect((await runOnce(scene)).run.counts).toEqual(NO_COUNTS);
    scene.world.poisoned.clear();
    scene.world.upserts = [];
    const retry = await runOnce(scene, { retryOf: first.id });
    expect(retry.run.counts).toEqual({ ...NO_COUNTS, membersRead: 1, added: 1 });
    expect(scene.world.upserts).toEqual([[memberId(3)]]);
    expect((await runOnce(scene, { retryOf: first.id })).run.counts).toMatchObject({
      unchanged: 1,
      failed: 0,
    });
  });

  test('tries again by itself what PureCloud did not confirm', async () => {
    const scene = sceneWith(2);
    const end = await walkWith(scene, ({ contacts }) => ({
      contacts: {
        ...contacts,
        upsert: async (list, sent) => {
          const answer = await contacts.upsert(list, sent);
          return answer.outcome === 'accepted' ? { ...answer, ids: answer.ids.slice(1) } : answer;
        },
      },
    }));
    expect(end).toBe('finished');
    expect(scene.state.runs[0]!.rows).toMatchObject([{ reason: { code: 'contact_not_confirmed' } }]);
    quiet(scene, HOUR_MS);
    expect((await runOnce(scene)).run.counts).toEqual({ ...NO_COUNTS, membersRead: 1, added: 1 });
    expect(scene.world.queued.get(memberId(0))).toBe(1);
  });

  test('compares everything where Salesforce no longer knows what was deleted', async () => {
    const scene = sceneWith(7);
    await runOnce(scene);
    deleteMember(scene.world, memberId(0));
    deleteMember(scene.world, memberId(6));
    scene.world.deletions = [];
    quiet(scene, HOUR_MS);
    scene.world.deletionsKnownSinceMs = scene.world.nowMs;
    const { run } = await runOnce(scene);
    expect(run.checkpoint?.reading).toEqual({ kind: 'full', reason: 'window_missed' });
    expect(run.counts).toEqual({ ...NO_COUNTS, membersRead: 5, unchanged: 5, removed: 2 });
  });

  test('begins anew where that shows only when it is taken up again', async () => {
    const scene = sceneWith(7);
    await runOnce(scene);
    for (let n = 0; n < 7; n += 1) setMember(scene.world, memberId(n), { fields: { FirstName: 'Grace' } });
    let slices = 0;
    const between = (_moment: string, _call: number, method: string) => {
      if (method === 'announce' && (slices += 1) === 5) scene.state.runs[1]!.wanted = 'pause';
    };
    const paused = await runOnce(scene, { between });
    expect(paused.end).toBe('paused');
    deleteMember(scene.world, memberId(0));
    scene.world.deletions = [];
    quiet(scene, HOUR_MS);
    scene.world.deletionsKnownSinceMs = scene.world.nowMs;
    scene.state.runs[1]!.wanted = 'go';
    const { run, end } = await runOnce(scene, { resume: paused.id });
    expect(end).toBe('finished');
    expect(run.counts).toMatchObject({ membersRead: 6, removed: 1 });
    // Nobody says that it was deleted: it may only be out of sight.
    expect(scene.world.contacts.size).toBe(7);
    expect(scene.world.contacts.get(memberId(0))!.callable).toBe(false);
  });

  test('compares everything once a day, and after a change of the mapping', async () => {
    const scene = sceneWith(3);
    await runOnce(scene);
    quiet(scene, 24 * HOUR_MS);
    const daily = await runOnce(scene);
    expect(daily.run.checkpoint?.reading).toEqual({ kind: 'full', reason: 'due' });
    expect(daily.run.counts).toEqual({ ...NO_COUNTS, membersRead: 3, unchanged: 3 });
    quiet(scene, HOUR_MS);
    const other = {
      ...scene,
      settings: settingsWith({ columns: [{ field: 'Status', column: 'First Name' }] }),
    };
    const changed = await runOnce(other);
    expect(changed.run.checkpoint?.reading).toEqual({ kind: 'full', reason: 'mapping_changed' });
    expect(changed.run.counts).toEqual({ ...NO_COUNTS, membersRead: 3, changed: 3 });
  });

  test('fills another list from the start, as its dry run says', async () => {
    const scene = sceneWith(4);
    await runOnce(scene);
    scene.world.listId = undefined;
    scene.world.contacts.clear();
    const dry = await runOnce(scene, { dryRun: true });
    scene.world.listId = 'list-2';
    const real = await runOnce(scene);
    expect(dry.run.counts).toEqual({ ...NO_COUNTS, membersRead: 4, added: 4 });
    expect(real.run.counts).toEqual(dry.run.counts);
    expect(scene.world.contacts.size).toBe(4);
  });

  test('pauses between slices, goes on from there, and ends with the counts of an undisturbed one', async () => {
    const scene = sceneWith(9);
    let looks = 0;
    const between = (moment: string, _call: number, method: string) => {
      if (method === 'control' && moment === 'before' && (looks += 1) === 3)
        scene.state.runs[0]!.wanted = 'pause';
    };
    const paused = await runOnce(scene, { between });
    expect(paused).toMatchObject({ end: 'paused', run: { counts: { added: 3 } } });
    scene.state.runs[0]!.wanted = 'go';
    const { end, run } = await runOnce(scene, { resume: 0 });
    expect(end).toBe('finished');
    expect(run.counts).toEqual({ ...NO_COUNTS, membersRead: 9, added: 9 });
  });

  test('is cancelled with its counts kept, and the next run does the rest', async () => {
    const scene = sceneWith(9);
    let looks = 0;
    const between = (moment: string, _call: number, method: string) => {
      if (method === 'control' && moment === 'before' && (looks += 1) === 2)
        scene.state.runs[0]!.wanted = 'cancel';
    };
    const { end, run } = await runOnce(scene, { between });
    expect(end).toBe('cancelled');
    expect(run.counts.added).toBeGreaterThan(0);
    const rest = await runOnce(scene);
    expect(rest.run.counts.added).toBe(9 - run.counts.added);
    expect(scene.world.contacts.size).toBe(9);
  });

  test('ends without a word where another instance has taken it over', async () => {
    const end = await walkWith(sceneWith(3), ({ journal }) => ({
      journal: { ...journal, control: () => Promise.reject(new LeaseLost()) },
    }));
    expect(end).toBe('lost');
  });

  test.each([
    {
      name: 'a list with other columns',
      code: 'contact_list_mismatch',
      change: ({ contacts }: RunPorts) => ({
        contacts: {
          ...contacts,
          check: async () => ({ state: 'mismatch' as const, listId: 'l', detail: 'Phone is missing' }),
        },
      }),
    },
    {
      name: 'a list that is not there',
      code: 'contact_list_not_found',
      change: ({ contacts }: RunPorts) => ({
        contacts: { ...contacts, check: async () => ({ state: 'notFound' as const }) },
      }),
    },
    {
      name: 'a field that is not there',
      code: 'field_unknown',
      change: ({ source }: RunPorts) => ({
        source: {
          ...source,
          describeFields: async (fields: readonly string[]) =>
            fields.map((field) => ({ field, exists: field !== 'Phone', writable: true })),
        },
      }),
    },
    {
      name: 'a field that may not be written',
      code: 'field_not_writable',
      change: ({ source }: RunPorts) => ({
        source: {
          ...source,
          describeFields: async (fields: readonly string[]) =>
            fields.map((field) => ({ field, exists: true, writable: field !== 'Last_Result__c' })),
        },
      }),
    },
    {
      name: 'a status that may not be written',
      code: 'field_not_writable',
      change: ({ source }: RunPorts) => ({
        source: {
          ...source,
          describeFields: async (fields: readonly string[]) =>
            fields.map((field) => ({ field, exists: true, writable: field !== 'Status' })),
        },
      }),
    },
    {
      name: 'no sight of who is not to be called',
      code: 'field_unknown',
      change: ({ source }: RunPorts) => ({
        source: {
          ...source,
          describeFields: async (fields: readonly string[]) =>
            fields.map((field) => ({ field, exists: !field.endsWith('DoNotCall'), writable: true })),
        },
      }),
    },
    {
      name: 'a status that the campaign does not have',
      code: 'member_status_unknown',
      change: ({ source }: RunPorts) => ({
        source: { ...source, memberStatuses: async () => ['Sent'] },
      }),
    },
    {
      name: 'members in another order',
      code: 'members_out_of_order',
      change: ({ source }: RunPorts) => ({
        source: {
          ...source,
          readPage: async (query: Parameters<typeof source.readPage>[0]) => {
            const page = await source.readPage(query);
            return { ...page, members: page.members.toReversed() };
          },
        },
      }),
    },
  ])('sends nothing with $name, and says what to do', async ({ code, change }) => {
    const scene = sceneWith(3, RESULTS);
    const error: unknown = await walkWith(scene, change).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code, remedy: expect.stringMatching(/\w{3}/) });
    expect(scene.world.contacts.size).toBe(0);
  });

  test.each([
    { seen: ['DoNotCall'], excludeDoNotCall: true, sent: 3 },
    { seen: ['Lead.DoNotCall', 'Contact.DoNotCall'], excludeDoNotCall: true, sent: 3 },
    { seen: ['Contact.DoNotCall'], excludeDoNotCall: true, sent: 0 },
    { seen: [], excludeDoNotCall: false, sent: 3 },
  ])('sends $sent of 3 where it sees $seen, with excludeDoNotCall $excludeDoNotCall', async (given) => {
    const scene = sceneWith(3, { excludeDoNotCall: given.excludeDoNotCall });
    const isSeen = (field: string) => !field.endsWith('DoNotCall') || given.seen.includes(field);
    const walk = walkWith(scene, ({ source }) => ({
      source: {
        ...source,
        describeFields: async (fields) =>
          fields.map((field) => ({ field, exists: isSeen(field), writable: true })),
      },
    }));
    await walk.catch((error: unknown) => expect(error).toMatchObject({ code: 'field_unknown' }));
    expect(scene.world.contacts.size).toBe(given.sent);
  });

  test('does not go on with other settings than it began with', async () => {
    const scene = sceneWith(3);
    const { id } = await runOnce(scene);
    scene.settings = settingsWith({ defaultCountry: 'DE' });
    await expect(runOnce(scene, { resume: id })).rejects.toMatchObject({ code: 'sync_changed' });
  });
});

describe('results', () => {
  test('come back to the members, once, and are no reason to send them again', async () => {
    const scene = sceneWith(4, { ...RESULTS, columns: [{ field: 'Status', column: 'Status' }] });
    await runOnce(scene);
    dial(scene.world, memberId(1), 'Sold');
    quiet(scene, HOUR_MS);
    expect((await runOnce(scene)).run.counts).toMatchObject({ resultsRead: 1, membersUpdated: 1 });
    expect(scene.world.members.get(memberId(1))).toMatchObject({
      status: 'Responded',
      fields: { Last_Result__c: 'Sold' },
    });
    scene.world.upserts = [];
    const echo = await runOnce(scene);
    expect(echo.run.counts).toEqual({ ...NO_COUNTS, membersRead: 1, unchanged: 1 });
    expect(scene.world.upserts).toEqual([]);
    expect(scene.world.updates).toHaveLength(1);
  });

  test('that the sync does not map are listed, and leave the status alone', async () => {
    const scene = sceneWith(3, RESULTS);
    await runOnce(scene);
    for (let n = 0; n < 3; n += 1) dial(scene.world, memberId(n), n === 0 ? 'Sold' : 'Odd');
    const { run } = await runOnce(scene);
    expect([...run.unmapped]).toEqual([['Odd', 2]]);
    expect(scene.world.members.get(memberId(2))).toMatchObject({
      status: 'Sent',
      fields: { Last_Result__c: 'Odd' },
    });
  });

  test('are not lost with a contact that is taken off because of them', async () => {
    const scene = sceneWith(1, RESULTS);
    await runOnce(scene);
    dial(scene.world, memberId(0), 'Sold');
    setMember(scene.world, memberId(0), { refusals: ['DoNotCall'] });
    const { run } = await runOnce(scene);
    expect(run.counts).toMatchObject({ removed: 1, membersUpdated: 1 });
    expect(scene.world.contacts.size).toBe(0);
    expect(scene.world.members.get(memberId(0))?.status).toBe('Responded');
  });

  test.each([
    { isFinal: false, next: 1, retried: 0 },
    { isFinal: true, next: 0, retried: 1 },
  ])(
    'that Salesforce refused (final: $isFinal) are written by the next run ($next) or by a retry ($retried)',
    async ({ isFinal, next, retried }) => {
      const scene = sceneWith(3, RESULTS);
      await runOnce(scene);
      dial(scene.world, memberId(0), 'Sold');
      quiet(scene, HOUR_MS);
      dial(scene.world, memberId(1), 'Sold');
      scene.world.refusing.set(memberId(0), isFinal);
      const first = await runOnce(scene);
      expect(first.run.counts).toMatchObject({ failed: 1, membersUpdated: 1 });
      expect(first.run.rows).toMatchObject([
        { outcome: 'failed', reason: { code: 'update_refused', upstreamCode: 'REFUSED' } },
      ]);
      scene.world.refusing.clear();
      quiet(scene, HOUR_MS);
      expect((await runOnce(scene)).run.counts.membersUpdated).toBe(next);
      const retry = await runOnce(scene, { retryOf: first.id });
      expect(retry.run.counts.membersUpdated).toBe(retried);
      expect(scene.world.members.get(memberId(0))?.status).toBe('Responded');
    },
  );
});

describe('the verdict on a run', () => {
  test.each([
    { name: 'clean', verdict: verdictOfEnd('finished', NO_COUNTS), status: 'Healthy' },
    {
      name: 'failed rows',
      verdict: verdictOfEnd('finished', { ...NO_COUNTS, failed: 1 }),
      status: 'Part failed',
    },
    {
      name: 'nothing failed, and contacts are refused since an earlier run',
      verdict: verdictOfEnd('finished', NO_COUNTS, { contacts: 2, run: 'r1' }),
      status: 'Part failed',
      code: 'contacts_refused',
    },
    { name: 'paused', verdict: verdictOfEnd('paused', NO_COUNTS), status: 'Paused' },
    { name: 'cancelled', verdict: verdictOfEnd('cancelled', NO_COUNTS), status: 'Failed', code: 'cancelled' },
    {
      name: 'a fault',
      verdict: verdictOfError(new RunFault('field_unknown', 'x', 'y')),
      status: 'Action needed',
      code: 'field_unknown',
    },
    {
      name: 'an outage',
      verdict: verdictOfError(new BridgeError('upstream_timeout')),
      status: 'Failed',
      code: 'upstream_timeout',
    },
    {
      name: 'a permission that is missing',
      verdict: verdictOfError(new BridgeError('upstream_failure', { retryable: false })),
      status: 'Action needed',
      code: 'upstream_failure',
    },
    {
      name: 'a refused credential',
      verdict: verdictOfError(new BridgeError('credential_rejected')),
      status: 'Action needed',
      code: 'credential_rejected',
    },
    {
      name: 'a mistake',
      verdict: verdictOfError(new TypeError('secret details')),
      status: 'Failed',
      code: 'internal_error',
    },
  ])('of $name is $status', ({ verdict, status, code }) => {
    expect(verdict.status).toBe(status);
    expect(verdict.failure?.code).toBe(code);
    expect(JSON.stringify(verdict)).not.toContain('secret details');
  });
});
