import { expect, test } from '@jest/globals';
import { checkSync } from '../../server/campaigns/sync-checks.ts';
import { settingsWith } from './support/campaign-fixtures.ts';
import { createWorld, portsOfWorld } from './support/fake-world.ts';

test.each([
  { excludeDoNotCall: true, outcome: 'failed', remedy: expect.stringContaining('"Do Not Call"') },
  { excludeDoNotCall: false, outcome: 'passed' },
])(
  'a check where nobody can tell who is not to be called has $outcome with excludeDoNotCall $excludeDoNotCall',
  async ({ excludeDoNotCall, ...finding }) => {
    const { source, contacts } = portsOfWorld(createWorld({ members: 1 }));
    const blind = {
      ...source,
      describeFields: async (fields: readonly string[]) =>
        fields.map((field) => ({ field, exists: !field.endsWith('DoNotCall'), writable: true })),
    };
    const { checks } = await checkSync(settingsWith({ excludeDoNotCall }), { source: blind, contacts });
    expect(checks.find(({ name }) => name === 'fields')).toMatchObject(finding);
  },
);

test('a check says of a campaign without members that its user may be the one who sees none', async () => {
  const { checks, membersTotal } = await checkSync(settingsWith(), portsOfWorld(createWorld()));
  expect(membersTotal).toBe(0);
  expect(checks.find(({ name }) => name === 'campaign')).toMatchObject({
    outcome: 'passed',
    sentence: expect.stringContaining('access to their leads and contacts'),
  });
});
