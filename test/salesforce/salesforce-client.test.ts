import { afterEach, describe, expect, test } from '@jest/globals';
import type { MemberSink, MemberSource } from '../../server/campaigns/ports.ts';
import { TransportError } from '../../server/transport/transport-error.ts';
import {
  createSalesforceClient,
  type SalesforceClient,
  type SalesforceClientOptions,
} from '../../server/salesforce/salesforce-client.ts';
import {
  DEMO_SALESFORCE_APP,
  DEMO_SALESFORCE_USER,
} from '../../sandbox/salesforce/create-salesforce-sandbox.ts';
import type { SalesforceOrgOptions } from '../../sandbox/salesforce/org/create-salesforce-org.ts';
import { liveBytes } from '../support/live-bytes.ts';
import { createUpstreamParts, type UpstreamParts } from '../support/upstream-client.ts';
import { startOrg, type RunningOrg } from './org-fixtures.ts';

interface Stage {
  org: RunningOrg;
  client: SalesforceClient;
  parts: UpstreamParts;
  /** Id of the member of a row. */
  id(row: number): string;
  another(options?: Partial<SalesforceClientOptions>): SalesforceClient;
}

let open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(open.map((close) => close()));
  open = [];
});

async function stage(
  org: SalesforceOrgOptions = {},
  options: Partial<SalesforceClientOptions> = {},
): Promise<Stage> {
  const running = await startOrg({ campaigns: [{ name: 'Spring', members: 300 }], ...org });
  const { url, tokenUrl } = running.sandbox.salesforce;
  const parts = createUpstreamParts({ ...DEMO_SALESFORCE_APP, url, tokenUrl, provider: 'salesforce' });
  const another = (more: Partial<SalesforceClientOptions> = {}) =>
    createSalesforceClient({
      ...parts,
      campaignId: running.campaignId,
      fields: ['Phone', 'MobilePhone', 'FirstName', 'LastName', 'Lead.Company'],
      ...options,
      ...more,
    });
  const client = another();
  open.push(
    () => running.close(),
    () => parts.close(),
    () => client.close(),
  );
  return { org: running, client, parts, another, id: (row) => running.state.tables.CampaignMember.idOf(row) };
}

async function readAll(client: SalesforceClient, limit: number, since?: string) {
  const ids: string[] = [];
  const pages: number[] = [];
  for (let more = true; more;) {
    const after = ids.at(-1);
    const page = await client.readPage({
      limit,
      ...(since === undefined ? {} : { since }),
      ...(after === undefined ? {} : { after }),
    });
    ids.push(...page.members.map(({ id }) => id));
    pages.push(page.members.length);
    more = page.more;
  }
  return { ids, pages };
}

test('is what a run needs of Salesforce', async () => {
  const { client } = await stage();
  const source: MemberSource = client;
  const sink: MemberSink = client;
  expect(source).toBe(sink);
});

