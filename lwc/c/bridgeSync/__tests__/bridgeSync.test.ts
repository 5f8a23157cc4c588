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
    answering({ runsOf: runs });
    const { element } = await shown();
    await openPart(element, part);
    expect(textOf(element)).toContain(said);
  });

  test('starts a dry run, and shows it as it goes', async () => {
    const dryRun = { ...runs[0]!, dryRun: true };
    const bridge = answering({ runsOf: [], startRun: dryRun });
    const { element, heard } = await shown();
    bridge.runsOf.mockResolvedValue([dryRun] as never);
    need(element, '[data-id="dry-run"]').click();
    await settled();
    expect(bridge.startRun).toHaveBeenCalledWith('spring-renewals', { dryRun: true });
    expect(heard.confirmed[0]).toContain('Nothing is written');
    expect(find(element, 'section[data-id="dry-run"]')).not.toBeNull();
  });

  test('starts a run and leads to it', async () => {
    const bridge = answering({ runsOf: runs, startRun: fixture<Run>('startRun.accepted') });
    const { element, heard } = await shown();
    need(element, '[data-id="run"]').click();
    await settled();
    expect(bridge.startRun).toHaveBeenCalledWith('spring-renewals', { dryRun: false });
    expect(heard.went).toEqual([{ tab: 'runs', name: '0b1d6e5a-3c2f-4d7e-9a10-000000000128' }]);
  });

  test('is checked against both sides when asked, with what to do where something is missing', async () => {
    const checks = [
      { name: 'campaign', outcome: 'ok' as const, sentence: 'The campaign is there.' },
      { name: 'fields', outcome: 'failed' as const, sentence: 'No field Score__c.', remedy: 'Map another.' },
    ];
    const bridge = answering({ runsOf: runs, checkSync: { checks } });
    const { element, heard } = await shown();
    await openPart(element, 'mapping');
    need(element, '[data-id="check"]').click();
    await settled();
    expect(bridge.checkSync).toHaveBeenCalledWith('spring-renewals');
    expect(textOf(element, '[data-check="fields"] .remedy')).toContain('What to do: Map another.');
    expect(heard.announced).toEqual(['The mapping of spring-renewals is checked.']);
  });

  test('is paused with everything else as it was, and with the version that was read', async () => {
    const bridge = answering({ runsOf: runs, saveSync: sync! });
    const seen = { version: 7, status: 'Healthy', freshAt: '2026-11-21T14:05:00.000Z', createdAt: '' };
    const { element } = await shown({ sync: { ...sync!, ...seen } });
    need(element, '[data-id="pause"]').click();
    await settled();
    expect(bridge.saveSync).toHaveBeenCalledWith('spring-renewals', {
      ...fixture<object>('putSync.request'),
      paused: true,
      version: 7,
    });
  });

  test('is removed only when a person is sure', async () => {
    const bridge = answering({ runsOf: runs, removeSync: undefined });
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

  test('says why its runs are not known, until they are', async () => {
    const bridge = answering({ runsOf: refused({}) });
    const { element } = await shown();
    expect(textOf(element, '[role="alert"]')).toContain('The bridge does not answer');
    bridge.runsOf.mockResolvedValue(runs as never);
    need(element, '[data-id="runs-problem"]').dispatchEvent(new CustomEvent('retry'));
    await settled();
    expect(find(element, '[role="alert"]')).toBeNull();
  });

  test('says why it could not be started', async () => {
    answering({ runsOf: runs, startRun: refused({ title: 'That does not fit the present state' }) });
    const { element } = await shown();
    need(element, '[data-id="run"]').click();
    await settled();
    expect(textOf(element)).toContain('That does not fit the present state');
  });

  test('takes its word from what is known, where the bridge gives none', async () => {
    answering({ runsOf: runs });
    const { element } = await shown({
      sync: { ...fixture<object>('putSync.request'), name: 'spring-renewals', paused: true },
    });
    expect(all<HTMLElement & { word: string }>(element, 'c-bridge-status-word')[0]!.word).toBe('Paused');
  });
});
