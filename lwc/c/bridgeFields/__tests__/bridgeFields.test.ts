import { afterEach, describe, expect, jest, test } from '@jest/globals';
import BridgeFields from '../bridgeFields';
import { all, change, mount, need, settled, unmountAll } from '../../../test-support/mount';
import type { FieldGroup } from '../bridgeFields';

const GROUPS: FieldGroup[] = [
  {
    name: 'all',
    label: 'All kinds',
    fields: [
      { name: 'url', label: 'URL', kind: 'text', isRequired: true },
      { name: 'clientSecret', label: 'Secret', kind: 'secret' },
      { name: 'privateKey', label: 'Key', kind: 'longSecret' },
      { name: 'timeoutSeconds', label: 'Timeout', kind: 'number', min: 1, max: 120 },
      { name: 'grantType', label: 'Grant', kind: 'select', options: [{ label: 'A', value: 'a' }] },
      { name: 'credentialsInBody', label: 'In body', kind: 'switch' },
      { name: 'notes', label: 'Notes', kind: 'longText' },
    ],
  },
];

type Fields = HTMLElement & InstanceType<typeof BridgeFields>;

async function shown(values = {}): Promise<Fields> {
  const element = mount('c-bridge-fields', BridgeFields, { groups: GROUPS, values });
  await settled();
  return element as unknown as Fields;
}

const control = (element: Element, name: string) => need(element, `[data-name="${name}"]`);

afterEach(unmountAll);

describe('a form', () => {
  test('has a named group and a control for every field', async () => {
    const element = await shown();
    expect(need(element, 'legend').textContent).toBe('All kinds');
    expect(all(element, '[data-name]')).toHaveLength(7);
  });

  test('starts from the values that are given', async () => {
    const element = await shown({ url: 'https://a', credentialsInBody: true, timeoutSeconds: 5 });
    expect(element.collect()).toEqual({ url: 'https://a', credentialsInBody: true, timeoutSeconds: 5 });
  });

  test('collects what is filled in, as text, number and truth value', async () => {
    const element = await shown();
    change(control(element, 'url'), ' https://a ');
    change(control(element, 'timeoutSeconds'), '7');
    change(control(element, 'credentialsInBody'), true);
    change(control(element, 'clientSecret'), ' s ');
    expect(element.collect()).toEqual({
      url: 'https://a',
      timeoutSeconds: 7,
      credentialsInBody: true,
      clientSecret: ' s ',
    });
  });

  test('tells its parent of a change, and never of a secret', async () => {
    const element = await shown();
    const heard = jest.fn();
    element.addEventListener('fieldchange', (event) => heard((event as CustomEvent<unknown>).detail));
    change(control(element, 'clientSecret'), 'planted');
    change(control(element, 'privateKey'), 'planted');
    change(control(element, 'url'), 'https://a');
    expect(heard.mock.calls).toEqual([[{ name: 'url', value: 'https://a' }]]);
    expect(JSON.stringify(element.values)).not.toContain('planted');
  });

  test('empties the secrets, and nothing else, when it is told to', async () => {
    const element = await shown();
    change(control(element, 'url'), 'https://a');
    change(control(element, 'clientSecret'), 'planted');
    change(control(element, 'privateKey'), 'planted');
    element.forgetSecrets();
    await settled();
    expect(element.collect()).toEqual({ url: 'https://a', credentialsInBody: false });
  });

  test('shows a fault on its field and gives back those of no field', async () => {
    const element = await shown();
    const url = control(element, 'url') as HTMLElement & { setCustomValidity(text: string): void };
    const said = jest.fn();
    Object.defineProperty(url, 'setCustomValidity', { value: said });
    const homeless = element.showFaults([
      { field: 'url', detail: 'is wrong' },
      { field: 'other', detail: 'too' },
      { field: 'url', detail: 'and too long' },
    ]);
    expect(said.mock.calls).toEqual([['is wrong · and too long']]);
    expect(homeless).toEqual([{ field: 'other', detail: 'too' }]);
  });

  test('takes a fault back while it is mended, and says nothing of a field before it is left', async () => {
    const element = await shown();
    let fault = '';
    const report = jest.fn(() => fault === '');
    Object.defineProperties(control(element, 'url'), {
      setCustomValidity: { value: (text: string) => (fault = text) },
      reportValidity: { value: report },
    });
    change(control(element, 'url'), 'h');
    expect(report).not.toHaveBeenCalled();
    element.showFaults([{ field: 'url', detail: 'is wrong' }]);
    change(control(element, 'url'), 'ht');
    change(control(element, 'url'), 'htt');
    expect(report.mock.results.map(({ value }) => value)).toEqual([false, true]);
  });

  test('can be sent again after a fault that is mended in another field', async () => {
    const element = await shown();
    let fault = '';
    Object.defineProperties(control(element, 'url'), {
      setCustomValidity: { value: (text: string) => (fault = text) },
      reportValidity: { value: () => fault === '' },
    });
    element.showFaults([{ field: 'url', detail: 'is required where there is no region' }]);
    expect(fault).toBe('is required where there is no region');
    change(control(element, 'notes'), 'mended');
    expect(element.checkValidity()).toBe(true);
  });
});
