import { afterEach, expect, test } from '@jest/globals';
import BridgeTile from '../bridgeTile';
import { mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';

afterEach(unmountAll);

test('has a heading, a status word and its lines', async () => {
  const element = mount('c-bridge-tile', BridgeTile, {
    name: 'PureCloud',
    iconName: 'standard:voice_call',
    word: 'Late',
    lines: ['US West'],
  });
  await settled();
  expect(need(element, 'h3').textContent).toBe('PureCloud');
  expect(textOf(element)).toContain('Late');
  expect(textOf(element)).toContain('US West');
});
