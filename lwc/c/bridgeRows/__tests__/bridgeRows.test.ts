import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import BridgeRows from '../bridgeRows';
import { all, change, find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';
import { answering, refused } from '../../../test-support/bridge';
import { listen } from '../../../test-support/events';
import { fixture } from '../../../test-support/fixtures';
import type { Run, RunRow, RunRows } from 'c/bridgeService';

const page = fixture<RunRows>('listRows.invalid');
const run = fixture<Run>('getRun.part-failed');
type Table = HTMLElement & { data: Record<string, string>[] };

async function shown(members: { run: Run } = { run }) {
  const element = mount<{ run: Run }>('c-bridge-rows', BridgeRows, members);
  const heard = listen(element);
  await settled();
  return { element, heard };
}

beforeEach(() => void jest.restoreAllMocks());
afterEach(unmountAll);

describe('the rows of a run', () => {
  test('begin with the worst that there is, with reason, fix and what Salesforce had', async () => {
    const bridge = answering({ rows: page });
    const { element } = await shown();
    expect(bridge.rows).toHaveBeenCalledWith(run.id, { outcome: 'invalid' });
    expect(need<Table>(element, 'lightning-datatable').data[0]).toMatchObject({
      member: '00v000000000001AAA',
      outcome: 'Invalid',
      reason: page.rows[0]!.sentence,
      fix: page.rows[0]!.remedy,
      original: 'Contact.MobilePhone: 0171 5551234\nContact.FirstName: Maria',
    });
  });

  test('turn to what failed as soon as something has, until a person chooses', async () => {
    const bridge = answering({ rows: page });
    const { element } = await shown();
    element.run = { ...run, counts: { ...run.counts, failed: 1 } };
    await settled();
    expect(bridge.rows).toHaveBeenLastCalledWith(run.id, { outcome: 'failed' });
    change(need(element, 'lightning-combobox'), 'skipped');
    element.run = { ...run, counts: { ...run.counts, failed: 2 } };
    await settled();
    expect(bridge.rows).toHaveBeenLastCalledWith(run.id, { outcome: 'skipped' });
  });

  test('are counted in the choice of them', async () => {
    answering({ rows: page });
    const { element } = await shown();
    const { options } = need<HTMLElement & { options: { label: string }[] }>(element, 'lightning-combobox');
    expect(options.map(({ label }) => label)).toEqual([
      'All',
      'Failed (0)',
      'Invalid (50)',
      'Skipped (96)',
      'Removed (18)',
      'Warnings',
    ]);
  });

  test('are summed up by reason, the most frequent first', async () => {
    const row = (seq: number, sentence: string): RunRow => ({ ...page.rows[0]!, seq, sentence });
    answering({ rows: { rows: [row(1, 'rare'), row(2, 'frequent'), row(3, 'frequent')] } });
    const { element } = await shown();
    expect(all(element, 'li').map(({ textContent }) => textContent)).toEqual(['2 × frequent', '1 × rare']);
  });

  test('go on behind the last', async () => {
    const bridge = answering({ rows: { ...page, nextAfter: 100 } });
    const { element } = await shown();
    need(element, '[data-id="more"]').click();
    await settled();
    expect(bridge.rows).toHaveBeenLastCalledWith(run.id, { outcome: 'invalid', after: 100 });
  });

  test('are those that are chosen, whatever was still on its way', async () => {
    const bridge = answering({ rows: { ...page, nextAfter: 100 } });
    const { element } = await shown();
    let answer: (rows: RunRows) => void = () => undefined;
    bridge.rows.mockReturnValue(new Promise<RunRows>((resolve) => (answer = resolve)));
    need(element, '[data-id="more"]').click();
    bridge.rows.mockResolvedValue({ rows: [{ ...page.rows[0]!, seq: 7, outcome: 'skipped' }] } as never);
    change(need(element, 'lightning-combobox'), 'skipped');
    await settled();
    answer({ rows: [{ ...page.rows[0]!, seq: 101 }], nextAfter: 200 });
    await settled();
    expect(need<Table>(element, 'lightning-datatable').data.map(({ outcome }) => outcome)).toEqual([
      'Skipped',
    ]);
    expect(find(element, '[data-id="more"]')).toBeNull();
  });

  test('are handed out as a file', async () => {
    const made: Blob[] = [];
    URL.createObjectURL = (blob: Blob) => `blob:${made.push(blob)}`;
    URL.revokeObjectURL = jest.fn<typeof URL.revokeObjectURL>();
    const clicked = jest.spyOn(HTMLAnchorElement.prototype, 'click').mockReturnValue();
    const bridge = answering({ rows: page, rowsCsv: 'sf__Id,Notes\r\n00v1,"a ""b""\r\nc"\r\n' });
    const { element, heard } = await shown();
    need(element, '[data-id="export"]').click();
    await settled();
    expect(bridge.rowsCsv).toHaveBeenCalledWith(run.id, { outcome: 'invalid' });
    expect((clicked.mock.contexts[0] as HTMLAnchorElement).download).toBe(
      'spring-renewals-invalid-0b1d6e5a.csv',
    );
    // What Lightning Web Security does not know it blocks, text/csv among it.
    expect(made[0]!.type).toBe('application/octet-stream');
    expect(heard.announced).toEqual(['1 row is in the file.']);
  });

  test('say why there is no file', async () => {
    answering({ rows: page, rowsCsv: refused({ title: 'The file is too large' }) });
    const { element } = await shown();
    need(element, '[data-id="export"]').click();
    await settled();
    expect(textOf(element, '[role="alert"]')).toContain('The file is too large');
  });

  test('say so where there are none', async () => {
    answering({ rows: { rows: [] } });
    const { element } = await shown();
    expect(textOf(element, '[data-id="empty"]')).toContain('There are no such rows.');
    expect(find(element, 'lightning-datatable')).toBeNull();
  });
});
