import { expect, test } from '@jest/globals';
import { exitCodeOfChecks, type Check } from '../../server/cli/print-checks.ts';

function failed(name: string, code?: string): Check {
  const diagnosis = code === undefined ? undefined : { code, title: '', causes: [], remedy: '' };
  return { name, outcome: 'failed', sentence: '', ...(diagnosis === undefined ? {} : { diagnosis }) };
}

test.each<[string, Check, number]>([
  ['an upstream that is slow to tell its time', failed('clock', 'timeout_answer'), 5],
  ['an upstream that is slow to sign in', failed('signIn', 'upstream_timeout'), 5],
  ['a certificate', failed('tls', 'certificate_name_mismatch'), 5],
  ['the database of the bridge', failed('signIn', 'unavailable'), 5],
  ['an address that is not allowed', failed('signIn', 'egress_denied'), 2],
  ['a credential', failed('signIn', 'client_not_accepted'), 3],
  ['a credential without a diagnosis', failed('signIn'), 3],
  ['a permission', failed('permissions', 'permission_missing'), 4],
  ['a clock that is wrong, as doctor finds it', failed('clock against login.example'), 2],
  ['a fault that was met by the command itself', { ...failed('bridgeKey'), exitCode: 4 }, 4],
])('%s decides the exit code', (_what, check, exitCode) => {
  expect(exitCodeOfChecks([{ name: 'name', outcome: 'ok', sentence: '' }, check])).toBe(exitCode);
});
