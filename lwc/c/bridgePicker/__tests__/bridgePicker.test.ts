import { afterEach, describe, expect, test } from '@jest/globals';
import BridgePicker, { type PickerItem } from '../bridgePicker';
import { all, change, find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';

const named = (count: number): PickerItem[] =>
  Array.from({ length: count }, (_, index) => ({ name: `org-${index}`, note: 'PureCloud', word: 'Healthy' }));

type Picker = Pick<BridgePicker, 'items' | 'selected' | 'focusSelected'>;

async function shown(items: readonly PickerItem[], selected = '') {
  const element = mount<Picker>('c-bridge-picker', BridgePicker, { items, selected });
  await settled();
  return element;
}

const names = (element: HTMLElement) => all(element, 'button').map(({ dataset }) => dataset.name);

afterEach(unmountAll);

describe('the names to pick from', () => {
  test('are found by a part of them, in any case, where there are many', async () => {
    const element = await shown(named(12));
    change(need(element, '[data-id="filter"]'), ' ORG-1');
    await settled();
    expect(names(element)).toEqual(['org-1', 'org-10', 'org-11']);
    change(need(element, '[data-id="filter"]'), 'other');
    await settled();
    expect(names(element)).toEqual([]);
    expect(textOf(element, '[data-id="none-listed"]')).toBe('Nothing matches the filters');
  });

  test('are all listed, without a filter, where they are seen at a glance', async () => {
    const element = await shown(named(10));
    expect(find(element, '[data-id="filter"]')).toBeNull();
    expect(names(element)).toHaveLength(10);
  });

  test('say which one is looked at, and whether it can take the focus', async () => {
    const element = await shown(named(12), 'org-3');
    expect(need(element, '[aria-current="true"]').dataset.name).toBe('org-3');
    expect(element.focusSelected()).toBe(true);
    expect((element.shadowRoot!.activeElement as HTMLElement).dataset.name).toBe('org-3');
    change(need(element, '[data-id="filter"]'), 'org-5');
    await settled();
    expect(element.focusSelected()).toBe(false);
  });

  test('tell which one was picked', async () => {
    const element = await shown(named(2));
    const picked: unknown[] = [];
    element.addEventListener('pick', (event) => picked.push((event as CustomEvent).detail));
    need(element, '[data-name="org-1"]').click();
    expect(picked).toEqual([{ name: 'org-1' }]);
  });

  test('have no word where nothing is known of it', async () => {
    expect(find(await shown([{ name: 'new' }]), 'c-bridge-status-word')).toBeNull();
  });
});
