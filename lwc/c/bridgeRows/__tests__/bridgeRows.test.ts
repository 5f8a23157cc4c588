import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import BridgeRows from '../bridgeRows';
import { all, change, find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';
import { answering } from '../../../test-support/bridge';
import { fixture } from '../../../test-support/fixtures';
import type { RunRow, RunRows } from 'c/bridgeService';

const page = fixture<RunRows>('listRows.failed');
type Table = HTMLElement & { data: Record<string, string>[] };

async function shown() {
  const element = mount('c-bridge-rows', BridgeRows, { runId: 'run-128' });
  await settled();
  return element;
}

beforeEach(() => void jest.restoreAllMocks());
afterEach(unmountAll);

describe('the rows of a run', () => {
  test('begin with those that failed, with reason and fix', async () => {
    const bridge = answering({ rows: page });
    const element = await shown();
    expect(bridge.rows).toHaveBeenCalledWith('run-128', { outcome: 'failed' });
    expect(need<Table>(element, 'lightning-datatable').data[0]).toMatchObject({
      member: '00v000000000001AAA M. Weber',
      reason: 'The phone number has no country.',
      fix: 'Fill Country, or set a default country on the sync.',
    });
  });

  test('are summed up by reason, the most frequent first', async () => {
    const row = (memberId: string, reason: string): RunRow => ({ memberId, outcome: 'failed', reason });
    answering({ rows: { rows: [row('1', 'rare'), row('2', 'frequent'), row('3', 'frequent')] } });
    const element = await shown();
    expect(all(element, 'li').map(({ textContent }) => textContent)).toEqual(['2 × frequent', '1 × rare']);
  });

  test('are asked for again with another outcome, and go on behind the last', async () => {
    const bridge = answering({ rows: { ...page, nextAfter: 'x' } });
    const element = await shown();
    change(need(element, 'lightning-radio-group'), 'skipped');
    await settled();
    expect(bridge.rows).toHaveBeenLastCalledWith('run-128', { outcome: 'skipped' });
    need(element, 'lightning-button').click();
    await settled();
    expect(bridge.rows).toHaveBeenLastCalledWith('run-128', { outcome: 'skipped', after: 'x' });
  });

  test('say so where there are none', async () => {
    answering({ rows: { rows: [] } });
    const element = await shown();
    expect(textOf(element, '[data-id="empty"]')).toContain('There are no such rows.');
    expect(find(element, 'lightning-datatable')).toBeNull();
  });
});
