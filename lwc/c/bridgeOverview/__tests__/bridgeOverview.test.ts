import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import BridgeOverview from '../bridgeOverview';
import { all, find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';
import { NOT_OFFERED, answering, refused } from '../../../test-support/bridge';
import { listen } from '../../../test-support/events';
import { fixture } from '../../../test-support/fixtures';
import type { ActivityPage, BridgeStatus, Run } from 'c/bridgeService';

const status: BridgeStatus = {
  bridge: { status: 'Healthy', version: '1.4.0' },
  connections: [
    {
      name: 'purecloud',
      provider: 'purecloud',
      grantType: 'client_credentials',
      region: 'us_west_2',
      status: 'Action needed',
      token: { hasToken: false },
    },
  ],
  attention: [{ connection: 'purecloud', title: 'The sign-in was rejected', remedy: 'Replace the secret.' }],
};
const quiet = { runs: NOT_OFFERED, activity: { entries: [] } satisfies ActivityPage };

async function shown() {
  const element = mount('c-bridge-overview', BridgeOverview);
  const heard = listen(element);
  await settled();
  return { element, heard };
}

const wordOf = (element: Element, tile: string) =>
  need<HTMLElement & { word: string }>(
    all<HTMLElement & { name: string }>(element, 'c-bridge-tile').find(({ name }) => name === tile)!,
    'c-bridge-status-word',
  ).word;

beforeEach(() => {
  jest.restoreAllMocks();
  jest.useFakeTimers();
});
afterEach(() => {
  unmountAll();
  jest.useRealTimers();
});

describe('the overview', () => {
  test('shows every part with its word, and what needs a person first', async () => {
    answering({ ...quiet, status });
    const { element, heard } = await shown();
    expect([wordOf(element, 'Bridge'), wordOf(element, 'PureCloud'), wordOf(element, 'Salesforce')]).toEqual([
      'Healthy',
      'Action needed',
      'Unknown',
    ]);
    const attention = textOf(element, '[data-id="attention"]');
    expect(attention).toContain('1 thing needs you');
    expect(attention).toContain('Replace the secret.');
    need(element, '[data-id="attention"] lightning-button').click();
    expect(heard.went).toEqual([{ tab: 'connections', name: 'purecloud' }]);
  });

  test('welcomes at first use and leads to the set-up', async () => {
    answering({ ...quiet, status: { ...status, connections: [], attention: [] } });
    const { element, heard } = await shown();
    expect(textOf(element, '[data-id="first-use"]')).toContain('Welcome');
    need(element, '[data-id="first-use"] lightning-button').click();
    expect(heard.went).toEqual([{ tab: 'setup' }]);
  });

  test('pretends nothing while the bridge is away, and says when it is back', async () => {
    const bridge = answering({ ...quiet, status });
    const { element, heard } = await shown();
    bridge.status.mockRejectedValue(refused({}) as never);
    await jest.advanceTimersByTimeAsync(6_000);
    expect(wordOf(element, 'Bridge')).toBe('Unknown');
    expect(find(element, '[data-id="stale"]')).not.toBeNull();
    bridge.status.mockResolvedValue(status as never);
    need(element, '[data-id="check"]').click();
    await settled();
    expect(wordOf(element, 'Bridge')).toBe('Healthy');
    expect(heard.announced).toEqual([
      'The bridge does not answer. What you see is what was known last.',
      'The bridge answers again.',
    ]);
  });

  test('asks a bridge without campaign syncs for them once only', async () => {
    const bridge = answering({ ...quiet, status });
    const { element } = await shown();
    await jest.advanceTimersByTimeAsync(30_000);
    expect(find(element, '[data-id="not-offered"]')).not.toBeNull();
    expect(bridge.runs).toHaveBeenCalledTimes(1);
    expect(bridge.status.mock.calls.length).toBeGreaterThan(2);
  });

  test('sums up the syncs and draws their runs', async () => {
    const { runs } = fixture<{ runs: Run[] }>('listRuns.two');
    const syncs = [
      { name: 'autumn', status: 'Late' as const, freshnessSeconds: 10_800 },
      { name: 'spring', status: 'Healthy' as const, freshnessSeconds: 240 },
    ];
    answering({ ...quiet, status: { ...status, syncs }, runs: { runs } });
    const { element } = await shown();
    expect(textOf(element)).toContain('1 Late · 1 Healthy · autumn is as the campaign was 3 h ago');
    expect(all(element, 'svg g')).toHaveLength(2);
  });

  test('leads to the sync that needs a person, and tells how much of the API of a day is used', async () => {
    const org = { ...status.connections[0]!, name: 'org', provider: 'salesforce' };
    answering({
      ...quiet,
      status: {
        ...status,
        connections: [{ ...org, apiUsage: { used: 1_800, max: 15_000 } }],
        attention: [{ sync: 'spring', title: 'The list is gone', remedy: 'Name another.' }],
      },
    });
    const { element, heard } = await shown();
    expect(textOf(element, '[data-id="attention"]')).toContain('spring: The list is gone');
    expect(textOf(element)).toContain('12% of the API calls of a day used');
    need(element, '[data-id="attention"] lightning-button').click();
    expect(heard.went).toEqual([{ tab: 'syncs', name: 'spring' }]);
  });

  test('says how old its answer is', async () => {
    answering({ ...quiet, status });
    const { element } = await shown();
    await jest.advanceTimersByTimeAsync(3_000);
    expect(need(element, '[data-id="checked"]').textContent).toBe('Checked 3 s ago');
  });
});