describe('members', () => {
  test('come in pages of any size, in the order of their ids, each once', async () => {
    const { client, id } = await stage({ campaigns: [{ name: 'Spring', members: 4_321 }] });
    const { ids, pages } = await readAll(client, 2_500);
    expect(pages).toEqual([2_500, 1_821]);
    expect(ids).toEqual(Array.from({ length: 4_321 }, (_, row) => id(row)));
    expect(await client.countMembers({})).toBe(4_321);
  });

  test('of 5,000 go on from any id, by a client that has read none of them', async () => {
    const { another, id } = await stage({ campaigns: [{ name: 'Spring', members: 12_000 }] });
    const page = await another().readPage({ after: id(4_999), limit: 5_000 });
    expect([page.members[0]!.id, page.members.at(-1)!.id, page.more]).toEqual([id(5_000), id(9_999), true]);
  });

  test('are not all where an answer that is not the last does not say what follows', async () => {
    const { another, parts } = await stage({ campaigns: [{ name: 'Spring', members: 4_321 }] });
    const transport: typeof parts.transport = {
      stream: parts.transport.stream,
      async send(...given) {
        const answer = await parts.transport.send(...given);
        return { ...answer, body: answer.body.replace('"nextRecordsUrl":', '"next":') };
      },
    };
    await expect(another({ transport }).readPage({ limit: 4_000 })).rejects.toMatchObject({
      errorCode: 'UNREADABLE_ANSWER',
    });
  });

  test('bring what the sync names, country and consent', async () => {
    const { client, org, id } = await stage();
    const { Lead, Contact, Individual } = org.state.tables;
    const individual = Individual.add({ HasOptedOutProcessing: true }, Date.now());
    Lead.write(0, { Phone: "030 'x'", Country: 'DE', DoNotCall: true, Company: 'Acme' }, Date.now());
    Contact.write(
      0,
      { MailingCountry: null, DoNotCall: false, IndividualId: Individual.idOf(individual) },
      Date.now(),
    );
    const { members } = await client.readPage({ limit: 2 });
    expect(members[0]).toMatchObject({
      id: id(0),
      status: 'Sent',
      leadId: Lead.idOf(0),
      country: 'DE',
      refusals: ['DoNotCall', 'Lead.DoNotCall'],
      fields: { Phone: "030 'x'", 'Lead.Company': 'Acme' },
    });
    expect(members[0]!.systemModstamp).toMatch(/^\d{4}-.*Z$/);
    expect(members[1]!.refusals).toEqual(['Contact.Individual.HasOptedOutProcessing']);
    expect(members[1]!.country).toBeUndefined();
    expect(members[1]!.fields['Lead.Company']).toBeNull();
  });

  test('that changed are found by their own stamp and by that of lead, contact and individual', async () => {
    const { client, org, id } = await stage();
    const { CampaignMember, Lead, Contact } = org.state.tables;
    const since = await client.readClock();
    const now = Date.now() + 1_000;
    CampaignMember.write(10, { Status: 'Called' }, now);
    Lead.write(10, { Phone: '1' }, now);
    Contact.write(10, { Phone: '2' }, now);
    expect((await readAll(client, 2, since)).ids).toEqual([id(10), id(20), id(21)]);
    expect(await client.countMembers({ since })).toBe(3);
  });

  test('are not asked for where it was counted that none has changed', async () => {
    const { client, org } = await stage();
    const { CampaignMember } = org.state.tables;
    const since = new Date(Date.now() - 60_000).toISOString();
    expect(await client.countMembers({ since })).toBe(0);
    const { used } = org.state.limits;
    expect(await client.readPage({ since, limit: 2_000 })).toEqual({ members: [], more: false });
    expect(org.state.limits.used).toBe(used);
    CampaignMember.touch(3, Date.now());
    expect(await client.countMembers({ since })).toBe(1);
    expect((await client.readPage({ since, limit: 2_000 })).members).toHaveLength(1);
  });

  test('are looked up by id, more than one query holds', async () => {
    const { client, id } = await stage({
      campaigns: [
        { name: 'Spring', members: 1_000 },
        { name: 'Other', members: 5 },
      ],
    });
    const ids = Array.from({ length: 1_005 }, (_, row) => id(row));
    const found = await client.membersByIds(ids);
    expect(found.map((member) => member.id).sort()).toEqual(ids.slice(0, 1_000));
  });

  test('are asked for without what the user may not see', async () => {
    const hidden = ['CampaignMember.Country', 'Lead.IndividualId', 'Contact.IndividualId', 'Lead.Country'];
    const { client } = await stage({ fieldRights: { [DEMO_SALESFORCE_USER.username]: { hidden } } });
    expect((await client.readPage({ limit: 10 })).members).toHaveLength(10);
  });

  test('are read by a user who has no right to leads', async () => {
    const { another, parts, org } = await stage({ campaigns: [{ name: 'Spring', members: 20 }] });
    org.state.tables.Contact.write(0, { DoNotCall: true }, Date.now());
    const body = '[{"errorCode":"NOT_FOUND","message":"The requested resource does not exist"}]';
    const asked: string[] = [];
    const transport: typeof parts.transport = {
      stream: parts.transport.stream,
      send(request, ...given) {
        if (request.url.pathname.endsWith('/Lead/describe'))
          return Promise.resolve({ status: 404, headers: {}, body });
        asked.push(decodeURIComponent(request.url.search));
        return parts.transport.send(request, ...given);
      },
    };
    const client = another({ transport, fields: ['Phone'] });
    const { members } = await client.readPage({ limit: 20 });
    expect(members.flatMap(({ refusals }) => refusals)).toContain('Contact.DoNotCall');
    expect(asked.join()).not.toContain('Lead.');
    expect(await client.describeFields(['Lead.Company'])).toMatchObject([{ exists: false }]);
  });

  test('whose fields cannot be read are refused with what to do', async () => {
    const hidden = ['CampaignMember.Phone'];
    const { client } = await stage({ fieldRights: { [DEMO_SALESFORCE_USER.username]: { hidden } } });
    await expect(client.readPage({ limit: 10 })).rejects.toMatchObject({
      code: 'upstream_failure',
      errorCode: 'INVALID_FIELD',
      options: { remedy: expect.stringContaining('field-level security') },
    });
  });
});

