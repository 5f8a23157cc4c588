import { afterEach, expect, test } from '@jest/globals';
import BridgeStatusWord from '../bridgeStatusWord';
import { mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';

afterEach(unmountAll);

test.each([
  ['Healthy', 'utility:success'],
  ['Running', 'utility:sync'],
  ['Paused', 'utility:pause'],
  ['Late', 'utility:clock'],
  ['Part failed', 'utility:warning'],
  ['Failed', 'utility:error'],
  ['Action needed', 'utility:priority'],
  ['Unknown', 'utility:question'],
])('%s is shown as a word with its icon', async (word, icon) => {
  const element = mount('c-bridge-status-word', BridgeStatusWord, { word });
  await settled();
  expect(textOf(element)).toContain(word);
  expect(need<HTMLElement & { iconName: string }>(element, 'lightning-icon').iconName).toBe(icon);
});
