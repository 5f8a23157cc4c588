import { afterEach, expect, jest, test } from '@jest/globals';
import BridgeConnection from '../bridgeConnection';
import BridgeRequest from '../../bridgeRequest/bridgeRequest';
import { all, find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';
import { answering } from '../../../test-support/bridge';
import { fixture } from '../../../test-support/fixtures';
import type { BearerTokenAnswer, ConnectionView } from 'c/bridgeService';

jest.mock('c/bridgeRights', () => ({ MAY_ADMINISTER: false, MAY_OPERATE: false }));

afterEach(unmountAll);

test('a viewer sees a connection and none of its actions', async () => {
  const connection = fixture<ConnectionView>('getConnection.purecloud');
  const element = mount('c-bridge-connection', BridgeConnection, { connection });
  await settled();
  expect(textOf(element)).toContain('Client credentials');
  expect(all(element, 'lightning-button, lightning-button-menu')).toEqual([]);
});

test('a viewer is told which permission set saving needs', async () => {
  answering({ requestBearerToken: fixture<BearerTokenAnswer>('requestBearerToken.success') });
  const element = mount('c-bridge-request', BridgeRequest);
  await settled();
  need(element, '[data-id="request"]').click();
  await settled();
  need(element, '[data-id="save-as"]').click();
  await settled();
  expect(textOf(element, '[data-id="save-panel"]')).toContain('PureCloud Bridge Admin');
  expect(find(element, '[data-id="name"]')).toBeNull();
});
