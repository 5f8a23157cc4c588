import { afterEach, expect, test } from '@jest/globals';
import BridgeDiagnosis from '../bridgeDiagnosis';
import { all, find, mount, settled, textOf, unmountAll } from '../../../test-support/mount';
import { fixture } from '../../../test-support/fixtures';
import type { BearerTokenAnswer } from 'c/bridgeService';

afterEach(unmountAll);

test('lists the causes in their order, and then what to do', async () => {
  const { diagnosis } = fixture<BearerTokenAnswer>('requestBearerToken.failure');
  const element = mount('c-bridge-diagnosis', BridgeDiagnosis, { diagnosis: diagnosis! });
  await settled();
  expect(all(element, 'ol li').map(({ textContent }) => textContent)).toEqual(diagnosis!.causes);
  expect(textOf(element)).toContain(diagnosis!.remedy);
});

test('shows nothing without a diagnosis', async () => {
  const element = mount('c-bridge-diagnosis', BridgeDiagnosis);
  await settled();
  expect(find(element, '[data-id="diagnosis"]')).toBeNull();
});
