import { expect, jest, test } from '@jest/globals';

const held: { administer?: boolean | undefined; operate?: boolean | undefined } = {};

jest.mock(
  '@salesforce/customPermission/PureCloud_Bridge_Administer',
  () => ({
    get default() {
      return held.administer;
    },
  }),
  { virtual: true },
);
jest.mock(
  '@salesforce/customPermission/PureCloud_Bridge_Operate',
  () => ({
    get default() {
      return held.operate;
    },
  }),
  { virtual: true },
);

test.each([
  [undefined, undefined, false, false],
  [undefined, true, false, true],
  [true, undefined, true, true],
])(
  'with administer %p and operate %p one may administer: %p, operate: %p',
  (administer, operate, may, mayRun) => {
    Object.assign(held, { administer, operate });
    jest.isolateModules(() => {
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- as if the page were opened again
      const rights = require('../bridgeRights') as { MAY_ADMINISTER: boolean; MAY_OPERATE: boolean };
      expect([rights.MAY_ADMINISTER, rights.MAY_OPERATE]).toEqual([may, mayRun]);
    });
  },
);