describe('members of a large campaign', () => {
  test('come from one Bulk job, the same as from pages', async () => {
    const { another, org } = await stage({ campaigns: [{ name: 'Spring', members: 3_000 }], bulkPolls: 2 });
    org.state.tables.Lead.write(7, { LastName: 'Quote " comma, line\nend', DoNotCall: true }, Date.now());
    const [pages, bulk] = [another({ bulkFromMembers: Infinity }), another({ bulkFromMembers: 1_000 })];
    const calls = () => org.state.limits.used;
    for (let after: string | undefined, more = true; more;) {
      const request = { limit: 700, ...(after === undefined ? {} : { after }) };
      const [one, other] = [await pages.readPage(request), await bulk.readPage(request)];
      expect(other).toEqual(one);
      after = one.members.at(-1)!.id;
      more = one.more;
    }
    const before = calls();
    await readAll(another({ bulkFromMembers: 1_000 }), 100);
    expect(calls() - before).toBeLessThan(16);
  });

  test('come the same where the sync spells a field in its own way', async () => {
    const { another, org } = await stage({ campaigns: [{ name: 'Spring', members: 600 }] });
    org.state.tables.Lead.write(0, { DoNotCall: true, Country: 'DE' }, Date.now());
    const fields = ['phone', 'status', 'DONOTCALL', 'lead.country'];
    const [pages, bulk] = [Infinity, 500].map((bulkFromMembers) => another({ fields, bulkFromMembers }));
    const { members } = await bulk!.readPage({ limit: 600 });
    expect(members[0]).toMatchObject({
      status: 'Sent',
      country: 'DE',
      refusals: ['DoNotCall', 'Lead.DoNotCall'],
      fields: { status: 'Sent', DONOTCALL: true, 'lead.country': 'DE' },
    });
    expect(members).toEqual((await pages!.readPage({ limit: 600 })).members);
  });

  test('are not all where a full page does not say what follows', async () => {
    const { another, parts } = await stage({ campaigns: [{ name: 'Spring', members: 25_100 }] });
    const transport: typeof parts.transport = {
      send: parts.transport.send,
      async stream(request, profile, options) {
        const answer = await parts.transport.stream(request, profile, options);
        const at = answer.headers.findIndex((name) => name.toLowerCase() === 'sforce-locator');
        return { ...answer, headers: answer.headers.toSpliced(at, at < 0 ? 0 : 2) };
      },
    };
    const client = another({ transport, fields: [] });
    await expect(readAll(client, 10_000)).rejects.toMatchObject({ errorCode: 'UNREADABLE_ANSWER' });
  });

  test('are read on in a new job by a client that takes over in the middle', async () => {
    const { another, id } = await stage({ campaigns: [{ name: 'Spring', members: 3_000 }] });
    const first = await another({ bulkFromMembers: 500 }).readPage({ limit: 900 });
    const page = await another({ bulkFromMembers: 500 }).readPage({
      after: first.members.at(-1)!.id,
      limit: 5_000,
    });
    expect(page.members.map((member) => member.id)).toEqual(
      Array.from({ length: 2_100 }, (_, at) => id(at + 900)),
    );
    expect(page.more).toBe(false);
  });

  test('are read on where a page of the result broke off, each once', async () => {
    const { another, parts, id } = await stage({ campaigns: [{ name: 'Spring', members: 2_000 }] });
    let results = 0;
    const transport: typeof parts.transport = {
      send: parts.transport.send,
      async stream(request, profile, options) {
        const answer = await parts.transport.stream(request, profile, options);
        if (!request.path.includes('/results') || (results += 1) > 2) return answer;
        let bytes = 0;
        answer.body.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > 100_000 * results)
            answer.body.destroy(new TransportError('answer_cut_off', 'cut off', { phase: 'answer' }));
        });
        return answer;
      },
    };
    const { ids } = await readAll(another({ bulkFromMembers: 500, transport }), 300);
    expect(ids).toEqual(Array.from({ length: 2_000 }, (_, row) => id(row)));
    expect(results).toBe(3);
  });

  test('of 50,000 are never all in memory, however they are paged', async () => {
    // A few columns are enough to see whether rows pile up, and the sandbox writes them in a fraction of the time.
    const person = ['DoNotCall', 'Country', 'MailingCountry', 'IndividualId'];
    const hidden = ['CampaignMember', 'Lead', 'Contact'].flatMap((object) =>
      person.map((field) => `${object}.${field}`),
    );
    const { another, org } = await stage({
      campaigns: [{ name: 'Spring', members: 50_000 }],
      fieldRights: { [DEMO_SALESFORCE_USER.username]: { hidden } },
    });
    const client = another({ fields: [] });
    await client.readPage({ limit: 1 });
    await client.close();
    const before = liveBytes();
    const calls = org.state.limits.used;
    let members = 0;
    let most = 0;
    let after: string | undefined;
    for (let more = true; more;) {
      const page = await client.readPage({ limit: 2_000, ...(after === undefined ? {} : { after }) });
      members += page.members.length;
      after = page.members.at(-1)!.id;
      more = page.more;
      if (members % 10_000 === 0) most = Math.max(most, liveBytes());
    }
    expect(members).toBe(50_000);
    // All of them would be 18 MB.
    expect(most - before).toBeLessThan(10 * 1024 * 1024);
    expect(org.state.limits.used - calls).toBeLessThan(20);
  }, 60_000);
});

