import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import BridgeAdmin from '../bridgeAdmin';
import { all, find, mount, need, settled, unmountAll } from '../../../test-support/mount';
import { NOT_OFFERED, answering } from '../../../test-support/bridge';
import { fixture } from '../../../test-support/fixtures';
import type { ConnectionView } from 'c/bridgeService';

const { connections } = fixture<{ connections: ConnectionView[] }>('listConnections.two');

async function shown(answers: object = {}) {
  answering({
    status: { bridge: { status: 'Healthy', version: '1' }, connections: [], attention: [] },
    activity: { entries: [] },
    syncs: NOT_OFFERED,
    setup: [],
    connections,
    ...answers,
  });
  const element = mount('c-bridge-admin', BridgeAdmin);
  await settled();
  return element;
}

async function open(element: Element, value: string) {
  need(element, `[role="tab"][data-value="${value}"]`).click();
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

describe('the page', () => {
  test.each([
    ['overview', 'c-bridge-overview'],
    ['connections', 'c-bridge-connections'],
    ['request', 'c-bridge-request'],
    ['syncs', 'c-bridge-syncs'],
    ['runs', 'c-bridge-runs'],
    ['activity', 'c-bridge-activity'],
    ['setup', 'c-bridge-setup'],
  ])('has the tab %s', async (value, component) => {
    const element = await shown();
    await open(element, value);
    expect(find(element, component)).not.toBeNull();
    expect(all(element, '[aria-selected="true"]').map(({ dataset }) => dataset.value)).toEqual([value]);
  });

  test('goes where a part of it leads, to the thing that is meant', async () => {
    const element = await shown();
    need(element, 'c-bridge-overview').dispatchEvent(
      new CustomEvent('go', {
        detail: { tab: 'connections', name: 'purecloud' },
        bubbles: true,
        composed: true,
      }),
    );
    await settled();
    expect(need<HTMLElement & { selectedName: string }>(element, 'c-bridge-connections').selectedName).toBe(
      'purecloud',
    );
  });

  test('reads out what its parts announce, in one polite region', async () => {
    const element = await shown();
    need(element, 'c-bridge-overview').dispatchEvent(
      new CustomEvent('announce', { detail: { text: 'Checked just now.' }, bubbles: true, composed: true }),
    );
    await settled();
    expect(all(element, '[role="status"]').map(({ textContent }) => textContent)).toEqual([
      'Checked just now.',
    ]);
  });

  test('reads out the same words as often as they are said', async () => {
    const element = await shown();
    for (let time = 0; time < 3; time += 1) {
      const before = need(element, '[role="status"]').textContent;
      need(element, 'c-bridge-overview').dispatchEvent(
        new CustomEvent('announce', { detail: { text: 'Copied.' }, bubbles: true, composed: true }),
      );
      await settled();
      const now = need(element, '[role="status"]').textContent;
      expect(now).not.toBe(before);
      expect(now?.trim()).toBe('Copied.');
    }
  });

  test('keeps the form of a request while one looks elsewhere, and stops asking for the rest', async () => {
    const element = await shown();
    await open(element, 'request');
    const form = need(element, 'c-bridge-request');
    await open(element, 'setup');
    expect(find(element, 'c-bridge-request')).toBe(form);
    expect(find(element, 'c-bridge-overview')).toBeNull();
  });

  test.each([
    ['connections', 'c-bridge-connections', 'c-bridge-connection-form'],
    ['syncs', 'c-bridge-syncs', 'c-bridge-sync-form'],
  ])(
    'keeps a form of %s that is open while one looks elsewhere, until it is left',
    async (tab, list, tag) => {
      const element = await shown({ syncs: [] });
      await open(element, tab);
      need(element, '[data-id="new"]').click();
      await settled();
      const form = need(element, tag);
      await open(element, 'overview');
      await open(element, tab);
      expect(find(element, tag)).toBe(form);
      need(form, '[data-id="cancel"]').click();
      await open(element, 'overview');
      expect(find(element, list)).toBeNull();
    },
  );
});
