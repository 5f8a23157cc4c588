import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import BridgeRequest from '../bridgeRequest';
import { all, change, find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';
import { answering, refused } from '../../../test-support/bridge';
import { listen } from '../../../test-support/events';
import { fixture } from '../../../test-support/fixtures';
import type { BearerTokenAnswer, ConnectionView } from 'c/bridgeService';

const SECRET = 'a-planted-secret';
const ANSWER = { ...fixture<BearerTokenAnswer>('requestBearerToken.success'), tokenCharacters: 20 };

async function shown() {
  const element = mount('c-bridge-request', BridgeRequest);
  const heard = listen(element);
  await settled();
  return { element, heard };
}

const type = (element: Element, name: string, value: string) =>
  change(need(element, `[data-name="${name}"]`), value);

async function request(element: Element) {
  type(element, 'url', 'https://login.mypurecloud.com/oauth/token');
  type(element, 'clientId', 'the-client');
  type(element, 'clientSecret', SECRET);
  need(element, '[data-id="request"]').click();
  await settled();
}

beforeEach(() => void jest.restoreAllMocks());
afterEach(unmountAll);

describe('the request tab', () => {
  test('sends what is typed once, and keeps no secret', async () => {
    const bridge = answering({ requestBearerToken: ANSWER });
    const { element, heard } = await shown();
    await request(element);
    expect(bridge.requestBearerToken.mock.calls).toHaveLength(1);
    expect(bridge.requestBearerToken.mock.calls[0]![0]).toMatchObject({ clientSecret: SECRET });
    expect(need<HTMLInputElement>(element, '[data-name="clientSecret"]').value).toBe('');
    expect(find(element, '[data-exit-path="Success"]')).not.toBeNull();
    expect(heard.announced).toEqual([
      'The request is running…',
      'The request ended with Success: a token came.',
    ]);
    expect(JSON.stringify(heard)).not.toContain(SECRET);
    expect(document.body.innerHTML).not.toContain(SECRET);
  });

  test('empties the secret at once, not only when the answer came', async () => {
    const bridge = answering({ requestBearerToken: ANSWER });
    bridge.requestBearerToken.mockImplementation(() => new Promise(() => undefined));
    const { element } = await shown();
    await request(element);
    expect(need<HTMLInputElement>(element, '[data-name="clientSecret"]').value).toBe('');
    expect(find(element, 'lightning-spinner')).not.toBeNull();
  });

  test('shows a refusal with its remedy', async () => {
    answering({
      requestBearerToken: refused({
        code: 'invalid_request',
        remedy: 'Correct the fields.',
        errors: [{ field: 'unheardOf', detail: 'is not known' }],
      }),
    });
    const { element } = await shown();
    await request(element);
    expect(textOf(element)).toContain('Correct the fields.');
    expect(textOf(element)).toContain('unheardOf: is not known');
    expect(find(element, '[data-exit-path]')).toBeNull();
  });

  test('asks for the secret once more before it saves, and then leads to the connection', async () => {
    const bridge = answering({
      requestBearerToken: ANSWER,
      saveConnection: fixture<ConnectionView>('putConnection.saved'),
    });
    const { element, heard } = await shown();
    await request(element);
    need(element, '[data-id="save-as"]').click();
    await settled();
    change(need(element, '[data-id="name"]'), 'my-connection');
    need(element, '[data-id="save"]').click();
    await settled();
    expect(bridge.saveConnection).not.toHaveBeenCalled();
    type(element, 'clientSecret', SECRET);
    need(element, '[data-id="save"]').click();
    await settled();
    expect(bridge.saveConnection.mock.calls[0]).toMatchObject([
      'my-connection',
      {
        clientSecret: SECRET,
        provider: 'purecloud',
        clientId: 'the-client',
        apiUrl: 'https://api.mypurecloud.com',
        version: 0,
      },
    ]);
    expect(heard.went).toEqual([{ tab: 'connections', name: 'my-connection' }]);
    expect(heard.confirmed).toEqual(['my-connection is saved']);
    expect(need<HTMLInputElement>(element, '[data-name="clientSecret"]').value).toBe('');
  });

  test('clears everything', async () => {
    answering({ requestBearerToken: ANSWER });
    const { element } = await shown();
    await request(element);
    const clear = all<HTMLElement & { label: string }>(element, 'lightning-button').find(
      ({ label }) => label === 'Clear',
    );
    clear!.click();
    await settled();
    expect(need<HTMLInputElement>(element, '[data-name="url"]').value).toBe('');
    expect(find(element, '[data-exit-path]')).toBeNull();
  });
});
