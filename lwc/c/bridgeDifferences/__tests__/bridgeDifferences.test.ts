import { describe, expect, test } from '@jest/globals';
import { differences } from '../bridgeDifferences';
import { connectionGroups, valuesOf } from 'c/bridgeInputs';
import { fixture } from '../../../test-support/fixtures';
import type { ConnectionView } from 'c/bridgeService';

const stored = valuesOf(fixture<ConnectionView>('getConnection.purecloud'));
const groups = connectionGroups(stored);

describe('what is stored', () => {
  test('is told where it differs from the form, as the form would show it', () => {
    const typed = { ...stored, region: 'us_west_2', timeoutSeconds: undefined, allowTokenHandout: false };
    expect(differences(groups, typed, stored)).toEqual([
      { label: 'Region', value: 'US East (mypurecloud.com)' },
      { label: 'Request timeout [s]', value: '10' },
      { label: 'Hand the token out', value: 'Yes' },
    ]);
    expect(differences(groups, { ...stored, scope: 'x' }, stored)).toEqual([
      { label: 'Scope', value: 'not set' },
    ]);
  });

  test('is told in nothing where the form shows the same', () => {
    expect(differences(groups, stored, stored)).toEqual([]);
  });
});