describe('deleted members', () => {
  test('are told since an instant, with where to begin next time', async () => {
    const { client, org, id } = await stage();
    const since = new Date(Date.now() - 3_600_000).toISOString();
    org.state.tables.CampaignMember.remove(4, Date.now() - 1_800_000);
    org.state.tables.CampaignMember.remove(5, Date.now() - 7_200_000);
    const deleted = await client.deletedSince(since);
    expect(deleted).toMatchObject({ outcome: 'known', ids: [id(4)] });
    expect((await readAll(client, 1_000)).ids).not.toContain(id(4));
  });

  test.each([
    ['longer ago than Salesforce answers', (_: RunningOrg) => Date.now() - 16 * 86_400_000],
    [
      'before the log was emptied',
      (org: RunningOrg) => {
        org.state.deletionsKnownFromMs = Date.now() - 60_000;
        return Date.now() - 3_600_000;
      },
    ],
  ])('%s are no longer known, and that is said', async (_name, since) => {
    const { client, org } = await stage();
    const answer = await client.deletedSince(new Date(since(org)).toISOString());
    expect(answer).toEqual({ outcome: 'windowMissed' });
  });

  test('since a moment ago are asked for over a span that Salesforce accepts', async () => {
    const { client } = await stage();
    expect(await client.deletedSince(new Date().toISOString())).toMatchObject({ outcome: 'known', ids: [] });
  });
});

