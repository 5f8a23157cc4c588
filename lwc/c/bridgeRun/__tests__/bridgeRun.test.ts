import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import LightningConfirm from 'lightning/confirm';
import BridgeRun from '../bridgeRun';
import { find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';
import { answering, refused } from '../../../test-support/bridge';
import { listen } from '../../../test-support/events';
import { fixture } from '../../../test-support/fixtures';
import type { Run, RunRows } from 'c/bridgeService';

const running = fixture<Run>('getRun.running');
const ended = fixture<Run>('getRun.part-failed');
const rows = fixture<RunRows>('listRows.failed');

async function shown(run: Run) {
  const element = mount<{ run: Run }>('c-bridge-run', BridgeRun, { run });
  const heard = listen(element);
  await settled();
  return { element, heard };
}

beforeEach(() => void jest.restoreAllMocks());
afterEach(unmountAll);

describe('a run', () => {
  test('shows its counts, and who started it when', async () => {
    answering({ rows });
    const { element } = await shown(ended);
    expect(need(element, '[data-count="added"] dd').textContent).toBe('1,204');
    expect(textOf(element)).toContain('by salesforce-org');
    expect(find(element, '[data-id="pause"]')).toBeNull();
  });

  test('is paused, resumed and cancelled, the last after a question', async () => {
    const bridge = answering({ rows, pauseRun: running, resumeRun: running, cancelRun: running });
    const { element, heard } = await shown(running);
    need(element, '[data-id="pause"]').click();
    await settled();
    element.run = { ...running, status: 'Paused' };
    await settled();
    need(element, '[data-id="resume"]').click();
    await settled();
    jest.spyOn(LightningConfirm, 'open').mockResolvedValueOnce(false).mockResolvedValueOnce(true);
    need(element, '[data-id="cancel"]').click();
    await settled();
    expect(bridge.cancelRun).not.toHaveBeenCalled();
    need(element, '[data-id="cancel"]').click();
    await settled();
    expect([bridge.pauseRun, bridge.resumeRun, bridge.cancelRun].map(({ mock }) => mock.calls)).toEqual([
      [[running.id]],
      [[running.id]],
      [[running.id]],
    ]);
    expect(heard.confirmed).toHaveLength(3);
  });

  test('is the one that is cancelled, also when another is looked at by the time of the answer', async () => {
    const bridge = answering({ rows, cancelRun: { ...running, status: 'Failed' } });
    const { element, heard } = await shown(running);
    let answer: (isSure: boolean) => void = () => undefined;
    jest.spyOn(LightningConfirm, 'open').mockReturnValue(new Promise((resolve) => (answer = resolve)));
    need(element, '[data-id="cancel"]').click();
    element.run = { ...running, id: 'another', sync: 'another-sync' };
    answer(true);
    await settled();
    expect(bridge.cancelRun.mock.calls).toEqual([[running.id]]);
    expect(heard.confirmed).toEqual(['The run of spring-renewals is cancelled']);
  });

  test('is read out at each quarter and at its end, and not in between', async () => {
    answering({ rows });
    const { element, heard } = await shown({ ...running, counts: { ...running.counts, membersRead: 0 } });
    for (const membersRead of [100, 3_200, 3_300, 6_300]) {
      element.run = { ...running, counts: { ...running.counts, membersRead } };
      await settled();
    }
    element.run = { ...ended, id: running.id };
    await settled();
    expect(heard.announced).toEqual([
      'spring-renewals: 25 percent.',
      'spring-renewals: 50 percent.',
      'The run of spring-renewals has ended: Part failed.',
    ]);
  });

  test('is said to be paused, not to have ended, when it pauses', async () => {
    const bridge = answering({ rows, pauseRun: fixture<Run>('pauseRun.asked') });
    const { element, heard } = await shown(running);
    need(element, '[data-id="pause"]').click();
    await settled();
    expect(bridge.pauseRun).toHaveBeenCalledTimes(1);
    expect(heard.confirmed).toEqual(['It pauses after the page of members that it is at.']);
    element.run = { ...running, status: 'Paused' };
    await settled();
    expect(heard.announced.at(-1)).toBe('The run of spring-renewals is paused');
  });

  test('says that it is tried again while it waits for its next try', async () => {
    answering({ rows });
    const { failure } = fixture<Run>('getRun.failed');
    const { element } = await shown({ ...running, failure: failure!, retryAt: '2026-11-21T14:10:00.000Z' });
    expect(textOf(element, '[role="alert"]')).toContain('is tried again at');
    expect(textOf(element)).not.toContain('The run has failed');
  });

  test('offers to retry what failed, and leads to the new run', async () => {
    const bridge = answering({ rows, startRun: { ...running, id: '0b1d6e5a-3c2f-4d7e-9a10-000000000200' } });
    const { element, heard } = await shown({ ...ended, counts: { ...ended.counts, failed: 37 } });
    const retry = need<HTMLElement & { label: string }>(element, '[data-id="retry"]');
    expect(retry.label).toBe('Retry 37 failed');
    retry.click();
    await settled();
    expect(bridge.startRun).toHaveBeenCalledWith('spring-renewals', { retryFailedOf: ended.id });
    expect(heard.went).toEqual([{ tab: 'runs', name: '0b1d6e5a-3c2f-4d7e-9a10-000000000200' }]);
  });

  test('says what was asked of it and has not come yet, and does not ask twice', async () => {
    answering({ rows });
    const { element } = await shown(fixture<Run>('pauseRun.asked'));
    expect(textOf(element, '[data-id="pending"]')).toContain('It pauses after the page');
    expect(find(element, '[data-id="pause"]')).toBeNull();
    element.run = fixture<Run>('startRun.accepted');
    await settled();
    expect(textOf(element, '[data-id="pending"]')).toContain('It waits for its turn.');
  });

  test('goes on from where it failed, and not when it was cancelled', async () => {
    answering({ rows });
    const { element } = await shown(fixture<Run>('getRun.failed'));
    expect(find(element, '[data-id="resume"]')).not.toBeNull();
    element.run = fixture<Run>('cancelRun.cancelled');
    await settled();
    expect(find(element, '[data-id="resume"]')).toBeNull();
  });

  test('lists the results that no mapping names', async () => {
    answering({ rows });
    const { element } = await shown(ended);
    expect(textOf(element, '[data-id="unmapped"]')).toContain('Left a message: 12 members');
  });

  test('says why it failed and what to do', async () => {
    answering({ rows });
    const { element } = await shown(fixture<Run>('getRun.failed'));
    expect(find(element, '[role="alert"]')).not.toBeNull();
    expect(textOf(element)).toContain(fixture<Run>('getRun.failed').failure!.remedy);
  });

  test('says why it could not be paused', async () => {
    answering({ rows, pauseRun: refused({ title: 'That does not fit the present state' }) });
    const { element } = await shown(running);
    need(element, '[data-id="pause"]').click();
    await settled();
    expect(textOf(element)).toContain('That does not fit the present state');
    element.run = { ...ended, id: 'another' };
    await settled();
    expect(textOf(element)).not.toContain('That does not fit the present state');
  });
});
