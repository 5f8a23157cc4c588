import { afterEach, expect, test } from '@jest/globals';
import BridgeTable from '../bridgeTable';
import { all, find, mount, settled, textOf, unmountAll } from '../../../test-support/mount';

afterEach(unmountAll);

test('has a head for every column and a row for every line', async () => {
  const lines = [{ key: '1', cells: ['a', 'b'] }];
  const element = mount('c-bridge-table', BridgeTable, {
    name: 'Mapping',
    heads: ['Field', 'Column'],
    lines,
  });
  await settled();
  expect(all(element, 'th[scope="col"]')).toHaveLength(2);
  expect(all(element, 'tbody td').map(({ textContent }) => textContent)).toEqual(['a', 'b']);
});

test('says so where there is nothing', async () => {
  const element = mount('c-bridge-table', BridgeTable, { heads: ['Field'] });
  await settled();
  expect(find(element, 'table')).toBeNull();
  expect(textOf(element)).toContain('Nothing is set.');
});
