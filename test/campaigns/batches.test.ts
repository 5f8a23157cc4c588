import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contactBytes, sendInHalves, toBatches } from '../../server/campaigns/batches.ts';
import { addCounts, NO_COUNTS, readCounts } from '../../server/campaigns/counts.ts';
import { csvHeader, csvLines } from '../../server/campaigns/rows-csv.ts';
import { mergeById, type SortedStream } from '../../server/campaigns/run/merge-by-id.ts';
import { textOfReason, textOfStoredReason } from '../../server/campaigns/row-reason.ts';

describe('batches', () => {
  test('keep every row in its order, and both limits', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 60 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 9 }), (rows, rowsMax) => {
        const batches = toBatches(rows, { rowsMax, bytesMax: 100 }, (row) => row);
        expect(batches.flat()).toEqual(rows);
        for (const batch of batches) {
          expect(batch.length).toBeLessThanOrEqual(rowsMax);
          expect(batch.length === 1 || batch.reduce((sum, row) => sum + row, 0) <= 100).toBe(true);
        }
        const sum = (batch: readonly number[]) => batch.reduce((total, row) => total + row, 0);
        for (const [index, batch] of batches.slice(1).entries()) {
          const before = batches[index]!;
          expect(before.length === rowsMax || sum(before) + batch[0]! > 100).toBe(true);
        }
      }),
    );
  });

  test('are measured in bytes of JSON, not in characters', () => {
    const plain = contactBytes({ id: 'x', data: { Name: 'oooo' } });
    expect(contactBytes({ id: 'x', data: { Name: 'öööö' } })).toBe(plain + 4);
    expect(contactBytes({ id: 'x', data: { Name: '""""' } })).toBe(plain + 4);
  });
});

describe('a refused batch', () => {
  async function send(rows: readonly number[], bad: ReadonlySet<number>) {
    let requests = 0;
    const outcome = await sendInHalves(rows, async (batch) => {
      requests += 1;
      const first = batch.find((row) => bad.has(row));
      return first === undefined
        ? { taken: true, answer: [...batch] }
        : { taken: false, refusal: { code: batch.length === 1 ? `bad-${first}` : 'batch' } };
    });
    return { ...outcome, requests };
  }

  test('is halved until each bad row is alone and named, and every other one is taken once', async () => {
    const lists = fc.uniqueArray(fc.nat({ max: 200 }), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(lists, fc.uniqueArray(fc.nat({ max: 200 }), { maxLength: 8 }), async (rows, bad) => {
        const { answers, refused } = await send(rows, new Set(bad));
        expect(answers.flat()).toEqual(rows.filter((row) => !bad.includes(row)));
        expect(refused.map(({ row, refusal }) => [row, refusal.code])).toEqual(
          rows.filter((row) => bad.includes(row)).map((row) => [row, `bad-${row}`]),
        );
      }),
    );
  });

  test('with one bad row in 1,000 costs about 20 requests', async () => {
    const rows = Array.from({ length: 1_000 }, (_, index) => index);
    expect((await send(rows, new Set([777]))).requests).toBeLessThanOrEqual(21);
  });

  test('is not searched row by row where everything is refused for the same reason', async () => {
    const rows = Array.from({ length: 1_000 }, (_, index) => index);
    let requests = 0;
    const { refused } = await sendInHalves(rows, async () => {
      requests += 1;
      return { taken: false, refusal: { code: 'invalid.contact.columns' } };
    });
    expect(refused.map(({ row }) => row).sort((a, b) => a - b)).toEqual(rows);
    expect(requests).toBeLessThan(70);
  });

  test.each([
    ['first', 0],
    ['last', 900],
  ])('with a hundred bad rows in a row loses none of the others, where they come %s', async (_name, from) => {
    const rows = Array.from({ length: 1_000 }, (_, index) => index);
    const isBad = (row: number) => row >= from && row < from + 100;
    const { answers, refused } = await sendInHalves(rows, async (batch) =>
      batch.some(isBad)
        ? { taken: false, refusal: { code: 'invalid.zip.code' } }
        : { taken: true, answer: [...batch] },
    );
    expect(refused.map(({ row }) => row).sort((a, b) => a - b)).toEqual(rows.filter(isBad));
    expect(answers.flat().sort((a, b) => a - b)).toEqual(rows.filter((row) => !isBad(row)));
  });
});

