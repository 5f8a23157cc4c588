import { afterEach, expect, test } from '@jest/globals';
import BridgeExitChart from '../bridgeExitChart';
import { find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';

const entry = (id: string, kind: string, result: string) => ({
  id,
  at: '2026-11-21T14:00:00Z',
  kind,
  result,
});

afterEach(unmountAll);

test('counts token requests by exit path, and other activity not at all', async () => {
  const entries = [
    entry('1', 'tokenRequest', 'Success'),
    entry('2', 'tokenRequest', 'Success'),
    entry('3', 'tokenRequest', 'Timeout'),
    entry('4', 'proxiedCall', 'Success'),
  ];
  const element = mount('c-bridge-exit-chart', BridgeExitChart, { entries });
  await settled();
  const countOf = (path: string) => need(element, `[data-exit="${path}"] td`).textContent;
  expect([countOf('Success'), countOf('Timeout'), countOf('Failure')]).toEqual(['2', '1', '0']);
});

test('says so where no token was asked for among what it is given', async () => {
  const entries = [entry('1', 'proxiedCall', 'Success')];
  const element = mount('c-bridge-exit-chart', BridgeExitChart, { entries });
  await settled();
  expect(find(element, 'table')).toBeNull();
  expect(textOf(element)).toContain('No token was asked for among the last things that happened.');
});
