import { afterEach, expect, test } from '@jest/globals';
import BridgeChecks from '../bridgeChecks';
import { all, find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';
import { fixture } from '../../../test-support/fixtures';
import type { TestResult } from 'c/bridgeService';

afterEach(unmountAll);

test('shows every check with its outcome, and the diagnosis below the one that failed', async () => {
  const { checks } = fixture<TestResult>('testConnection.sign-in-failed');
  const connection = { provider: 'purecloud', url: 'https://login.mypurecloud.com/oauth/token' };
  const element = mount('c-bridge-checks', BridgeChecks, { checks, connection });
  await settled();
  expect(all(element, '[data-check]').map(({ dataset }) => dataset.outcome)).toEqual([
    'ok',
    'ok',
    'ok',
    'failed',
    'notRun',
    'notRun',
  ]);
  expect(textOf(element)).toContain(checks[3]!.diagnosis!.remedy);
  expect(need<HTMLAnchorElement>(element, 'a').href).toContain('apps.mypurecloud.com');
});

test('shows no diagnosis and no link where all is well', async () => {
  const { checks } = fixture<TestResult>('testConnection.healthy');
  const element = mount('c-bridge-checks', BridgeChecks, { checks });
  await settled();
  expect(find(element, '[data-id="diagnosis"]')).toBeNull();
  expect(find(element, 'a')).toBeNull();
});
