import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import BridgeRuns from '../bridgeRuns';
import { all, find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';
import { NOT_OFFERED, answering } from '../../../test-support/bridge';
import { fixture } from '../../../test-support/fixtures';
import type { Run, RunRows, Sync } from 'c/bridgeService';

const { syncs } = fixture<{ syncs: Sync[] }>('listSyncs.one');
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
    answering({ syncs, runs, rows, run: runs[0]! });
    const element = await shown();
    expect(all(element, 'nav button').map(({ dataset }) => dataset.id)).toEqual(['run-129', 'run-128']);
    expect(find(element, '[data-run="run-129"]')).not.toBeNull();
  });

  test('show the one that was asked for', async () => {
    answering({ syncs, runs, rows });
    expect(find(await shown({ selectedId: 'run-128' }), '[data-run="run-128"]')).not.toBeNull();
  });

  test('follow a run that goes on by itself, and the list again when it has ended', async () => {
    const bridge = answering({ syncs, runs, rows, run: { ...runs[0]!, membersTotal: 10 } });
    const element = await shown();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(bridge.run).toHaveBeenCalledWith('run-129');
    expect(bridge.runs).toHaveBeenCalledTimes(1);
    expect(need(element, '[data-id="progress"]').textContent).toContain('of 10 members');
    bridge.run.mockResolvedValue({ ...runs[1]!, id: 'run-129' } as never);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(bridge.runs).toHaveBeenCalledTimes(2);
  });

  test('are said to be missing from an older bridge', async () => {
    answering({ syncs: NOT_OFFERED });
    expect(textOf(await shown(), '[data-id="not-offered"]')).toContain('Not available in this version');
  });

  test('are none before the first sync ran', async () => {
    answering({ syncs: [] });
    expect(textOf(await shown(), '[data-id="empty"]')).toContain('There are no runs yet');
  });
});
