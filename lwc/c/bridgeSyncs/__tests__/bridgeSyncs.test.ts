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
afterEach(unmountAll);

describe('the campaign syncs', () => {
  test('are listed, with one shown', async () => {
    answering({ syncs, connections, runsOf: [] });
    expect(find(await shown(), '[data-sync="spring-renewals"]')).not.toBeNull();
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
