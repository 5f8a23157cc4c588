import { describe, expect, test } from '@jest/globals';
import { parseSyncInput } from '../../server/campaigns/sync-input.ts';
import { fieldsOf, writesBack } from '../../server/campaigns/sync.ts';
import { CAMPAIGN_ID, settingsWith, syncBody } from './support/campaign-fixtures.ts';

const LIST_ID = '3F2504E0-4F89-41D3-9A0C-0305E82C3301';
const columns = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ field: 'FirstName', column: `C${index}` }));

function faultsOf(changes: Record<string, unknown>, name = 'spring'): { field: string; detail: string }[] {
  try {
    parseSyncInput(name, syncBody(changes));
    return [];
  } catch (error) {
    return (error as { options: { errors: { field: string; detail: string }[] } }).options.errors;
  }
}

describe('a sync', () => {
  test('is completed with its defaults', () => {
    expect(settingsWith()).toMatchObject({
      excludeDoNotCall: true,
      keepBlankValues: true,
      paused: false,
      timeZone: 'UTC',
      results: [],
      resultFields: {},
    });
  });

  test('takes the campaign by 15 characters, the country in small letters, and blank members as absent', () => {
    const settings = settingsWith({
      campaignId: CAMPAIGN_ID.slice(0, 15),
      defaultCountry: 'de',
      contactListName: '',
      contactListId: LIST_ID,
      schedule: null,
      resultFields: { lastResult: '', lastAttempt: 'Last__c' },
    });
    expect(settings).toMatchObject({
      campaignId: CAMPAIGN_ID,
      defaultCountry: 'DE',
      contactListId: LIST_ID.toLowerCase(),
      resultFields: { lastAttempt: 'Last__c' },
    });
    expect(settings).not.toHaveProperty('schedule');
  });

  test.each([
    { name: 'an unknown member', changes: { colums: [] }, field: 'colums', detail: /did you mean "columns"/ },
    {
      name: 'an unknown nested member',
      changes: { phones: [{ field: 'Phone', columm: 'P', type: 'x' }] },
      field: 'phones[0].column',
      detail: /required/,
    },
    { name: 'no phone', changes: { phones: [] }, field: 'phones', detail: /at least one/ },
    {
      name: 'an id of another object',
      changes: { campaignId: '001A0000006Vm9rIAC' },
      field: 'campaignId',
      detail: /701/,
    },
    {
      name: 'no list',
      changes: { contactListName: undefined },
      field: 'contactListName',
      detail: /required/,
    },
    { name: 'two lists', changes: { contactListId: LIST_ID }, field: 'contactListName', detail: /left out/ },
    {
      name: 'more than 50 columns',
      changes: { columns: columns(50) },
      field: 'columns',
      detail: /at most 50; there are 51/,
    },
    {
      name: 'a long header',
      changes: { columns: [{ field: 'A', column: 'x'.repeat(129) }] },
      field: 'columns[0].column',
      detail: /128/,
    },
    {
      name: 'a header twice',
      changes: { columns: [...columns(2), { field: 'A', column: 'c0' }] },
      field: 'columns[2].column',
      detail: /columns\[0\]/,
    },
    {
      name: 'a column that is a phone',
      changes: { columns: [{ field: 'A', column: 'PHONE' }] },
      field: 'columns[0].column',
      detail: /phone column/,
    },
    {
      name: 'a column of the system',
      changes: { columns: [{ field: 'A', column: 'CallRecordLastResult-Phone' }] },
      field: 'columns[0].column',
      detail: /PureCloud keeps/,
    },
    {
      name: 'a field that is none',
      changes: { columns: [{ field: 'A; DROP', column: 'A' }] },
      field: 'columns[0].field',
      detail: /API name/,
    },
    {
      name: 'a country that is none',
      changes: { defaultCountry: 'XX' },
      field: 'defaultCountry',
      detail: /two letters/,
    },
    {
      name: 'a result twice',
      changes: {
        results: [
          { result: 'Sold', memberStatus: 'A' },
          { result: 'SOLD', memberStatus: 'B' },
        ],
      },
      field: 'results[1].result',
      detail: /results\[0\]/,
    },
    {
      name: 'a field of the lead to write',
      changes: { resultFields: { lastResult: 'Lead.Last__c' } },
      field: 'resultFields.lastResult',
      detail: /member itself/,
    },
    {
      name: 'one field for both',
      changes: { resultFields: { lastResult: 'A__c', lastAttempt: 'a__c' } },
      field: 'resultFields.lastAttempt',
      detail: /not be the field/,
    },
    {
      name: 'Status as a field',
      changes: { resultFields: { lastResult: 'Status' } },
      field: 'resultFields.lastResult',
      detail: /"results"/,
    },
    { name: 'a schedule at random', changes: { schedule: 'H * * * *' }, field: 'schedule', detail: /cron/ },
    { name: 'a schedule that is none', changes: { schedule: 'often' }, field: 'schedule', detail: /cron/ },
    {
      name: 'a schedule with seconds',
      changes: { schedule: '* * * * * *' },
      field: 'schedule',
      detail: /five/,
    },
    {
      name: 'a zone that is none',
      changes: { timeZone: 'Mars/Olympus' },
      field: 'timeZone',
      detail: /Europe\/Berlin/,
    },
    {
      name: 'one connection for both',
      changes: { purecloudConnection: 'crm' },
      field: 'purecloudConnection',
      detail: /another/,
    },
  ])('with $name is refused, and says which', ({ changes, field, detail }) => {
    expect(faultsOf(changes)).toContainEqual({ field, detail: expect.stringMatching(detail) });
  });

  test('says everything that is wrong with it at once', () => {
    expect(
      faultsOf({ phones: [], campaignId: 'x', timeZone: 'x' }, 'Bad Name').map(({ field }) => field),
    ).toEqual(expect.arrayContaining(['name', 'phones', 'campaignId', 'timeZone']));
  });

  test('reads each field once, and knows whether it writes anything', () => {
    const settings = settingsWith({ columns: [{ field: 'Phone', column: 'Raw' }] });
    expect(fieldsOf(settings)).toEqual(['Phone']);
    expect(writesBack(settings)).toBe(false);
    expect(writesBack(settingsWith({ resultFields: { lastAttempt: 'A__c' } }))).toBe(true);
  });
});
