import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import BridgeRuns from '../bridgeRuns';
import { all, find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';
import { NOT_OFFERED, answering, refused } from '../../../test-support/bridge';
import { fixture } from '../../../test-support/fixtures';
import type { Run, RunRows } from 'c/bridgeService';

const { runs } = fixture<{ runs: Run[] }>('listRuns.two');
const rows = fixture<RunRows>('listRows.failed');

async function shown(members: object = {}) {
  const element = mount('c-bridge-runs', BridgeRuns, members);
  await settled();
  return element;
}

beforeEach(() => {
  jest.restoreAllMocks();
  jest.useFakeTimers();
});
afterEach(() => {
  unmountAll();
  jest.useRealTimers();
});

describe('the runs', () => {
  test('are listed, the newest first and shown', async () => {
    answering({ runs: { runs }, rows, run: runs[0]! });
    const element = await shown();
    expect(all(element, 'nav button').map(({ dataset }) => dataset.id)).toEqual([
      '0b1d6e5a-3c2f-4d7e-9a10-000000000129',
      '0b1d6e5a-3c2f-4d7e-9a10-000000000128',
    ]);
    expect(find(element, '[data-run="0b1d6e5a-3c2f-4d7e-9a10-000000000129"]')).not.toBeNull();
  });

  test('show the one that was asked for', async () => {
    answering({ runs: { runs }, rows });
    expect(
      find(
        await shown({ selectedId: '0b1d6e5a-3c2f-4d7e-9a10-000000000128' }),
        '[data-run="0b1d6e5a-3c2f-4d7e-9a10-000000000128"]',
      ),
    ).not.toBeNull();
  });

  test('show the one that was asked for, also where it is not among the newest', async () => {
    const old = { ...runs[1]!, id: '0b1d6e5a-3c2f-4d7e-9a10-000000000001' };
    const bridge = answering({ runs: { runs }, rows, run: old });
    const element = await shown({ selectedId: old.id });
    expect(bridge.run).toHaveBeenCalledWith(old.id);
    expect(find(element, `[data-run="${old.id}"]`)).not.toBeNull();
  });

  test('say why the one that was asked for cannot be shown, and show no other in its place', async () => {
    answering({ runs: { runs }, rows, run: NOT_OFFERED });
    const element = await shown({ selectedId: '0b1d6e5a-3c2f-4d7e-9a10-000000000001' });
    expect(textOf(element, '[role="alert"]')).toContain('There is nothing here');
    expect(find(element, '[data-run]')).toBeNull();
  });

  test('leave the shown one in its place when another begins', async () => {
    const [newest, older] = runs.map((run) => ({ ...run, status: 'Healthy' as const }));
    const bridge = answering({ runs: { runs: [newest!, older!] }, rows, run: refused({}) });
    const element = await shown();
    bridge.runs.mockResolvedValue({ runs: [{ ...newest!, id: 'begun' }, newest!, older!] } as never);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(all(element, 'nav button')).toHaveLength(3);
    expect(find(element, `[data-run="${newest!.id}"]`)).not.toBeNull();
  });

  test('leave no gap when new ones begin after more were asked for', async () => {
    const [newest, older] = runs.map((run) => ({ ...run, status: 'Healthy' as const }));
    const bridge = answering({ runs: { runs: [newest!], nextAfter: newest!.id }, rows });
    const element = await shown();
    bridge.runs.mockResolvedValue({ runs: [older!] } as never);
    need(element, '[data-id="more"]').click();
    need(element, '[data-id="more"]').click();
    await settled();
    expect(bridge.runs).toHaveBeenCalledTimes(2);
    const begun = { ...newest!, id: 'begun' };
    bridge.runs.mockResolvedValue({ runs: [begun, newest!], nextAfter: newest!.id } as never);
    await jest.advanceTimersByTimeAsync(60_000);
    const shownIds = () => all(element, 'nav button').map(({ dataset }) => dataset.id);
    expect(shownIds()).toEqual(['begun', newest!.id, older!.id]);
    bridge.runs.mockResolvedValue({
      runs: [{ ...newest!, id: 'later' }, begun],
      nextAfter: 'begun',
    } as never);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(shownIds()).toEqual(['later', 'begun', newest!.id, older!.id]);
  });

  test('follow a run that goes on by itself, and the list again when it has ended', async () => {
    const bridge = answering({ runs: { runs }, rows, run: { ...runs[0]!, membersTotal: 10 } });
    const element = await shown();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(bridge.run).toHaveBeenCalledWith('0b1d6e5a-3c2f-4d7e-9a10-000000000129');
    expect(bridge.runs).toHaveBeenCalledTimes(1);
    expect(need(element, '[data-id="progress"]').textContent).toContain('of 10 members');
    bridge.run.mockResolvedValue({ ...runs[1]!, id: '0b1d6e5a-3c2f-4d7e-9a10-000000000129' } as never);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(bridge.runs).toHaveBeenCalledTimes(2);
  });

  test('are asked for when someone wants them, also while the shown one goes on', async () => {
    const bridge = answering({ runs: { runs }, rows, run: runs[0]! });
    const element = await shown();
    bridge.runs.mockResolvedValue({ runs: [{ ...runs[0]!, id: 'begun' }, ...runs] } as never);
    need(element, '[data-id="refresh"]').click();
    await settled();
    expect(all(element, 'nav button').map(({ dataset }) => dataset.id)).toEqual([
      'begun',
      ...runs.map(({ id }) => id),
    ]);
  });

  test('go on behind the last when asked', async () => {
    const [newest, older] = runs;
    const bridge = answering({ runs: { runs: [newest!], nextAfter: newest!.id }, rows, run: newest! });
    const element = await shown();
    bridge.runs.mockResolvedValue({ runs: [older!] } as never);
    need(element, '[data-id="more"]').click();
    await settled();
    expect(bridge.runs).toHaveBeenLastCalledWith({ after: newest!.id, limit: 30 });
    expect(all(element, 'nav button').map(({ dataset }) => dataset.id)).toEqual([newest!.id, older!.id]);
    expect(find(element, '[data-id="more"]')).toBeNull();
  });

  test('are said to be missing from an older bridge', async () => {
    answering({ runs: NOT_OFFERED });
    expect(textOf(await shown(), '[data-id="not-offered"]')).toContain('Not available in this version');
  });

  test('are none before the first sync ran', async () => {
    answering({ runs: { runs: [] } });
    expect(textOf(await shown(), '[data-id="empty"]')).toContain('There are no runs yet');
  });
});
