import { afterEach, expect, jest, test } from '@jest/globals';
import BridgeConnection from '../bridgeConnection';
import BridgeDryRun from '../../bridgeDryRun/bridgeDryRun';
import BridgeRequest from '../../bridgeRequest/bridgeRequest';
import { all, find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';
import { fixture } from '../../../test-support/fixtures';
import type { ConnectionView, Run } from 'c/bridgeService';

jest.mock('c/bridgeRights', () => ({ MAY_ADMINISTER: false, MAY_OPERATE: false }));

afterEach(unmountAll);

test('a viewer sees a connection and none of its actions', async () => {
  const connection = fixture<ConnectionView>('getConnection.purecloud');
  const element = mount('c-bridge-connection', BridgeConnection, { connection });
  await settled();
  expect(textOf(element)).toContain('Client credentials');
  expect(all(element, 'lightning-button, lightning-button-menu')).toEqual([]);
});

test('a viewer is told which permission set a request needs, before a secret is typed', async () => {
  const element = mount('c-bridge-request', BridgeRequest);
  await settled();
  expect(need(element, '[data-id="needs-admin"]').textContent).toContain('PureCloud Bridge Admin');
  expect(find(element, 'c-bridge-fields')).toBeNull();
  expect(find(element, 'c-bridge-explain')).not.toBeNull();
});

test('a viewer sees a plan and cannot run it', async () => {
  const plan: Run = { ...fixture<Run>('getRun.part-failed'), dryRun: true, status: 'Healthy' };
  const run = { ...plan, finishedAt: new Date().toISOString() };
  const element = mount('c-bridge-dry-run', BridgeDryRun, { run });
  await settled();
  expect(find(element, '[data-id="plan"]')).not.toBeNull();
  expect(find(element, '[data-id="run-plan"]')).toBeNull();
});
