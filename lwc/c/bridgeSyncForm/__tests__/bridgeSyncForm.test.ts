import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import BridgeSyncForm from '../bridgeSyncForm';
import { change, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';
import { answering, refused } from '../../../test-support/bridge';
import { fixture } from '../../../test-support/fixtures';
import type { Sync } from 'c/bridgeService';

const [stored] = fixture<{ syncs: Sync[] }>('listSyncs.one').syncs;

async function shown(members: object = {}) {
  const element = mount('c-bridge-sync-form', BridgeSyncForm, members);
  const saved = jest.fn();
  element.addEventListener('saved', (event) => saved((event as CustomEvent<unknown>).detail));
  await settled();
  return { element, saved };
}

beforeEach(() => void jest.restoreAllMocks());
afterEach(unmountAll);

describe('the form of a sync', () => {
  test('sends a stored sync back as it was', async () => {
    const bridge = answering({ saveSync: stored! });
    const { element, saved } = await shown({ stored });
    need(element, '[data-id="save"]').click();
    await settled();
    expect(bridge.saveSync).toHaveBeenCalledWith('spring-renewals', {
      ...fixture<object>('putSync.request'),
      version: 3,
    });
    expect(saved).toHaveBeenCalledWith({ name: 'spring-renewals' });
  });

  test('sends nothing while a line cannot be read', async () => {
    const bridge = answering({ saveSync: stored! });
    const { element } = await shown({ stored });
    change(need(element, '[data-name="phones"]'), 'nonsense');
    need(element, '[data-id="save"]').click();
    await settled();
    expect(bridge.saveSync).not.toHaveBeenCalled();
  });

  test('says why the bridge refused it', async () => {
    answering({ saveSync: refused({ title: 'The request is not valid', remedy: 'Correct the fields.' }) });
    const { element, saved } = await shown({ stored });
    need(element, '[data-id="save"]').click();
    await settled();
    expect(textOf(element)).toContain('Correct the fields.');
    await new Promise((resolve) => setTimeout(resolve));
    expect(element.shadowRoot!.activeElement?.tagName).toBe('C-BRIDGE-PROBLEM');
    expect(saved).not.toHaveBeenCalled();
  });

  test('shows what someone else stored meanwhile, or that it is gone', async () => {
    const bridge = answering({
      saveSync: refused({ code: 'conflict' }),
      syncs: [{ ...stored!, schedule: '0 7 * * *', version: 4 }],
    });
    const { element } = await shown({ stored });
    need(element, '[data-id="save"]').click();
    await settled();
    need(element, '[data-id="show-stored"]').click();
    await settled();
    expect(textOf(element, '.facts')).toContain('0 7 * * *');
    need(element, '[data-id="save"]').click();
    await settled();
    expect(bridge.saveSync.mock.calls[1]![1]).toMatchObject({ schedule: stored!.schedule, version: 4 });
    bridge.syncs.mockResolvedValue([] as never);
    need(element, '[data-id="show-stored"]').click();
    await settled();
    expect(textOf(element)).toContain('spring-renewals is no longer there');
  });
});
