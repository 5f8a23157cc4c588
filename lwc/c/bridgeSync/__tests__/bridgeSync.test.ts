import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import LightningConfirm from 'lightning/confirm';
import BridgeSync from '../bridgeSync';
import { all, find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';
import { answering, refused } from '../../../test-support/bridge';
import { listen } from '../../../test-support/events';
import { fixture } from '../../../test-support/fixtures';
import type { Run, Sync } from 'c/bridgeService';

const [sync] = fixture<{ syncs: Sync[] }>('listSyncs.one').syncs;
const { runs } = fixture<{ runs: Run[] }>('listRuns.two');

async function shown(members: object = {}) {
  const element = mount('c-bridge-sync', BridgeSync, { sync: sync!, ...members });
  const heard = listen(element);
  await settled();
  return { element, heard };
}

async function openPart(element: Element, value: string) {
  need(element, 'c-bridge-tabs').dispatchEvent(new CustomEvent('tabselect', { detail: { value } }));
  await settled();
}

beforeEach(() => {
  jest.restoreAllMocks();
  jest.useFakeTimers();
});
afterEach(() => {
  unmountAll();
  jest.useRealTimers();
});

describe('a campaign sync', () => {
  test.each([
    ['summary', '701000000000001AAA'],
    ['mapping', 'Contact.MobilePhone'],
    ['schedule', 'Europe/Berlin'],
    ['consent', 'Leave out Do Not Call'],
    ['results', 'Interested'],
  ])('tells its %s', async (part, said) => {
    answering({ runs });
    const { element } = await shown();
    await openPart(element, part);
    expect(textOf(element)).toContain(said);
  });

  test('starts a dry run, and shows it as it goes', async () => {
    const dryRun = { ...runs[0]!, dryRun: true };
    const bridge = answering({ runs: [], startRun: dryRun });
    const { element, heard } = await shown();
    bridge.runs.mockResolvedValue([dryRun] as never);
    need(element, '[data-id="dry-run"]').click();
    await settled();
    expect(bridge.startRun).toHaveBeenCalledWith('spring-renewals', { dryRun: true });
    expect(heard.confirmed[0]).toContain('Nothing is written');
    expect(find(element, 'section[data-id="dry-run"]')).not.toBeNull();
  });

  test('starts a run and leads to it', async () => {
    const bridge = answering({ runs, startRun: fixture<Run>('startRun.accepted') });
    const { element, heard } = await shown();
    need(element, '[data-id="run"]').click();
    await settled();
    expect(bridge.startRun).toHaveBeenCalledWith('spring-renewals', { dryRun: false });
    expect(heard.went).toEqual([{ tab: 'runs', name: 'run-128' }]);
  });

  test('is paused with everything else as it was', async () => {
    const bridge = answering({ runs, saveSync: sync! });
    const { element } = await shown();
    need(element, '[data-id="pause"]').click();
    await settled();
    expect(bridge.saveSync).toHaveBeenCalledWith('spring-renewals', {
      ...fixture<object>('putSync.request'),
      paused: true,
    });
  });

  test('is removed only when a person is sure', async () => {
    const bridge = answering({ runs, removeSync: undefined });
    jest.spyOn(LightningConfirm, 'open').mockResolvedValueOnce(false).mockResolvedValueOnce(true);
    const { element } = await shown();
    const remove = async () => {
      need(element, 'lightning-button-menu').dispatchEvent(
        new CustomEvent('select', { detail: { value: 'remove' } }),
      );
      await settled();
    };
    await remove();
    expect(bridge.removeSync).not.toHaveBeenCalled();
    await remove();
    expect(bridge.removeSync).toHaveBeenCalledWith('spring-renewals');
  });

  test('says why it could not be started', async () => {
    answering({ runs, startRun: refused({ title: 'That does not fit the present state' }) });
    const { element } = await shown();
    need(element, '[data-id="run"]').click();
    await settled();
    expect(textOf(element)).toContain('That does not fit the present state');
  });

  test('takes its word from what is known, where the bridge gives none', async () => {
    answering({ runs });
    const { element } = await shown({ sync: { ...sync!, paused: true } });
    expect(all<HTMLElement & { word: string }>(element, 'c-bridge-status-word')[0]!.word).toBe('Paused');
  });
});