describe('counts', () => {
  test('add up, and are read from whatever was stored', () => {
    const counts = addCounts(addCounts(NO_COUNTS, { added: 2 }), { added: 1, failed: 1 });
    expect(counts).toMatchObject({ added: 3, failed: 1, removed: 0 });
    expect(readCounts({ added: 3, old: 7 })).toEqual({ ...NO_COUNTS, added: 3 });
    expect(readCounts(null)).toEqual(NO_COUNTS);
  });
});

describe('streams merged by id', () => {
  const ids = fc.uniqueArray(fc.stringMatching(/^[0-9A-Za-z]{1,3}$/), { maxLength: 40 });

  test('come in slices that cover every id once, together, and no more than the limit of one stream', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(ids, ids, ids),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 7 }),
        fc.option(fc.stringMatching(/^[0-9A-Za-z]{1,2}$/), { nil: undefined }),
        async (lists, pageSize, limit, after) => {
          const sorted = lists.map((list) => list.toSorted());
          const streams = sorted.map((list): SortedStream<string> => ({
            idOf: (id) => id,
            async read(last = '') {
              const rest = list.filter((id) => id > last);
              return { items: rest.slice(0, pageSize), more: rest.length > pageSize };
            },
          }));
          const seen: string[][] = [[], [], []];
          let before = after ?? '';
          for await (const { items, until } of mergeById<[string, string, string]>(
            streams as [SortedStream<string>, SortedStream<string>, SortedStream<string>],
            { after, limit },
          )) {
            for (const [index, part] of items.entries()) {
              expect(part.length).toBeLessThanOrEqual(Math.max(limit, pageSize));
              for (const id of part) expect(id > before && (until === undefined || id <= until)).toBe(true);
              seen[index]!.push(...part);
            }
            before = until ?? before;
          }
          expect(seen).toEqual(sorted.map((list) => list.filter((id) => id > (after ?? ''))));
        },
      ),
    );
  });
});

describe('rows in words', () => {
  test('name the field, and what is to be done', () => {
    expect(textOfReason({ code: 'phone_no_country', field: 'Lead.Phone' })).toEqual({
      sentence: expect.stringContaining('Lead.Phone'),
      remedy: expect.stringContaining('defaultCountry'),
    });
    expect(
      textOfReason({ code: 'contact_refused', upstreamCode: 'invalid.contact.id', message: 'no' }).sentence,
    ).toContain('(invalid.contact.id: no)');
  });

  test('show a code of another version as it is', () => {
    expect(textOfStoredReason('from_the_future', {})).toEqual({
      sentence: 'Reason: from_the_future.',
      remedy: expect.any(String),
    });
  });

  test('are CSV that a spreadsheet does not run', () => {
    const row = {
      seq: 1,
      memberId: '00v1',
      outcome: 'failed' as const,
      reasonCode: 'contact_refused',
      sentence: 'Refused, "twice"',
      remedy: 'None',
      original: {
        Name: '=HYPERLINK("x")',
        Phone: '+49 (30) 1-2',
        Note: 'two\nlines',
        Empty: null,
        Bad: '+cmd',
      },
    };
    const fields = ['Name', 'Phone', 'Note', 'Empty', 'Bad'];
    expect(csvHeader(fields)).toBe('sf__Id,sf__Error,reasonCode,Name,Phone,Note,Empty,Bad\r\n');
    expect(csvLines([row], fields)).toBe(
      '00v1,"Refused, ""twice"" None",contact_refused,"\'=HYPERLINK(""x"")",+49 (30) 1-2,"two\nlines",,\'+cmd\r\n',
    );
  });

  test.each([
    ['Acme;=1+cmd', "Acme;'=1+cmd"],
    ['Acme; @SUM(A1)', "Acme; '@SUM(A1)"],
    ['Acme\t-cmd', "Acme\t'-cmd"],
    ['030 1; +49 30 2', '030 1; +49 30 2'],
    ['a;b', 'a;b'],
    ['\t=1', "'\t'=1"],
    ['=1;=2', "'=1;'=2"],
  ])('hold no formula either where a semicolon or a tab parts cells: %j', (text, written) => {
    const row = {
      seq: 1,
      memberId: '00v1',
      outcome: 'failed',
      reasonCode: 'x',
      sentence: 's',
      remedy: 'r',
    } as const;
    const line = csvLines([{ ...row, original: { Company: text } }], ['Company']);
    expect(line).toBe(`00v1,s r,x,${written}\r\n`);
  });
});
