import { afterEach, describe, expect, test } from '@jest/globals';
import BridgeRunChart from '../bridgeRunChart';
import { all, find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';
import { fixture } from '../../../test-support/fixtures';
import type { Run } from 'c/bridgeService';

const { runs } = fixture<{ runs: Run[] }>('listRuns.two');

afterEach(unmountAll);

describe('the chart of the last runs', () => {
  test('draws a bar for each, and says in words what it shows', async () => {
    const element = mount('c-bridge-run-chart', BridgeRunChart, { runs });
    await settled();
    expect(all(element, 'svg g')).toHaveLength(2);
    expect(need(element, 'svg').getAttribute('aria-label')).toBe(
      '2 runs, of them 1 part failed and 0 failed.',
    );
  });

  test('leaves dry runs out: the run after one does the same', async () => {
    const planned = [...runs, { ...runs[1]!, id: 'plan', dryRun: true }];
    const element = mount('c-bridge-run-chart', BridgeRunChart, { runs: planned });
    await settled();
    expect(all(element, 'svg g')).toHaveLength(2);
  });

  test('tells the same as a table, the newest first', async () => {
    const element = mount('c-bridge-run-chart', BridgeRunChart, { runs });
    await settled();
    need(element, 'lightning-button').click();
    await settled();
    expect(find(element, 'svg')).toBeNull();
    const rows = all(element, 'tbody tr').map(({ textContent }) => textContent);
    expect(rows[0]).toContain('Running');
    expect(rows[1]).toContain('Part failed');
    expect(rows[1]).toContain('12,448');
  });

  test('shows thirty at most, and says so where there are none', async () => {
    const many = Array.from({ length: 40 }, (_, index) => ({ ...runs[1]!, id: String(index) }));
    const element = mount('c-bridge-run-chart', BridgeRunChart, { runs: many });
    const none = mount('c-bridge-run-chart', BridgeRunChart, { runs: [] });
    await settled();
    expect(all(element, 'svg g')).toHaveLength(30);
    expect(textOf(none)).toContain('There are no runs yet');
  });
});
