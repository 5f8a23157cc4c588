import { afterEach, describe, expect, jest, test } from '@jest/globals';
import BridgeTabs from '../bridgeTabs';
import { all, mount, need, settled, unmountAll } from '../../../test-support/mount';

const TABS = ['a', 'b', 'c'].map((value) => ({ value, label: value.toUpperCase() }));

async function shown(value = 'a') {
  const chosen = jest.fn();
  const element = mount('c-bridge-tabs', BridgeTabs, { tabs: TABS, value, name: 'Parts' });
  element.addEventListener('tabselect', (event) => chosen((event as CustomEvent<unknown>).detail));
  await settled();
  return { element, chosen };
}

afterEach(unmountAll);

describe('tabs', () => {
  test('are one stop for the Tab key, and name what they show', async () => {
    const { element } = await shown('b');
    expect(all(element, '[role="tab"]').map((tab) => tab.getAttribute('tabindex'))).toEqual([
      '-1',
      '0',
      '-1',
    ]);
    expect(need(element, '[aria-selected="true"]').textContent).toBe('B');
    expect(need(element, '[role="tabpanel"]').getAttribute('aria-label')).toBe('B');
  });

  test.each([
    ['ArrowRight', 'c', 'a'],
    ['ArrowLeft', 'a', 'c'],
    ['Home', 'c', 'a'],
    ['End', 'a', 'c'],
  ])('%s leads from %s to %s', async (key, from, to) => {
    const { element, chosen } = await shown(from);
    need(element, '[role="tablist"]').dispatchEvent(new KeyboardEvent('keydown', { key }));
    expect(chosen).toHaveBeenCalledWith({ value: to });
  });

  test('are chosen by a click, once', async () => {
    const { element, chosen } = await shown('a');
    need(element, '[data-value="a"]').click();
    need(element, '[data-value="c"]').click();
    expect(chosen.mock.calls).toEqual([[{ value: 'c' }]]);
  });

  test.each([{ key: 'x' }, { key: 'ArrowLeft', altKey: true }, { key: 'Home', ctrlKey: true }])(
    'leave %p to the browser',
    async (pressed) => {
      const { element, chosen } = await shown();
      const event = new KeyboardEvent('keydown', { ...pressed, cancelable: true });
      need(element, '[role="tablist"]').dispatchEvent(event);
      expect([chosen.mock.calls, event.defaultPrevented]).toEqual([[], false]);
    },
  );
});
