import { describe, expect, test } from '@jest/globals';
import { oauthClientsLink, pureCloudApps, setupLink } from '../bridgeLinks';

describe('deep links', () => {
  test.each([
    ['https://login.usw2.pure.cloud/oauth/token', 'https://apps.usw2.pure.cloud'],
    ['https://login.mypurecloud.de/oauth/token', 'https://apps.mypurecloud.de'],
    ['http://127.0.0.1:9/oauth/token', undefined],
    ['https://login.example.com@evil.test/oauth/token', undefined],
    [undefined, undefined],
  ])('of %p lead to %p', (url, apps) => {
    expect(pureCloudApps(url)).toBe(apps);
  });

  test('lead to the OAuth clients of PureCloud, and nowhere for another provider', () => {
    const url = 'https://login.mypurecloud.com/oauth/token';
    expect(oauthClientsLink({ provider: 'purecloud', url })?.href).toContain('/admin/integrations/oauth');
    expect(oauthClientsLink({ provider: 'salesforce', url })).toBeUndefined();
  });

  test('lead to Setup by topic', () => {
    expect(setupLink('namedCredential')?.href).toBe('/lightning/setup/NamedCredential/home');
    expect(setupLink('something')).toBeUndefined();
  });
});
