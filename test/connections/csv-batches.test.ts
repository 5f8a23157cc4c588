/** Records of a CSV that comes in pieces: what is written is what is read, and nothing that is broken looks whole. */
import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { resumedCsvBatches } from '../../server/connections/csv-batches.ts';

async function all(open: () => Promise<Readable>): Promise<string[][]> {
  const records: string[][] = [];
  for await (const batch of resumedCsvBatches(open)) records.push(...batch);
  return records;
}

function bodyOf(bytes: Buffer, pieceBytes: number): Readable {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) pieces.push(bytes.subarray(at, at + pieceBytes));
  return Readable.from(pieces, { objectMode: false });
}

const read = (text: string, pieceBytes = 1 << 16) =>
  all(() => Promise.resolve(bodyOf(Buffer.from(text), pieceBytes)));

function written(records: readonly (readonly string[])[], newline: string, quotesAll: boolean): string {
  const cell = (text: string) =>
    quotesAll || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  return records.map((record) => record.map(cell).join(',')).join(newline);
}

const cell = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', 'ü', '😀', ' ', 'a'), maxLength: 8 }),
);
const table = fc
  .integer({ min: 2, max: 5 })
  .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 20 }))
  .map((rows) => [(rows[0] ?? ['', '']).map((_, at) => `column ${at}`), ...rows]);

test('what was written is read, wherever the pieces are cut, however lines end and whatever is quoted', async () => {
  const styles = fc.record({
    newline: fc.constantFrom('\n', '\r\n'),
    quotesAll: fc.boolean(),
    lineBreakAtEnd: fc.boolean(),
    bom: fc.boolean(),
    pieceBytes: fc.integer({ min: 1, max: 40 }),
  });
  await fc.assert(
    fc.asyncProperty(table, styles, async (records, style) => {
      const { newline, quotesAll, lineBreakAtEnd, bom, pieceBytes } = style;
      const text = written(records, newline, quotesAll) + (lineBreakAtEnd ? newline : '');
      expect(await read((bom ? '\uFEFF' : '') + text, pieceBytes)).toEqual(records);
    }),
  );
});

test('a cell that begins with what may begin a file is read as it is', async () => {
  const text = 'a,b\n1,2\n\uFEFF3,4\n';
  const records = [
    ['a', 'b'],
    ['1', '2'],
    ['\uFEFF3', '4'],
  ];
  expect([await read(text, 4), await read(`\uFEFF${text}`, 4)]).toEqual([records, records]);
});

test('an empty file has no record', async () => {
  expect(await read('')).toEqual([]);
});

test('a blank line where there is one column is a record with a blank cell', async () => {
  const text = 'Id\n1\n\n2\n';
  const records = [['Id'], ['1'], [''], ['2']];
  expect([await read(text), await read(text, 1)]).toEqual([records, records]);
});

describe.each([1, 3, 1 << 16])('in pieces of %i bytes', (pieceBytes) => {
  test.each([
    ['a blank line', 'a,b\n1,2\n\n3,4\n'],
    ['a blank line at the end', 'a,b\n1,2\n\n'],
    ['lines that end in two ways', '"a","b"\n"1","2"\r\n"3","4"\n'],
    ['lines that end in two other ways', 'a,b\r\n1,2\n3,4\r\n'],
    ['lines that end as on old machines', 'a,b\r1,2\r3,4\r'],
  ])('%s is an error and no record', async (_name, text) => {
    await expect(read(text, pieceBytes)).rejects.toMatchObject({ code: 'upstream_failure' });
  });
});

test.each([
  ['a record with a cell too few', 'a,b\n1,2\n3\n'],
  ['a record with a cell too many', 'a,b\n1,2\n3,4,5\n'],
  ['a record that was cut off', 'a,b\n1,2\n3'],
  ['a quote that is not closed', 'a,b\n1,"2\n3,4\n'],
  ['text behind a quoted cell', 'a,b\n1,"2"x\n'],
])('%s is an error and no record', async (_name, text) => {
  await expect(read(text)).rejects.toMatchObject({
    code: 'upstream_failure',
    message: 'A file of the upstream could not be read as CSV, or broke off, several times.',
  });
});

test('a record that never ends is not kept in memory for ever', async () => {
  let given = 0;
  const endless = function* () {
    yield Buffer.from('a,b\n1,"');
    for (; given < 64; given += 1) yield Buffer.alloc(1 << 20, 'x');
  };
  await expect(all(() => Promise.resolve(Readable.from(endless())))).rejects.toMatchObject({
    code: 'upstream_failure',
  });
  expect(given).toBeLessThan(40);
});

test('a file that breaks off is opened again and goes on where it was, each record once', async () => {
  const rows = Array.from({ length: 3_000 }, (_, at) => [`id ${at}`, `"name, ${at}"`]);
  const bytes = Buffer.from(written(rows, '\n', false));
  let opened = 0;
  const open = () => {
    opened += 1;
    const breaksAt = opened < 4 ? opened * 20_000 : bytes.length;
    return Promise.resolve(
      Readable.from(
        (function* () {
          for (let at = 0; at < breaksAt; at += 1_000)
            yield bytes.subarray(at, Math.min(at + 1_000, breaksAt));
          if (breaksAt < bytes.length) throw new Error('The line was cut');
        })(),
      ),
    );
  };
  expect(await all(open)).toEqual(rows);
  expect(opened).toBe(4);
});

test('a body that is destroyed without a reason is not taken for whole', async () => {
  let opened = 0;
  const open = () => {
    opened += 1;
    const body = new Readable({ read: () => undefined });
    body.push('a,b\n1,2\n');
    setImmediate(() => body.destroy());
    return Promise.resolve(body);
  };
  await expect(all(open)).rejects.toMatchObject({ code: 'upstream_failure' });
  expect(opened).toBe(4);
});

test('whoever stops reading lets go of the body', async () => {
  const body = bodyOf(Buffer.from('a,b\n1,2\n'.repeat(50_000)), 1_000);
  for await (const batch of resumedCsvBatches(() => Promise.resolve(body))) {
    expect(batch.length).toBeGreaterThan(0);
    break;
  }
  expect(body.destroyed).toBe(true);
});