test('the clock of the org is known to a user who may not look into its setup', async () => {
  const { another, parts } = await stage();
  const refused = { status: 403, headers: {}, body: '[{"errorCode":"INSUFFICIENT_ACCESS","message":"x"}]' };
  const transport: typeof parts.transport = {
    stream: parts.transport.stream,
    send: (request, ...given) =>
      request.url.pathname.endsWith('/limits')
        ? Promise.resolve(refused)
        : parts.transport.send(request, ...given),
  };
  const beforeMs = Date.now();
  const atMs = Date.parse(await another({ transport }).readClock());
  expect(atMs).toBeGreaterThan(beforeMs - 2_000);
  expect(atMs).toBeLessThan(Date.now() + 2_000);
});

test('statuses and fields are described as the user may use them', async () => {
  const readOnly = ['CampaignMember.Bridge_Last_Result__c'];
  const { client } = await stage({ fieldRights: { [DEMO_SALESFORCE_USER.username]: { readOnly } } });
  expect(await client.memberStatuses()).toEqual([
    'Sent',
    'Responded',
    'Called',
    'Not Reached',
    'Interested',
    'Declined',
  ]);
  expect(
    await client.describeFields([
      'Status',
      'Bridge_Last_Result__c',
      'Lead.Company',
      'Nothing__c',
      'Lead.Nobody.Name',
    ]),
  ).toEqual([
    { field: 'Status', exists: true, writable: true },
    { field: 'Bridge_Last_Result__c', exists: true, writable: false },
    { field: 'Lead.Company', exists: true, writable: false },
    { field: 'Nothing__c', exists: false, writable: false },
    { field: 'Lead.Nobody.Name', exists: false, writable: false },
  ]);
});

describe('updates', () => {
  const changeOf = (memberId: string, Status = 'Called') => ({ memberId, fields: { Status } });

  test('are answered row by row: what is refused is named, and the others are written', async () => {
    const { client, org, id } = await stage();
    const { CampaignMember } = org.state.tables;
    CampaignMember.remove(1, Date.now());
    org.state.rowFaults.switchOn({
      statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
      message: 'No calls on Sundays',
      fields: ['Status'],
      ids: new Set([id(2)]),
    });
    const answers = await client.updateMembers([0, 1, 2, 3].map((row) => changeOf(id(row))));
    expect(answers).toEqual([
      { memberId: id(0), ok: true },
      {
        memberId: id(1),
        ok: false,
        code: 'ENTITY_IS_DELETED',
        message: 'entity is deleted',
        field: 'Id',
        isFinal: true,
      },
      {
        memberId: id(2),
        ok: false,
        code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
        message: 'No calls on Sundays',
        field: 'Status',
        isFinal: true,
      },
      { memberId: id(3), ok: true },
    ]);
    expect(CampaignMember.value(3, 'Status')).toBe('Called');
  });

  test('of locked rows are tried again, those rows alone', async () => {
    const { client, org, parts, id } = await stage();
    org.state.rowFaults.switchOn({
      statusCode: 'UNABLE_TO_LOCK_ROW',
      ids: new Set([id(1), id(2)]),
      timesEach: 2,
    });
    const answers = await client.updateMembers([0, 1, 2].map((row) => changeOf(id(row))));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(3);
    expect(parts.clock.waits).toEqual([375, 750]);
  });

  test('of rows that stay locked end as not final', async () => {
    const { client, org, id } = await stage();
    org.state.rowFaults.switchOn({ statusCode: 'UNABLE_TO_LOCK_ROW', ids: new Set([id(1)]) });
    const answers = await client.updateMembers([0, 1].map((row) => changeOf(id(row))));
    expect(answers).toContainEqual(expect.objectContaining({ memberId: id(1), ok: false, isFinal: false }));
    expect(answers).toHaveLength(2);
  });

  test('of many members go in collections of 200', async () => {
    const { client, org, id } = await stage({ campaigns: [{ name: 'Spring', members: 450 }] });
    await client.updateMembers([changeOf(id(0))]);
    const before = org.state.limits.used;
    const answers = await client.updateMembers(Array.from({ length: 450 }, (_, row) => changeOf(id(row))));
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(org.state.limits.used - before).toBe(3);
  });

  test('of very many go in a Bulk job, whose locked rows are tried again in collections', async () => {
    const { another, org, id } = await stage({ campaigns: [{ name: 'Spring', members: 3_000 }] });
    org.state.rowFaults.switchOn({ statusCode: 'UNABLE_TO_LOCK_ROW', ids: new Set([id(7)]), timesEach: 1 });
    org.state.rowFaults.switchOn({
      statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
      message: 'a: b, "c"',
      fields: ['Status'],
      ids: new Set([id(9)]),
    });
    const changes = Array.from({ length: 3_000 }, (_, row) => ({
      memberId: id(row),
      fields: row % 2 === 0 ? { Status: 'Called' } : { Bridge_Last_Result__c: 'Said "no", twice\nand left' },
    }));
    const answers = await another().updateMembers(changes);
    expect(answers).toHaveLength(3_000);
    expect(answers.filter(({ ok }) => !ok)).toEqual([
      {
        memberId: id(9),
        ok: false,
        code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
        message: 'a: b, "c"',
        field: 'Status',
        isFinal: true,
      },
    ]);
    const { CampaignMember } = org.state.tables;
    expect([CampaignMember.value(7, 'Bridge_Last_Result__c'), CampaignMember.value(7, 'Status')]).toEqual([
      'Said "no", twice\nand left',
      'Sent',
    ]);
  });
});

