import { afterEach, describe, expect, jest, test } from '@jest/globals';
import BridgeRequestResult from '../bridgeRequestResult';
import { find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';
import { fixture } from '../../../test-support/fixtures';
import type { BearerTokenAnswer } from 'c/bridgeService';

async function shown(answer: BearerTokenAnswer) {
  const element = mount('c-bridge-request-result', BridgeRequestResult, { answer });
  await settled();
  return element;
}

afterEach(unmountAll);

describe('the result of a request', () => {
  test('tells of a token its length, type and life', async () => {
    const answer = { ...fixture<BearerTokenAnswer>('requestBearerToken.success'), tokenCharacters: 86 };
    const element = await shown(answer);
    expect(need(element, '[data-id="token"]').textContent).toBe('received, 86 characters; not shown');
    expect(textOf(element)).toContain('24 h');
    expect(textOf(element)).toContain('Answered with HTTP 200 in 212 ms.');
  });

  test.each(['unknown-host', 'timeout', 'connection-failure', 'failure'])(
    'tells of %s why and what to do',
    async (name) => {
      const answer = fixture<BearerTokenAnswer>(`requestBearerToken.${name}`);
      const element = await shown(answer);
      expect(need(element, 'h3').textContent).toContain(answer.exitPath);
      expect(textOf(element)).toContain(answer.diagnosis!.remedy);
      expect(find(element, '[data-id="save-as"]')).toBeNull();
    },
  );

  test('says that the life of a token is not told, where it is not', async () => {
    const { expiresInSeconds: _, ...answer } = fixture<BearerTokenAnswer>('requestBearerToken.success');
    expect(textOf(await shown(answer))).toContain('The answer does not say.');
  });

  test('offers to save what worked', async () => {
    const element = await shown(fixture<BearerTokenAnswer>('requestBearerToken.success'));
    const save = jest.fn();
    element.addEventListener('saveas', save);
    need(element, '[data-id="save-as"]').click();
    expect(save).toHaveBeenCalledTimes(1);
  });
});
