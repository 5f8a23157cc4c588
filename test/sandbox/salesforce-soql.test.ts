import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createSalesforceOrg } from '../../sandbox/salesforce/org/create-salesforce-org.ts';
import { parseSoql, type Condition } from '../../sandbox/salesforce/org/soql/parse-soql.ts';
import { runQuery } from '../../sandbox/salesforce/org/soql/run-query.ts';
import { NOW_MS, startOrg, type RunningOrg } from '../salesforce/org-fixtures.ts';

let org: RunningOrg;

beforeAll(async () => {
  org = await startOrg({
    campaigns: [
      { name: 'Spring', members: 4_500 },
      { name: 'Autumn', members: 50 },
    ],
  });
});
afterAll(() => org.close());

async function refusalOf(soql: string): Promise<string> {
  const { status, text } = await org.ask('GET', `/query?q=${encodeURIComponent(soql)}`);
  expect(status).toBe(400);
  return JSON.parse(text)[0].errorCode;
}

const count = async (where: string) =>
  (await org.query(`SELECT COUNT() FROM CampaignMember WHERE ${where}`)).totalSize;

describe('a query', () => {
  test('comes in pages of 2,000 under a locator, each row once', async () => {
    const ids: string[] = [];
    let page = await org.query(`SELECT Id FROM CampaignMember WHERE CampaignId = '${org.campaignId}'`);
    expect(page.totalSize).toBe(4_500);
    const sizes = [page.records.length];
    ids.push(...page.records.map(({ Id }) => Id));
    while (!page.done) {
      page = await org.get(page.nextRecordsUrl!);
      sizes.push(page.records.length);
      ids.push(...page.records.map(({ Id }) => Id));
    }
    expect(sizes).toEqual([2_000, 2_000, 500]);
    expect(new Set(ids).size).toBe(4_500);
    expect([...ids].sort()).toEqual(ids);
  });

  test('keeps to the campaign that it names, by 15 characters too', async () => {
    const other = org.state.tables.Campaign.idOf(1);
    expect(await count(`CampaignId = '${other}'`)).toBe(50);
    expect(await count(`CampaignId = '${other.slice(0, 15)}'`)).toBe(50);
    expect(await count(`CampaignId = '701000000000000AAA'`)).toBe(0);
  });

  test('goes on behind an id', async () => {
    const { records } = await org.query('SELECT Id FROM CampaignMember ORDER BY Id LIMIT 10');
    const next = await org.query(
      `SELECT Id FROM CampaignMember WHERE Id > '${records[4].Id}' ORDER BY Id LIMIT 5`,
    );
    expect(next.records.map(({ Id }) => Id)).toEqual(records.slice(5).map(({ Id }) => Id));
  });

  test('joins by brackets, NOT and relationships, and the parts add up', async () => {
    const all = await count('Id != null');
    const leads = await count('LeadId != null');
    const germans = "(Lead.Country IN ('Germany', 'DE') OR Contact.MailingCountry IN ('germany', 'de'))";
    const [yes, no] = [await count(germans), await count(`NOT ${germans}`)];
    expect(leads).toBeGreaterThan(0);
    expect(await count('NOT (LeadId = null)')).toBe(leads);
    expect(yes).toBeGreaterThan(0);
    expect(yes + no).toBe(all);
    expect(await count(`${germans} AND LeadId != null`)).toBeLessThan(yes);
  });

  test('compares text in any case, finds patterns, and orders by several fields', async () => {
    const { records } = await org.query(
      "SELECT FirstName, LastName, Id FROM Lead WHERE LastName LIKE 'm_ll%' ORDER BY LastName DESC NULLS LAST, Id LIMIT 50",
    );
    expect(records.length).toBe(50);
    for (const { LastName } of records) expect(LastName).toMatch(/^m.ll/i);
    const names = records.map(({ LastName }) => LastName.toLowerCase());
    expect(names).toEqual([...names].sort().reverse());
    expect((await org.query("SELECT COUNT() FROM Lead WHERE LastName = 'MILLER'")).totalSize).toBeGreaterThan(
      0,
    );
  });

  test('shows the records that relationships lead to, and null where they lead nowhere', async () => {
    const { records } = await org.query(
      'SELECT Id, Phone, Lead.Country, Lead.Phone, Contact.Individual.HasOptedOutSolicit FROM CampaignMember ORDER BY Id LIMIT 2',
    );
    const [ofLead, ofContact] = records;
    expect(ofLead.Lead.attributes.type).toBe('Lead');
    expect(ofLead.Lead.Phone).toBe(ofLead.Phone);
    expect(ofLead.Contact).toBeNull();
    expect(ofContact.Lead).toBeNull();
    expect(ofContact.Contact.Individual).toBeNull();
  });

  test('finds what changed since an instant, on the member, the lead or the contact', async () => {
    const { Lead, Contact, CampaignMember } = org.state.tables;
    const since = new Date(Date.now() - 60_000).toISOString();
    const where = `SystemModstamp >= ${since} OR Lead.SystemModstamp >= ${since} OR Contact.SystemModstamp >= ${since}`;
    expect(await count(where)).toBe(0);
    await org.ask('PATCH', `/sobjects/Lead/${Lead.idOf(3)}`, { Phone: '030 1234' });
    await org.ask('PATCH', `/sobjects/Contact/${Contact.idOf(5)}`, { DoNotCall: true });
    await org.ask('PATCH', `/sobjects/CampaignMember/${CampaignMember.idOf(20)}`, { Status: 'Called' });
    const { records } = await org.query(
      `SELECT Id, Phone, DoNotCall, Status FROM CampaignMember WHERE ${where} ORDER BY Id`,
    );
    expect(records.map(({ Id }) => CampaignMember.rowOf(Id))).toEqual([6, 11, 20]);
    expect(records[0].Phone).toBe('030 1234');
    expect(records[1].DoNotCall).toBe(true);
    expect(records[2].Status).toBe('Called');
  });

  test('finds nobody behind the newest change, alone and beside other conditions', async () => {
    const { Lead } = org.state.tables;
    await org.ask('PATCH', `/sobjects/Lead/${Lead.idOf(8)}`, { Phone: '030 4321' });
    const newest = await org.query('SELECT SystemModstamp FROM Lead ORDER BY SystemModstamp DESC LIMIT 1');
    const at = new Date(newest.records[0].SystemModstamp).toISOString();
    const [behind, none] = [`Lead.SystemModstamp > ${at}`, 'Status = null'];
    const [all, leads] = [await count('Id != null'), await count('LeadId != null')];
    expect(await count(`Lead.SystemModstamp >= ${at}`)).toBeGreaterThan(0);
    expect(await count(behind)).toBe(0);
    expect(await count(`NOT ${behind}`)).toBe(all);
    expect(await count(`${behind} OR ${none}`)).toBe(0);
    expect(await count(`${behind} OR LeadId != null`)).toBe(leads);
    expect(await count(`${behind} AND LeadId != null`)).toBe(0);
    expect(await count(`LeadId != null AND (${behind} OR ${none} OR ${behind})`)).toBe(0);
  });

  test('follows a reference to where it leads now, asked before and after it was written and after its record is gone', async () => {
    const { Lead, Individual } = org.state.tables;
    const refusers = () => count('Lead.Individual.HasOptedOutSolicit = true');
    expect(await refusers()).toBe(0);
    const [first, second] = [
      Individual.add({ LastName: 'Doe' }, 0),
      Individual.add({ HasOptedOutSolicit: true }, 0),
    ];
    await org.ask('PATCH', `/sobjects/Lead/${Lead.idOf(40)}`, { IndividualId: Individual.idOf(first) });
    expect(await refusers()).toBe(0);
    await org.ask('PATCH', `/sobjects/Lead/${Lead.idOf(40)}`, { IndividualId: Individual.idOf(second) });
    expect(await refusers()).toBe(1);
    Individual.remove(second, 0);
    expect(await refusers()).toBe(0);
  });

  test('knows dates relative to now', async () => {
    expect(await count('CreatedDate < LAST_N_DAYS:10')).toBe(4_550);
    expect(await count('CreatedDate = TODAY')).toBe(0);
    expect(await count(`CreatedDate > 2000-01-01T00:00:00.000+01:00`)).toBe(4_550);
  });

  test.each([
    ['SELECT Nothing FROM CampaignMember', 'INVALID_FIELD'],
    ['SELECT Id FROM Nothing', 'INVALID_TYPE'],
    ['SELECT Id FRM CampaignMember', 'MALFORMED_QUERY'],
    ["SELECT Id FROM Lead WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", 'MALFORMED_QUERY'],
    ['SELECT Nobody.Name FROM CampaignMember', 'INVALID_FIELD'],
    ["SELECT Id FROM CampaignMember WHERE SystemModstamp > 'yesterday'", 'INVALID_FIELD'],
    ["SELECT Id FROM CampaignMember WHERE DoNotCall = 'true'", 'INVALID_FIELD'],
    ['SELECT Id FROM Lead OFFSET 5000', 'MALFORMED_QUERY'],
  ])('%s is refused as %s', async (soql, errorCode) => {
    expect(await refusalOf(soql)).toBe(errorCode);
  });

  test('takes quotes and backslashes in text for what they are', async () => {
    expect(
      (await org.query(String.raw`SELECT COUNT() FROM Lead WHERE LastName = 'O\'Neill'`)).totalSize,
    ).toBeGreaterThan(0);
    expect((await org.query(String.raw`SELECT COUNT() FROM Lead WHERE LastName = 'a\\b'`)).totalSize).toBe(0);
  });
});

