import { describe, expect, test } from '@jest/globals';
import { connectionStep, dryRunStep } from '../bridgeSteps';
import type { ConnectionStatus } from 'c/bridgeService';

const connection: ConnectionStatus = {
  name: 'purecloud',
  provider: 'purecloud',
  grantType: 'client_credentials',
  status: 'Unknown',
  token: { hasToken: false, generation: 0 },
};

describe('the step of a connection', () => {
  test.each([
    ['unknown while the bridge does not say', undefined, 'unknown'],
    ['to do without a connection', [], 'todo'],
    ['to do with one of another provider', [{ ...connection, provider: 'salesforce' }], 'todo'],
    ['to do while it never signed in', [connection], 'todo'],
    ['done with a token', [{ ...connection, token: { hasToken: true, generation: 1 } }], 'done'],
    ['done with a token of before', [{ ...connection, token: { hasToken: false, generation: 3 } }], 'done'],
    ['in need of help when it is refused', [{ ...connection, status: 'Action needed' }], 'failed'],
  ] as [string, ConnectionStatus[] | undefined, string][])('is %s', (_name, connections, outcome) => {
    const step = connectionStep('purecloud', connections);
    expect(step.outcome).toBe(outcome);
    if (outcome === 'todo' || outcome === 'failed') expect(step.remedy).toBeTruthy();
  });
});

test.each([
  [undefined, 'unknown'],
  [0, 'todo'],
  [2, 'done'],
])('the step of the dry run with %p syncs is %s', (syncs, outcome) => {
  expect(dryRunStep(syncs).outcome).toBe(outcome);
});
