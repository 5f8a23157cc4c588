import { expect, test } from '@jest/globals';
import { resolveText } from '../../server/apply/references.ts';
import { toFileMembers } from '../../server/apply/to-bridge-file.ts';

test.each(['${env:HOME}', '$${a', '$$${a}', 'plain', '$', '${', 'a${b}c${'])(
  'the text %j is the same after it was written to a file and read again',
  async (text) => {
    const { connections } = toFileMembers({
      connections: [{ name: 'one', provider: 'purecloud', clientId: text }],
      callers: [],
    });
    const { clientId } = connections.one as { clientId: string };
    expect(await resolveText(clientId, { env: {}, directory: '/' })).toBe(text);
  },
);
