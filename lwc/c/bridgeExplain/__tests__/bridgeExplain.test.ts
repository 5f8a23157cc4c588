import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import BridgeExplain from '../bridgeExplain';
import { all, change, find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';
import { answering, refused } from '../../../test-support/bridge';
import { listen } from '../../../test-support/events';
import { fixture } from '../../../test-support/fixtures';
import type { Findings } from 'c/bridgeService';

beforeEach(() => void jest.restoreAllMocks());
afterEach(unmountAll);

async function explained() {
  const element = mount('c-bridge-explain', BridgeExplain);
  const heard = listen(element);
  await settled();
  change(need(element, '[data-id="pasted"]'), 'HTTP/1.1 400');
  need(element, '[data-id="explain"]').click();
  await settled();
  return { element, heard };
}

test('shows every finding, and forgets what was pasted when it is cleared', async () => {
  const found = fixture<Findings>('diagnose.found');
  const bridge = answering({ diagnose: found });
  const { element, heard } = await explained();
  expect(bridge.diagnose).toHaveBeenCalledWith({ text: 'HTTP/1.1 400' });
  expect(all(element, '[data-id="diagnosis"]')).toHaveLength(found.findings.length);
  expect(heard.announced).toEqual([`Findings: ${found.findings.length}`]);
  all(element, 'lightning-button').at(-1)!.dispatchEvent(new Event('x'));
  const clear = all<HTMLElement & { label: string }>(element, 'lightning-button').find(
    ({ label }) => label === 'Clear',
  );
  clear!.click();
  await settled();
  expect(need<HTMLTextAreaElement>(element, '[data-id="pasted"]').value).toBe('');
  expect(find(element, '[data-id="diagnosis"]')).toBeNull();
});

test('shows nothing of what was cleared before it was explained', async () => {
  const bridge = answering({});
  let answer: (findings: Findings) => void = () => undefined;
  bridge.diagnose.mockReturnValue(new Promise<Findings>((resolve) => (answer = resolve)));
  const { element } = await explained();
  all<HTMLElement & { label: string }>(element, 'lightning-button')
    .find(({ label }) => label === 'Clear')!
    .click();
  answer(fixture<Findings>('diagnose.found'));
  await settled();
  expect(find(element, '[data-id="diagnosis"]')).toBeNull();
});

test('says so where the bridge does not answer', async () => {
  answering({ diagnose: refused({}) });
  const { element } = await explained();
  expect(textOf(element)).toContain('The bridge does not answer');
});
