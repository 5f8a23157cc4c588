import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import BridgeDetails from '../bridgeDetails';
import { all, mount, need, settled, unmountAll } from '../../../test-support/mount';

const writeText = jest.fn<(text: string) => Promise<void>>();
const heard: string[] = [];

beforeEach(() => {
  heard.length = 0;
  writeText.mockReset().mockResolvedValue(undefined);
  Object.defineProperty(navigator, 'clipboard', { configurable: true, value: { writeText } });
});

afterEach(unmountAll);

async function opened() {
  const element = mount('c-bridge-details', BridgeDetails, { lines: [{ label: 'Code', value: 'x' }] });
  element.addEventListener('announce', (event) =>
    heard.push((event as CustomEvent<{ text: string }>).detail.text),
  );
  await settled();
  need(element, 'lightning-button').click();
  await settled();
  return element;
}

test('copies its lines for support', async () => {
  const element = await opened();
  all(element, 'lightning-button')[1]!.click();
  await settled();
  expect(writeText).toHaveBeenCalledWith('Code: x');
  expect(heard).toEqual(['Copied. It holds no secret.']);
});

test('says so where the browser does not let it copy', async () => {
  writeText.mockRejectedValue(new Error('denied'));
  const element = await opened();
  all(element, 'lightning-button')[1]!.click();
  await settled();
  expect(heard[0]).toContain('did not allow copying');
});
