/** Nobody is named by the path of a call where it is kept. */
import { describe, expect, test } from '@jest/globals';
import { withoutPeople } from '../../server/proxy/personal-path.ts';
import { startRawUpstream } from './support/raw-http.ts';
import { startProxy } from './support/start-proxy.ts';

describe('a path', () => {
  test.each([
    [
      '/services/data/v60.0/sobjects/Contact/Email__c/ada@example.com',
      '/services/data/v60.0/sobjects/Contact/Email__c/[person]',
    ],
    ['/a/ada%40example.com/b', '/a/[person]/b'],
    ['/a/ada%2540example.com/b', '/a/[person]/b'],
    ['/a/+491715551234', '/a/[person]'],
    ['/a/%2B491715551234', '/a/[person]'],
    ['/a/tel:%2b49%20171%205551234/b@c.d', '/a/[person]/[person]'],
    ['/a/%2B49%20(171)%20555-1234', '/a/[person]'],
    ['/a/%252b491715551234', '/a/[person]'],
  ])('%s is shown as %s', (path, shown) => {
    expect(withoutPeople(path)).toBe(shown);
  });

  test.each([
    '/api/v2/users/me',
    '/api/v2/conversations/0f8b9c1e-1111-4222-8333-444455556666',
    '/services/data/v60.0/sobjects/Contact/0035g00000ABCDe',
    '/a+b/1+2/c%20d/@me/%',
    '/a/+4917',
    '/491715551234',
  ])('%s is shown as it is', (path) => {
    expect(withoutPeople(path)).toBe(path);
  });
});

describe('the activity', () => {
  test('names nobody whom the path of a proxied call names', async () => {
    const upstream = await startRawUpstream();
    const proxy = await startProxy(upstream.url);
    await fetch(`${proxy.url}/proxy/crm/Email__c/ada@example.com?q=1`);
    expect(proxy.activity.map(({ summary }) => summary)).toEqual(['GET /Email__c/[person]']);
    await proxy.close();
    await upstream.close();
  });
});
