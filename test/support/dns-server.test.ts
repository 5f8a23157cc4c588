import { Resolver } from 'node:dns/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { startDnsServer } from './dns-server.ts';
import type { DnsEntry, DnsServer } from './dns-server.ts';

let server: DnsServer;
afterEach(() => server.close());

async function resolverFor(table: Record<string, DnsEntry>, timeoutMs = 10_000): Promise<Resolver> {
  server = await startDnsServer(table);
  const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
  resolver.setServers([server.address]);
  return resolver;
}

describe('startDnsServer', () => {
  test('answers A and AAAA from its table, whatever the case of the name', async () => {
    const resolver = await resolverFor({
      'Two.Example': { a: ['127.0.0.1', '127.0.0.2'], aaaa: ['::1'], ttlSeconds: 7 },
    });
    expect(await resolver.resolve4('two.example', { ttl: true })).toEqual([
      { address: '127.0.0.1', ttl: 7 },
      { address: '127.0.0.2', ttl: 7 },
    ]);
    expect(await resolver.resolve6('TWO.example')).toEqual(['::1']);
    expect(server.seen).toEqual([
      { name: 'two.example', type: 'A' },
      { name: 'two.example', type: 'AAAA' },
    ]);
  });

  test.each([
    ['nxDomain', 'ENOTFOUND'],
    ['servFail', 'ESERVFAIL'],
    ['refused', 'EREFUSED'],
    ['silent', 'ETIMEOUT'],
    ['empty', 'ENODATA'],
  ] as const)('answers %s, which Node reads as %s', async (entry, code) => {
    const resolver = await resolverFor({ 'bad.example': entry }, entry === 'silent' ? 100 : 10_000);
    await expect(resolver.resolve4('bad.example')).rejects.toMatchObject({ code });
  });

  test('knows no name that is not in the table', async () => {
    const resolver = await resolverFor({});
    await expect(resolver.resolve4('nobody.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  test('changes its answer with every query, and stays with the last', async () => {
    const resolver = await resolverFor({ 'rebind.example': [{ a: ['203.0.113.7'] }, { a: ['127.0.0.1'] }] });
    const answers = [];
    for (let query = 0; query < 3; query += 1) answers.push(...(await resolver.resolve4('rebind.example')));
    expect(answers).toEqual(['203.0.113.7', '127.0.0.1', '127.0.0.1']);
  });

  test('takes a new answer while it runs', async () => {
    const resolver = await resolverFor({ 'moved.example': 'servFail' });
    server.set('moved.example', { a: ['127.0.0.9'] });
    expect(await resolver.resolve4('moved.example')).toEqual(['127.0.0.9']);
  });
});
