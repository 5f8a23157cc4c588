import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import BridgeActivity from '../bridgeActivity';
import { all, change, find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';
import { answering, refused } from '../../../test-support/bridge';
import { listen } from '../../../test-support/events';
import type { ActivityPage, ConnectionView } from 'c/bridgeService';
import { fixture } from '../../../test-support/fixtures';

const page = fixture<ActivityPage>('listActivity.page');
const { connections } = fixture<{ connections: ConnectionView[] }>('listConnections.two');
interface Row {
  id: string;
  result: string;
  icon: string;
  summary?: string;
  reference?: string;
}
type Table = HTMLElement & { data: Row[]; columns: { fieldName: string }[] };

async function shown() {
  const element = mount('c-bridge-activity', BridgeActivity);
  const heard = listen(element);
  await settled();
  return { element, heard };
}

const rowsOf = (element: Element) => need<Table>(element, 'lightning-datatable').data;

beforeEach(() => {
  jest.restoreAllMocks();
  jest.useFakeTimers();
});
afterEach(() => {
  unmountAll();
  jest.useRealTimers();
});

describe('the activity', () => {
  test('lists what happened, each result with an icon', async () => {
    answering({ activity: page, connections });
    const { element } = await shown();
    expect(rowsOf(element).map(({ result, icon }) => [result, icon])).toEqual([
      ['Failure', 'utility:warning'],
      ['created', 'utility:success'],
    ]);
  });

  test('says what was changed or run, and gives the whole reference', async () => {
    const entry = { ...page.entries[1]!, summary: 'sync spring changed' };
    answering({ activity: { entries: [entry] }, connections });
    const { element } = await shown();
    const columns = need<Table>(element, 'lightning-datatable').columns.map(({ fieldName }) => fieldName);
    expect(columns).toEqual(expect.arrayContaining(['summary', 'reference']));
    expect(rowsOf(element)[0]).toMatchObject({
      summary: 'sync spring changed',
      reference: '0b5c9f3e-6a41-4a0e-9a53-6f1f2b9d7c10',
    });
  });

  test('goes on behind the last entry', async () => {
    const bridge = answering({ activity: page, connections });
    const { element, heard } = await shown();
    bridge.activity.mockResolvedValue({ entries: [{ ...page.entries[0]!, id: '0' }] } as never);
    all<HTMLElement & { label: string }>(element, 'lightning-button')
      .find(({ label }) => label === 'Show more')!
      .click();
    await settled();
    expect(bridge.activity).toHaveBeenLastCalledWith(expect.objectContaining({ after: page.nextAfter }));
    expect(rowsOf(element).map(({ id }) => id)).toEqual(['2', '1', '0']);
    expect(heard.announced).toEqual(['More rows: 1']);
  });

  test('shows no row of the filter before, and none twice', async () => {
    const bridge = answering({ activity: page, connections });
    const { element } = await shown();
    let answer: (page: ActivityPage) => void = () => undefined;
    bridge.activity.mockReturnValue(new Promise<ActivityPage>((resolve) => (answer = resolve)));
    need(element, '[data-id="more"]').click();
    need(element, '[data-id="more"]').click();
    expect(bridge.activity).toHaveBeenCalledTimes(2);
    const other = { entries: [{ ...page.entries[0]!, id: '7' }] };
    bridge.activity.mockResolvedValue(other as never);
    change(need(element, '[data-id="result"]'), 'Timeout');
    await settled();
    answer({ entries: [{ ...page.entries[0]!, id: '0' }], nextAfter: '0' });
    await settled();
    expect(rowsOf(element).map(({ id }) => id)).toEqual(['7']);
    expect(find(element, '[data-id="more"]')).toBeNull();
  });

  test('leaves no gap between what is new and what was asked for before', async () => {
    const entry = (id: string) => ({ ...page.entries[0]!, id });
    const bridge = answering({ activity: page, connections });
    const { element } = await shown();
    bridge.activity.mockResolvedValue({ entries: [entry('0')] } as never);
    need(element, '[data-id="more"]').click();
    await settled();
    const refresh = async (...ids: string[]) => {
      bridge.activity.mockResolvedValue({ entries: ids.map(entry), nextAfter: ids.at(-1) } as never);
      all<HTMLElement & { label: string }>(element, 'lightning-button')
        .find(({ label }) => label === 'Refresh')!
        .click();
      await settled();
      return rowsOf(element).map(({ id }) => id);
    };
    expect(await refresh('3', '2')).toEqual(['3', '2', '1', '0']);
    expect(await refresh('9', '8')).toEqual(['9', '8']);
    need(element, '[data-id="more"]').click();
    expect(bridge.activity).toHaveBeenLastCalledWith(expect.objectContaining({ after: '8' }));
  });

  test('warns of nothing that a person wanted', async () => {
    const entry = (kind: string, result: string) => ({ ...page.entries[0]!, id: result, kind, result });
    answering({
      activity: { entries: [entry('run', 'started'), entry('change', 'keyRotated'), entry('run', 'Failed')] },
      connections,
    });
    const { element } = await shown();
    expect(rowsOf(element).map(({ icon }) => icon)).toEqual([
      'utility:success',
      'utility:success',
      'utility:warning',
    ]);
  });

  test('filters, and says when nothing matches', async () => {
    const bridge = answering({ activity: page, connections });
    const { element } = await shown();
    bridge.activity.mockResolvedValue({ entries: [] } as never);
    change(need(element, '[data-id="result"]'), 'Timeout');
    await settled();
    expect(bridge.activity).toHaveBeenLastCalledWith(expect.objectContaining({ result: 'Timeout' }));
    expect(textOf(element, '[data-id="empty"]')).toContain('Nothing matches the filters');
  });

  test('says that nothing has happened yet', async () => {
    answering({ activity: { entries: [] }, connections });
    const { element } = await shown();
    expect(textOf(element, '[data-id="empty"]')).toContain('Nothing has happened yet');
  });

  test('follows what happens only when asked to', async () => {
    const bridge = answering({ activity: page, connections });
    const { element, heard } = await shown();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(bridge.activity).toHaveBeenCalledTimes(1);
    change(need(element, '[data-id="live"]'), true);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(bridge.activity.mock.calls.length).toBeGreaterThan(2);
    change(need(element, '[data-id="live"]'), false);
    const asked = bridge.activity.mock.calls.length;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(bridge.activity).toHaveBeenCalledTimes(asked);
    expect(heard.announced).toEqual(['The list follows what happens.', 'The list stands still.']);
  });

  test('shows what was known when the bridge goes away', async () => {
    answering({ activity: refused({}), connections: refused({}) });
    const { element } = await shown();
    expect(textOf(element)).toContain('The bridge does not answer');
    expect(find(element, 'lightning-datatable')).toBeNull();
  });
});