test('finds by its indexes on stamps what it finds by looking at every row', async () => {
  const { state } = createSalesforceOrg({
    campaigns: [{ name: 'Spring', members: 200 }],
    now: () => NOW_MS,
  });
  const campaignId = state.tables.Campaign.idOf(0);
  const { CampaignMember, Lead, Contact, Individual } = state.tables;
  const at = (minute: number) => NOW_MS + minute * 60_000;
  for (const minute of [1, 2, 3, 4, 5]) {
    const individual = Individual.add({ LastName: 'Doe' }, at(minute));
    CampaignMember.write(7 * minute, { Status: 'Called' }, at(minute));
    Lead.write(70 + minute, { IndividualId: Individual.idOf(individual) }, at(minute - 1));
    Contact.write(80 + minute, { IndividualId: Individual.idOf(individual) }, at(0));
    Contact.write(90 + minute, { Phone: '030 1' }, at(minute));
    CampaignMember.add({ CampaignId: campaignId, LeadId: Lead.idOf(70 + minute) }, at(0));
  }
  Individual.remove(Individual.rows - 1, at(6));
  CampaignMember.remove(30, at(6));
  const stamps = ['', 'Lead.', 'Contact.', 'Lead.Individual.', 'Contact.Individual.'].flatMap((path) =>
    ['SystemModstamp', 'CreatedDate'].map((stamp) => path + stamp),
  );
  const comparison = fc
    .tuple(fc.constantFrom(...stamps), fc.constantFrom('>', '>=', '<', '='), fc.integer({ min: -1, max: 7 }))
    .map(([field, operator, minute]) => `${field} ${operator} ${new Date(at(minute)).toISOString()}`);
  const other = fc.constantFrom('LeadId != null', `Id > '${CampaignMember.idOf(60)}'`, "Status = 'Called'");
  const place = fc.constantFrom(
    '',
    `CampaignId = '${campaignId}' AND `,
    `Id < '${CampaignMember.idOf(90)}' AND `,
  );
  const { condition } = fc.letrec<{ condition: string }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 2 },
      { arbitrary: comparison, weight: 4 },
      other,
      fc.array(tie('condition'), { minLength: 2, maxLength: 3 }).map((all) => `(${all.join(' OR ')})`),
      fc.array(tie('condition'), { minLength: 2, maxLength: 3 }).map((all) => `(${all.join(' AND ')})`),
      tie('condition').map((one) => `(NOT (${one}))`),
    ),
  }));
  const scope = { table: (name: string) => state.table(name), isVisible: () => true, nowMs: at(9) };
  // Of what is not so, no index tells.
  await fc.assert(
    fc.asyncProperty(place, condition, async (within, text) => {
      const query = await parseSoql(`SELECT Id FROM CampaignMember WHERE ${within}(${text})`);
      const twiceNot = (where: Condition): Condition => ({
        kind: 'not',
        condition: { kind: 'not', condition: where },
      });
      const rowsWhere = (where: Condition) => runQuery({ ...query, where }, scope, true).rows;
      expect(rowsWhere(query.where!)).toEqual(rowsWhere(twiceNot(query.where!)));
    }),
    { numRuns: 300 },
  );
});

