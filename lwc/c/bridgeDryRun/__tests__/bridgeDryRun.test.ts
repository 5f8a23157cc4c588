import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import BridgeDryRun from '../bridgeDryRun';
import { find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';
import { fixture } from '../../../test-support/fixtures';
import type { Run } from 'c/bridgeService';

const plan: Run = { ...fixture<Run>('getRun.part-failed'), dryRun: true, status: 'Healthy' };

async function shown(run: Run, syncUpdatedAt?: string) {
  const element = mount('c-bridge-dry-run', BridgeDryRun, {
    run,
    ...(syncUpdatedAt === undefined ? {} : { syncUpdatedAt }),
  });
  await settled();
  return element;
}

beforeEach(() => void jest.useFakeTimers({ now: Date.parse(plan.finishedAt!) + 60_000 }));
afterEach(() => {
  unmountAll();
  jest.useRealTimers();
});

describe('a dry run', () => {
  test('says what a run would do, and offers to run it', async () => {
    const element = await shown(plan);
    expect(need(element, '[data-id="plan"]').textContent).toBe(
      'Add 1,204 · Change 311 · Remove 18 · No change 10,819',
    );
    expect(textOf(element)).toContain('Skipped 96 · Invalid 50');
    const run = jest.fn();
    element.addEventListener('runplan', run);
    need(element, '[data-id="run-plan"]').click();
    expect(run).toHaveBeenCalledTimes(1);
  });

  test('is not offered when it is too old, or the sync has changed since', async () => {
    jest.setSystemTime(Date.parse(plan.finishedAt!) + 31 * 60_000);
    for (const element of [await shown(plan), await shown(plan, '2099-01-01T00:00:00Z')]) {
      expect(find(element, '[data-id="run-plan"]')).toBeNull();
      expect(find(element, '[data-id="stale"]')).not.toBeNull();
    }
  });

  test('shows only its progress while it goes on', async () => {
    const element = await shown({ ...fixture<Run>('getRun.running'), dryRun: true });
    expect(find(element, '[data-id="plan"]')).toBeNull();
    expect(find(element, '[data-id="progress"]')).not.toBeNull();
  });

  test('says why it failed and what to do', async () => {
    const failed = { ...fixture<Run>('getRun.failed'), dryRun: true };
    const element = await shown(failed);
    expect(textOf(element, '[role="alert"]')).toContain(failed.failure!.remedy);
    expect(find(element, '[data-id="run-plan"]')).toBeNull();
  });

  test('leads to its rows', async () => {
    const element = await shown(plan);
    const go = jest.fn();
    element.addEventListener('go', (event) => go((event as CustomEvent<unknown>).detail));
    need(element, '[data-id="rows"]').click();
    expect(go).toHaveBeenCalledWith({ tab: 'runs', name: plan.id });
  });
});