describe('the API calls of the org', () => {
  test('are known from every answer', async () => {
    const { client, org } = await stage({ apiCallsMax: 1_000 });
    expect(client.apiUsage()).toBeUndefined();
    await client.memberStatuses();
    expect(client.apiUsage()).toMatchObject({ used: org.state.limits.used, max: 1_000 });
  });

  test('are left alone from 80 % on, and that is said before anything is sent', async () => {
    const { client, org } = await stage({ apiCallsMax: 1_000 });
    org.state.limits.used = 799;
    await client.memberStatuses();
    const before = org.state.limits.used;
    await expect(client.memberStatuses()).rejects.toMatchObject({
      code: 'rate_limited',
      message: expect.stringContaining('800 of its 1000'),
      options: { retryAfterSeconds: 3_600 },
    });
    expect(org.state.limits.used).toBe(before);
  });

  test('may be used to another part, and are looked at again after a while', async () => {
    const { another, org, parts } = await stage({ apiCallsMax: 1_000 });
    const client = another({ apiUsageShareMax: 0.5 });
    org.state.limits.used = 500;
    await client.memberStatuses();
    await expect(client.memberStatuses()).rejects.toMatchObject({ code: 'rate_limited' });
    org.state.limits.used = 10;
    parts.clock.setTimer(301_000, () => undefined);
    await new Promise(setImmediate);
    expect(await client.memberStatuses()).not.toEqual([]);
  });

  test('used up in spite of it are no reason to try again', async () => {
    const { client, org, parts } = await stage({ apiCallsMax: 100 });
    org.state.limits.used = 100;
    await expect(client.memberStatuses()).rejects.toMatchObject({
      code: 'rate_limited',
      errorCode: 'REQUEST_LIMIT_EXCEEDED',
    });
    expect(parts.clock.waits).toEqual([]);
  });
});

