import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import BridgeSyncs from '../bridgeSyncs';
import { find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';
import { NOT_OFFERED, answering } from '../../../test-support/bridge';
import { fixture } from '../../../test-support/fixtures';
import type { ConnectionView, Sync } from 'c/bridgeService';

const { syncs } = fixture<{ syncs: Sync[] }>('listSyncs.one');
const { connections } = fixture<{ connections: ConnectionView[] }>('listConnections.two');

async function shown() {
  const element = mount('c-bridge-syncs', BridgeSyncs);
  await settled();
  return element;
}

beforeEach(() => void jest.restoreAllMocks());
afterEach(() => {
  unmountAll();
  jest.useRealTimers();
});

describe('the campaign syncs', () => {
  test('are listed, with one shown', async () => {
    answering({ syncs, connections, runsOf: [] });
    expect(find(await shown(), '[data-sync="spring-renewals"]')).not.toBeNull();
  });

  test('are looked at again, so that no word stands that is no longer true', async () => {
    jest.useFakeTimers();
    const bridge = answering({ syncs: [{ ...syncs[0]!, status: 'Running' }], connections, runsOf: [] });
    const element = await shown();
    bridge.syncs.mockResolvedValue([{ ...syncs[0]!, status: 'Healthy' }] as never);
    await jest.advanceTimersByTimeAsync(60_000);
    const word = need<HTMLElement & { word: string }>(element, '.item c-bridge-status-word');
    expect(word.word).toBe('Healthy');
    element.remove();
    const asked = bridge.syncs.mock.calls.length;
    await jest.advanceTimersByTimeAsync(120_000);
    expect(bridge.syncs).toHaveBeenCalledTimes(asked);
  });

  test('leave the shown one in its place when another comes before it, and say when it is gone', async () => {
    jest.useFakeTimers();
    const bridge = answering({ syncs, connections, runsOf: [] });
    const element = await shown();
    const other = { ...syncs[0]!, name: 'autumn' };
    bridge.syncs.mockResolvedValue([other, ...syncs] as never);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(find(element, '[data-sync="spring-renewals"]')).not.toBeNull();
    bridge.syncs.mockResolvedValue([other] as never);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(textOf(element, '[data-id="gone"]')).toBe('spring-renewals is no longer there. Choose another.');
    expect(find(element, '[data-id="run"]')).toBeNull();
  });

  test('keep the focus when a form is left', async () => {
    jest.useFakeTimers();
    answering({ syncs, connections, runsOf: [] });
    const element = await shown();
    need(element, '[data-id="new"]').click();
    await jest.advanceTimersByTimeAsync(1);
    need(element, '[data-id="cancel"]').click();
    await jest.advanceTimersByTimeAsync(1);
    const { shadowRoot } = element.shadowRoot!.activeElement!;
    expect((shadowRoot!.activeElement as HTMLElement).dataset.name).toBe('spring-renewals');
  });

  test('are begun with a form that offers the connections', async () => {
    answering({ syncs: [], connections });
    const element = await shown();
    expect(textOf(element, '[data-id="empty"]')).toContain('There are no campaign syncs yet');
    need(element, '[data-id="new"]').click();
    await settled();
    expect(
      need<HTMLElement & { connections: unknown }>(element, 'c-bridge-sync-form').connections,
    ).toHaveLength(2);
  });

  test('are said to be missing from an older bridge, and cannot be begun', async () => {
    answering({ syncs: NOT_OFFERED, connections });
    const element = await shown();
    expect(find(element, '[data-id="not-offered"]')).not.toBeNull();
    expect(find(element, '[data-id="new"]')).toBeNull();
  });
});
