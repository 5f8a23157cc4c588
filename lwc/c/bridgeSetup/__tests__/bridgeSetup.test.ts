import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import BridgeSetup from '../bridgeSetup';
import { find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';
import { NOT_OFFERED, answering, refused } from '../../../test-support/bridge';
import { listen } from '../../../test-support/events';
import type { BridgeStatus, SetupStep } from 'c/bridgeService';

const steps: SetupStep[] = [
  { name: 'namedCredential', outcome: 'done' },
  {
    name: 'principal',
    outcome: 'todo',
    detail: 'The bridge does not know the key.',
    remedy: 'Enter the key.',
  },
  { name: 'permissionSet', outcome: 'done' },
  { name: 'bridge', outcome: 'done' },
];
const status: BridgeStatus = { bridge: { status: 'Healthy', version: '1' }, connections: [], attention: [] };

async function shown() {
  const element = mount('c-bridge-setup', BridgeSetup);
  const heard = listen(element);
  await settled();
  return { element, heard };
}

const outcomeOf = (element: Element, step: string) => need(element, `[data-step="${step}"]`).dataset.outcome;

beforeEach(() => void jest.restoreAllMocks());
afterEach(unmountAll);

describe('the set-up', () => {
  test('shows every step with what it still needs and where', async () => {
    answering({ setup: steps, status, syncs: NOT_OFFERED });
    const { element } = await shown();
    expect(outcomeOf(element, 'principal')).toBe('todo');
    const principal = textOf(element, '[data-step="principal"]');
    expect(principal).toContain('Enter the key.');
    expect(need<HTMLAnchorElement>(element, '[data-step="principal"] a').href).toContain('/NamedCredential/');
    expect(find(element, '[data-step="namedCredential"] a')).toBeNull();
    expect(outcomeOf(element, 'dryRun')).toBe('unknown');
  });

  test('counts how much is done', async () => {
    answering({ setup: steps, status, syncs: [] });
    const { element } = await shown();
    expect(need<HTMLElement & { value: number }>(element, 'lightning-progress-bar').value).toBe(43);
  });

  test('leads to where a step is done', async () => {
    answering({ setup: steps, status, syncs: [] });
    const { element, heard } = await shown();
    need(element, '[data-step="purecloud"] lightning-button').click();
    expect(heard.went).toEqual([{ tab: 'connections' }]);
  });

  test('does not know how the connections are while the bridge is away', async () => {
    answering({
      setup: [{ name: 'bridge', outcome: 'failed', remedy: 'Start it.' }],
      status: refused({}),
      syncs: refused({}),
    });
    const { element } = await shown();
    expect(outcomeOf(element, 'bridge')).toBe('failed');
    expect(outcomeOf(element, 'purecloud')).toBe('unknown');
  });

  test('says where secrets can be set besides', async () => {
    answering({ setup: steps, status, syncs: [] });
    const { element } = await shown();
    expect(textOf(element)).toContain('pcbridge');
  });
});
