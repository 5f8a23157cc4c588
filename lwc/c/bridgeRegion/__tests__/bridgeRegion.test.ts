import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import BridgeRegion from '../bridgeRegion';
import { find, mount, settled, textOf, unmountAll } from '../../../test-support/mount';
import type { Look } from 'c/bridgeLook';

const AWAY = {
  code: 'bridge_unreachable',
  title: 'The bridge does not answer',
  detail: 'No answer came.',
  remedy: 'Start it again.',
  retryable: true,
};

function show(look: Look<unknown>) {
  return mount('c-bridge-region', BridgeRegion, { look, name: 'connections' });
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => {
  unmountAll();
  jest.useRealTimers();
});

describe('a region', () => {
  test('holds its place at once and tells what it loads after a second', async () => {
    const region = show({ isLoading: true });
    await settled();
    expect(find(region, '[data-id="placeholder"]')).not.toBeNull();
    expect(find(region, 'lightning-spinner')).toBeNull();
    jest.advanceTimersByTime(1_000);
    await settled();
    expect(find(region, 'lightning-spinner')).not.toBeNull();
    expect(textOf(region)).toContain('Loading connections');
  });

  test('shows what is known and nothing else when all is well', async () => {
    const region = show({ data: [], isLoading: false, atMs: Date.now() });
    await settled();
    expect(find(region, 'slot')).not.toBeNull();
    expect(find(region, '[data-id="placeholder"]')).toBeNull();
    expect(find(region, 'c-bridge-problem')).toBeNull();
  });

  test('keeps what was known, with its age, while nothing newer comes', async () => {
    const region = show({ data: [], problem: AWAY, isLoading: false, atMs: Date.now() - 120_000 });
    await settled();
    expect(find(region, 'slot')).not.toBeNull();
    expect(textOf(region, '[data-id="stale"]')).toContain('2 min ago');
    expect(find<HTMLElement & { problem: unknown }>(region, 'c-bridge-problem')?.problem).toEqual(AWAY);
  });

  test('says that an older bridge does not offer it, and not that something failed', async () => {
    const region = show({ problem: { ...AWAY, code: 'not_found' }, isLoading: false });
    await settled();
    expect(textOf(region, '[data-id="not-offered"]')).toContain('Not available in this version');
    expect(find(region, 'c-bridge-problem')).toBeNull();
  });

  test('names the permission sets to whoever may not see it', async () => {
    const region = show({ problem: { ...AWAY, code: 'caller_forbidden' }, isLoading: false });
    await settled();
    expect(textOf(region, '[data-id="forbidden"]')).toContain('PureCloud Bridge Viewer');
  });

  test('asks again when a person wants it', async () => {
    const retry = jest.fn();
    const region = show({ problem: AWAY, isLoading: false });
    region.addEventListener('retry', retry);
    await settled();
    find(region, 'c-bridge-problem')?.dispatchEvent(new CustomEvent('retry'));
    expect(retry).toHaveBeenCalledTimes(1);
  });
});
