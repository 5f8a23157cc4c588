import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import BridgeConnections from '../bridgeConnections';
import { all, change, find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';
import { answering, refused } from '../../../test-support/bridge';
import { fixture } from '../../../test-support/fixtures';
import type { BridgeStatus, ConnectionView } from 'c/bridgeService';

const { connections } = fixture<{ connections: ConnectionView[] }>('listConnections.two');
const status: BridgeStatus = { bridge: { status: 'Healthy', version: '1' }, connections: [], attention: [] };

async function shown(members: object = {}) {
  const element = mount('c-bridge-connections', BridgeConnections, members);
  await settled();
  return element;
}

beforeEach(() => {
  jest.restoreAllMocks();
  jest.useFakeTimers();
});
afterEach(() => {
  unmountAll();
  jest.useRealTimers();
});

describe('the connections', () => {
  test('are listed, with the first one shown', async () => {
    answering({ connections, status });
    const element = await shown();
    expect(all(element, '.item').map(({ dataset }) => dataset.name)).toEqual(
      connections.map(({ name }) => name),
    );
    expect(need(element, '.item[aria-current="true"]').dataset.name).toBe(connections[0]!.name);
  });

  test('are looked for by name where there are many, with the shown one left as it is, also after its form', async () => {
    const many = Array.from({ length: 12 }, (_, index) => ({ ...connections[0]!, name: `org-${index}` }));
    answering({ connections: many, status });
    const element = await shown();
    const names = () => all(element, '.item').map(({ dataset }) => dataset.name);
    change(need(element, '[data-id="filter"]'), ' ORG-1');
    await settled();
    expect(names()).toEqual(['org-1', 'org-10', 'org-11']);
    expect(find(element, '[data-connection="org-0"]')).not.toBeNull();
    need(element, '[data-id="new"]').click();
    await settled();
    need(element, '[data-id="cancel"]').click();
    await settled();
    expect(names()).toEqual(['org-1', 'org-10', 'org-11']);
  });

  test('show the one that was asked for', async () => {
    answering({ connections, status });
    const element = await shown({ selectedName: connections[1]!.name });
    expect(find(element, `[data-connection="${connections[1]!.name}"]`)).not.toBeNull();
  });

  test('leave the shown one in its place when another comes before it', async () => {
    const bridge = answering({ connections, status });
    const element = await shown();
    bridge.connections.mockResolvedValue([{ ...connections[0]!, name: 'a-first' }, ...connections] as never);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(find(element, `[data-connection="${connections[0]!.name}"]`)).not.toBeNull();
    expect(all(element, '.item')).toHaveLength(connections.length + 1);
  });

  test('say that the shown one is gone, and offer nothing to do with another', async () => {
    const bridge = answering({ connections, status });
    const element = await shown();
    bridge.connections.mockResolvedValue(connections.slice(1) as never);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(textOf(element, '[data-id="gone"]')).toBe(
      `${connections[0]!.name} is no longer there. Choose another.`,
    );
    expect(find(element, '[data-id="test"]')).toBeNull();
    expect(find(element, '.item[aria-current="true"]')).toBeNull();
  });

  test('show the first of the others when the shown one was removed here', async () => {
    const bridge = answering({ connections, status });
    const element = await shown();
    bridge.connections.mockResolvedValue(connections.slice(1) as never);
    const detail = { name: connections[0]!.name };
    need(element, 'c-bridge-connection').dispatchEvent(new CustomEvent('removed', { detail }));
    await settled();
    expect(find(element, `[data-connection="${connections[1]!.name}"]`)).not.toBeNull();
  });

  test('say how to begin where there are none', async () => {
    answering({ connections: [], status });
    const element = await shown();
    expect(textOf(element, '[data-id="empty"]')).toContain('There are no connections yet');
    need(element, '[data-id="first-connection"]').click();
    await settled();
    expect(find(element, 'c-bridge-connection-form')).not.toBeNull();
  });

  test('keep an open form as it is while they are asked for again', async () => {
    const bridge = answering({ connections, status });
    const element = await shown();
    need(element, '[data-id="edit"]').click();
    await settled();
    const form = need<HTMLElement & { stored: unknown }>(element, 'c-bridge-connection-form');
    const before = form.stored;
    bridge.connections.mockResolvedValue([{ ...connections[0]!, clientId: 'changed' }] as never);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(form.stored).toBe(before);
  });

  test('close the form once it is saved, and not another that is opened while the list is read', async () => {
    const bridge = answering({ connections: [], status });
    const element = await shown();
    need(element, '[data-id="first-connection"]').click();
    await settled();
    let answer: (list: ConnectionView[]) => void = () => undefined;
    bridge.connections.mockReturnValue(new Promise<ConnectionView[]>((resolve) => (answer = resolve)));
    const detail = { name: connections[1]!.name };
    need(element, 'c-bridge-connection-form').dispatchEvent(new CustomEvent('saved', { detail }));
    await settled();
    expect(find(element, 'c-bridge-connection-form')).toBeNull();
    expect(find(element, '[data-id="empty"]')).toBeNull();
    need(element, '[data-id="new"]').click();
    await settled();
    answer([...connections]);
    await settled();
    expect(find(element, 'c-bridge-connection-form')).not.toBeNull();
    need(element, '[data-id="cancel"]').click();
    await settled();
    expect(find(element, `[data-connection="${detail.name}"]`)).not.toBeNull();
  });

  test('say so where the bridge does not answer', async () => {
    answering({ connections: refused({}), status: refused({}) });
    const element = await shown();
    expect(textOf(element)).toContain('The bridge does not answer');
    expect(find(element, '[data-id="new"]')).toBeNull();
  });

  test('are asked for no more when the page is left', async () => {
    const bridge = answering({ connections, status });
    const element = await shown();
    element.remove();
    await jest.advanceTimersByTimeAsync(120_000);
    expect(bridge.connections).toHaveBeenCalledTimes(1);
  });
});
