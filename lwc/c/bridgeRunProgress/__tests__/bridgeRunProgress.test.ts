import { afterEach, describe, expect, test } from '@jest/globals';
import BridgeRunProgress from '../bridgeRunProgress';
import { find, mount, need, settled, unmountAll } from '../../../test-support/mount';
import { fixture } from '../../../test-support/fixtures';
import type { Run } from 'c/bridgeService';

const running = fixture<Run>('getRun.running');

async function shown(run: Run) {
  const element = mount('c-bridge-run-progress', BridgeRunProgress, { run });
  await settled();
  return { element, text: need(element, '[data-id="progress"]').textContent };
}

afterEach(unmountAll);

describe('the progress of a run', () => {
  test('has count, rate and time left while it goes on', async () => {
    const { element, text } = await shown(running);
    expect(text).toBe('4,200 of 12,480 members · 31 a second · about 4 min left');
    expect(need<HTMLElement & { value: number }>(element, 'lightning-progress-bar').value).toBe(34);
    expect(need(element, '[aria-current="step"]').textContent).toBe('Send');
  });

  test('counts and shows no zero while the total is not known', async () => {
    const { element, text } = await shown(fixture<Run>('startRun.accepted'));
    expect(text).toBe('Counting members…');
    expect(find(element, 'lightning-progress-bar')).toBeNull();
  });

  test('counts what is done where nobody knows how many there are', async () => {
    const { membersTotal: _, ...unknown } = running;
    expect((await shown(unknown)).text).toContain('4,200 members · 31 a second');
  });

  test('has neither rate nor time left when it has ended', async () => {
    const { text } = await shown(fixture<Run>('getRun.part-failed'));
    expect(text).toBe('12,480 of 12,480 members');
  });

  test('counts no more when the run failed before it knew how many there are', async () => {
    expect((await shown(fixture<Run>('getRun.failed'))).text).toBe('0 members');
  });

  test('is whole for a campaign without members', async () => {
    const { element } = await shown({ ...running, membersTotal: 0 });
    expect(need<HTMLElement & { value: number }>(element, 'lightning-progress-bar').value).toBe(100);
  });
});
