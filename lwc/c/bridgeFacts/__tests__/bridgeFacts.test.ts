import { afterEach, expect, test } from '@jest/globals';
import BridgeFacts from '../bridgeFacts';
import { all, mount, settled, unmountAll } from '../../../test-support/mount';

afterEach(unmountAll);

test('pairs every term with what it is', async () => {
  const element = mount('c-bridge-facts', BridgeFacts, { facts: [{ label: 'Region', value: 'Frankfurt' }] });
  await settled();
  expect(all(element, 'dt, dd').map(({ textContent }) => textContent)).toEqual(['Region', 'Frankfurt']);
});
