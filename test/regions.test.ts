import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { listRegions, REGIONS, resolveRegion } from '../server/regions.ts';

function keyOf(text: string): string | undefined {
  const resolved = resolveRegion(text);
  return resolved.found ? resolved.region.key : undefined;
}

describe('a region', () => {
  test('is one of eighteen, each with a key and a domain of its own', () => {
    expect(REGIONS).toHaveLength(18);
    expect(new Set(REGIONS.map(({ key }) => key)).size).toBe(18);
    expect(new Set(REGIONS.map(({ env }) => env)).size).toBe(18);
  });

  test.each([
    ['us_west_2', 'us_west_2'],
    ['us-west-2', 'us_west_2'],
    ['US West 2', 'us_west_2'],
    ['US West', 'us_west_2'],
    ['usw2', 'us_west_2'],
    ['USW2', 'us_west_2'],
    ['usw2.pure.cloud', 'us_west_2'],
    ['https://api.usw2.pure.cloud', 'us_west_2'],
    ['https://login.usw2.pure.cloud/', 'us_west_2'],
    ['http://apps.usw2.pure.cloud/directory/#/analytics', 'us_west_2'],
    ['https://login.usw2.pure.cloud/oauth/token', 'us_west_2'],
    ['  HTTPS://API.USW2.Pure.Cloud:443/api/v2?x=1  ', 'us_west_2'],
    ['usw2.pure.cloud.', 'us_west_2'],
    ['mypurecloud.com', 'us_east_1'],
    ['use1', 'us_east_1'],
    ['us east', 'us_east_1'],
    ['mypurecloud.com.au', 'ap_southeast_2'],
    ['apse2', 'ap_southeast_2'],
    ['api.mypurecloud.ie', 'eu_west_1'],
    ['euw1', 'eu_west_1'],
    ['Frankfurt', 'eu_central_1'],
    ['zürich', 'eu_central_2'],
    ['São Paulo', 'sa_east_1'],
    ['Asia Pacific (Tokyo)', 'ap_northeast_1'],
    ['FedRAMP', 'us_east_2'],
    ['https://login.use2.us-gov-pure.cloud', 'us_east_2'],
    ['edee1.eusc-pure.cloud', 'eusc_de_east_1'],
    ['edee1', 'eusc_de_east_1'],
    ['mec1', 'me_central_1'],
    ['apse1.pure.cloud', 'ap_southeast_1'],
  ])('is known as %p', (text, key) => {
    expect(keyOf(text)).toBe(key);
  });

  test('is found in every spelling of its key, its domain and its names', () => {
    const scheme = fc.constantFrom('', 'https://', 'http://', 'HTTPS://');
    const prefix = fc.constantFrom('', 'api.', 'login.', 'apps.', 'API.');
    const tail = fc.constantFrom('', '/', ':443', '/oauth/token', '/api/v2/?a=b#c', '.');
    const separator = fc.constantFrom('_', '-', ' ', '');
    const space = fc.constantFrom('', ' ', '\t');
    fc.assert(
      fc.property(
        fc.constantFrom(...REGIONS),
        fc.boolean(),
        fc.tuple(scheme, prefix, tail, separator, space),
        ({ key, env, names = [] }, upper, [start, label, end, between, around]) => {
          const spell = (text: string) => around + (upper ? text.toUpperCase() : text) + around;
          expect(keyOf(spell(start + label + env + end))).toBe(key);
          expect(keyOf(spell(key.replaceAll('_', between)))).toBe(key);
          for (const name of names) expect(keyOf(spell(name))).toBe(key);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('has no name that another has too', () => {
    for (const { key, names = [] } of REGIONS)
      for (const name of names) expect([name, keyOf(name)]).toEqual([name, key]);
  });

  test.each([
    'mypurecloud.de.evil.example',
    'evil.example/mypurecloud.de',
    'https://evil.example#mypurecloud.de',
    'https://mypurecloud.de@evil.example',
    'xmypurecloud.de',
    'usw2.pure.cloud.evil.example',
    '',
    ' ',
    '---',
    'constructor',
  ])('is not %p', (text) => {
    expect(keyOf(text)).toBeUndefined();
  });

  test('resolves to nothing but hosts of the table, whatever is asked', () => {
    const apis = new Set(listRegions().map(({ apiUrl }) => apiUrl));
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.domain()), (text) => {
        const resolved = resolveRegion(text);
        expect(!resolved.found || apis.has(resolved.region.apiUrl)).toBe(true);
      }),
    );
  });

  test.each([
    ['us_wst_2', 'us_west_2 (usw2.pure.cloud)'],
    ['usw2.pur.cloud', 'us_west_2 (usw2.pure.cloud)'],
    ['mypurecloud.dee', 'eu_central_1 (mypurecloud.de)'],
    ['Frankfrut', 'eu_central_1 (mypurecloud.de)'],
    ['eu-west-9', 'eu_west_1 (mypurecloud.ie)'],
  ])('suggests for %p: %s', (text, suggestion) => {
    const resolved = resolveRegion(text);
    expect(resolved).toMatchObject({ found: false, suggestions: expect.arrayContaining([suggestion]) });
  });

  test('suggests nothing for what is like none', () => {
    expect(resolveRegion('qqqqqqqqqqqq')).toEqual({ found: false, suggestions: [] });
  });

  test('of the configuration is known too, and replaces one of the table', () => {
    const extra = [{ key: 'nz_north_1', env: 'nzn1.pure.cloud', names: ['Auckland'] }];
    for (const text of ['nz-north-1', 'https://api.nzn1.pure.cloud', 'auckland', 'nzn1']) {
      expect(resolveRegion(text, extra)).toEqual({
        found: true,
        region: {
          key: 'nz_north_1',
          env: 'nzn1.pure.cloud',
          loginUrl: 'https://login.nzn1.pure.cloud',
          apiUrl: 'https://api.nzn1.pure.cloud',
        },
      });
    }
    const replaced = [{ key: 'us_west_2', env: 'example.test' }];
    expect(resolveRegion('usw2', replaced)).toMatchObject({ region: { env: 'example.test' } });
    expect(listRegions(replaced)).toHaveLength(18);
  });
});