test('the same seed makes the same people, another seed makes others', async () => {
  const campaigns = [{ name: 'Spring', members: 200 }];
  const orgs = await Promise.all([1, 1, 2].map((seed) => startOrg({ campaigns, seed, seededAtMs: 0 })));
  const soql = 'SELECT Id, FirstName, LastName, Phone, Country, SystemModstamp FROM CampaignMember';
  const [first, same, other] = await Promise.all(orgs.map(async (one) => (await one.query(soql)).records));
  expect(same).toEqual(first);
  expect(other).not.toEqual(first);
  await Promise.all(orgs.map((one) => one.close()));
});

test('holds a million members in little memory and pages through them by id', async () => {
  const before = process.memoryUsage().rss;
  const large = await startOrg({ campaigns: [{ name: 'Everyone', members: 1_000_000 }] });
  expect((await large.query('SELECT COUNT() FROM CampaignMember')).totalSize).toBe(1_000_000);
  const after = large.state.tables.CampaignMember.idOf(899_999);
  const { records } = await large.query(
    `SELECT Id, FirstName, Phone FROM CampaignMember WHERE CampaignId = '${large.campaignId}' AND Id > '${after}' ORDER BY Id LIMIT 2000`,
  );
  expect(large.state.tables.CampaignMember.rowOf(records.at(-1).Id)).toBe(901_999);
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
  await large.close();
});