describe('what goes wrong on the way', () => {
  test.each([
    ['503 with a page of HTML', { kind: 'html', status: 503 }],
    ['500', { kind: 'status', status: 500, body: '[{"errorCode":"UNKNOWN_EXCEPTION","message":"x"}]' }],
    ['429', { kind: 'retryAfter', status: 429, retryAfter: '2' }],
    ['JSON that ends in the middle', { kind: 'truncatedJson' }],
    ['an answer that is cut off', { kind: 'resetDuring' }],
    ['a connection that is reset', { kind: 'resetBefore' }],
    ['an empty answer', { kind: 'empty' }],
  ] as const)('%s is tried again, and the page is whole', async (_name, fault) => {
    const { client, org, parts } = await stage();
    await client.readPage({ limit: 10 });
    org.sandbox.salesforce.faults.switchOn({ ...fault, target: 'api', times: 2 });
    expect((await readAll(client, 200)).ids).toHaveLength(300);
    expect(parts.clock.waits.length).toBeGreaterThanOrEqual(2);
  });

  test('a timeout is tried again', async () => {
    const { another, org } = await stage();
    const client = another({ timeoutMs: 150 });
    await client.readPage({ limit: 10 });
    org.sandbox.salesforce.faults.switchOn({ kind: 'slow', delayMs: 2_000, target: 'api', times: 1 });
    expect((await client.readPage({ limit: 10 })).members).toHaveLength(10);
  });

  test('an org that stays away is reported after a few tries', async () => {
    const { client, org, parts } = await stage();
    org.sandbox.salesforce.faults.switchOn({ kind: 'html', status: 503, target: 'api' });
    await expect(client.memberStatuses()).rejects.toMatchObject({
      code: 'upstream_failure',
      upstreamStatus: 503,
    });
    expect(parts.clock.waits).toEqual([750, 1_500, 3_000, 6_000, 12_000]);
  });

  test.each([
    ['pages', (client: SalesforceClient) => readAll(client, 300).then(({ ids }) => ids.length), 800],
    [
      'an update',
      (client: SalesforceClient, id: string) =>
        client
          .updateMembers([{ memberId: id, fields: { Status: 'Called' } }])
          .then((answers) => answers.length),
      1,
    ],
  ] as const)('a session that ended in the middle of %s is replaced once', async (_name, work, expected) => {
    const { another, org, id } = await stage({ campaigns: [{ name: 'Spring', members: 800 }] });
    const client = another({ bulkFromMembers: 500 });
    const { faults, state } = org.sandbox.salesforce;
    await client.memberStatuses();
    const before = state.counts.tokensIssued;
    faults.switchOn({ kind: 'revokeAllTokens' });
    expect(await work(client, id(0))).toBe(expected);
    expect(state.counts.tokensIssued - before).toBe(1);
  });

  test('an org that refuses every session is asked a few times, and no more', async () => {
    const { client, org } = await stage();
    const { faults, state } = org.sandbox.salesforce;
    faults.switchOn({
      kind: 'status',
      status: 401,
      body: '[{"errorCode":"INVALID_SESSION_ID","message":"Session expired or invalid"}]',
      target: 'api',
    });
    await expect(client.memberStatuses()).rejects.toMatchObject({ code: 'upstream_auth_failed' });
    expect(state.counts.signIns).toBeLessThanOrEqual(3);
    expect(state.counts.calls).toBeLessThan(12);
  });

  test('a caller that leaves ends the wait', async () => {
    const leave = new AbortController();
    const { another, org } = await stage();
    const client = another({ signal: leave.signal });
    org.sandbox.salesforce.faults.switchOn({ kind: 'slow', delayMs: 5_000, target: 'api' });
    const reading = client.readPage({ limit: 10 });
    setTimeout(() => leave.abort(new Error('cancelled')), 50);
    await expect(reading).rejects.toThrow('cancelled');
  });
});

test('neither proxy variables nor those of traces reach what is sent', async () => {
  const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'traceparent', 'TRACEPARENT'];
  const before = names.map((name) => process.env[name]);
  for (const name of names)
    process.env[name] = name.includes('PROXY') || name.includes('proxy') ? 'http://127.0.0.1:1' : 'x';
  try {
    const { client } = await stage();
    expect(await client.memberStatuses()).not.toEqual([]);
  } finally {
    names.forEach((name, at) => {
      if (before[at] === undefined) delete process.env[name];
      else process.env[name] = before[at];
    });
  }
});
