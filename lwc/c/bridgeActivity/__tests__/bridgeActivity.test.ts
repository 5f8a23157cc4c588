import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import BridgeActivity from '../bridgeActivity';
import { all, change, find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';
import { answering, refused } from '../../../test-support/bridge';
import { listen } from '../../../test-support/events';
import type { ActivityPage, ConnectionView } from 'c/bridgeService';
import { fixture } from '../../../test-support/fixtures';

const page = fixture<ActivityPage>('listActivity.page');
const { connections } = fixture<{ connections: ConnectionView[] }>('listConnections.two');
type Table = HTMLElement & { data: { id: string; result: string; icon: string }[] };

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
