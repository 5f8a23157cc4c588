import { expect, test } from '@jest/globals';
import { collectBundle } from '../../server/cli/doctor/bundle.ts';

test('a bundle names no user, wherever one stands', async () => {
  const sentence = 'It acts as integration.user@acme-corp.example.sandbox in the org 00D000000000001.';
  const proxy = 'http://svc@proxy.example.com:3128/ cannot be reached';
  const checks = [
    { name: 'permissions of org', outcome: 'ok', sentence },
    { name: 'proxy', outcome: 'failed', sentence: proxy },
  ] as const;
  const bundle = (await collectBundle({ checks, env: {}, nowMs: 0 })) as { checks: object[] };
  expect(bundle.checks).toEqual([
    { ...checks[0], sentence: 'It acts as [user] in the org 00D000000000001.' },
    { ...checks[1], sentence: expect.stringContaining('proxy.example.com:3128') },
  ]);
});
