import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import BridgeConnectionForm from '../bridgeConnectionForm';
import { change, find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';
import { answering, refused } from '../../../test-support/bridge';
import { listen } from '../../../test-support/events';
import { fixture } from '../../../test-support/fixtures';
import type { ConnectionView } from 'c/bridgeService';

const stored = fixture<ConnectionView>('getConnection.purecloud');
const SECRET = 'a-planted-secret';

async function shown(members: object = {}) {
  const element = mount('c-bridge-connection-form', BridgeConnectionForm, members);
  const heard = listen(element);
  const saved = jest.fn();
  element.addEventListener('saved', (event) => saved((event as CustomEvent<unknown>).detail));
  await settled();
  return { element, heard, saved };
}

const type = (element: Element, name: string, value: unknown) =>
  change(need(element, `[data-name="${name}"]`), value);

beforeEach(() => void jest.restoreAllMocks());
afterEach(() => {
  unmountAll();
  jest.useRealTimers();
});

describe('the connection form', () => {
  test('saves a new connection under its name, with its secret once', async () => {
    const bridge = answering({ saveConnection: stored });
    const { element, saved, heard } = await shown();
    change(need(element, '[data-id="name"]'), 'purecloud');
    type(element, 'region', 'us_west_2');
    type(element, 'clientId', 'the-client');
    type(element, 'clientSecret', SECRET);
    need(element, '[data-id="save"]').click();
    await settled();
    expect(bridge.saveConnection.mock.calls[0]).toMatchObject([
      'purecloud',
      { provider: 'purecloud', region: 'us_west_2', clientId: 'the-client', clientSecret: SECRET },
    ]);
    expect(saved).toHaveBeenCalledWith({ name: 'purecloud' });
    expect(heard.confirmed).toEqual(['purecloud is saved']);
    expect(need<HTMLInputElement>(element, '[data-name="clientSecret"]').value).toBe('');
  });

  test('shows what is stored, and sends no secret that was not typed', async () => {
    const bridge = answering({ saveConnection: stored });
    const { element } = await shown({ stored });
    expect(find(element, '[data-id="name"]')).toBeNull();
    expect(need<HTMLInputElement>(element, '[data-name="clientId"]').value).toBe(stored.clientId);
    expect(need<HTMLInputElement>(element, '[data-name="clientSecret"]').placeholder).toBe(
      'Set; empty keeps it',
    );
    need(element, '[data-id="save"]').click();
    await settled();
    const [name, input] = bridge.saveConnection.mock.calls[0] as [string, object];
    expect(name).toBe('purecloud');
    expect(input).not.toHaveProperty('clientSecret');
    expect(input).toMatchObject({ region: 'us_east_1', version: 1, timeoutSeconds: 10 });
  });

  test('sends addresses of its own back beside the region', async () => {
    const bridge = answering({ saveConnection: stored });
    const apiUrl = 'https://gateway.example.test/api';
    const { element } = await shown({ stored: { ...stored, apiUrl } });
    need(element, '[data-id="save"]').click();
    await settled();
    expect(bridge.saveConnection.mock.calls[0]![1]).toMatchObject({ region: 'us_east_1', apiUrl });
  });

  test('puts the credentials into the body for a new Salesforce connection', async () => {
    answering({});
    const { element } = await shown();
    type(element, 'provider', 'salesforce');
    await settled();
    expect(need<HTMLInputElement>(element, '[data-name="credentialsInBody"]').checked).toBe(true);
  });

  test('keeps what was typed when the bridge refuses it, and says why', async () => {
    answering({
      saveConnection: refused({ code: 'conflict', title: 'That does not fit', remedy: 'Read it again.' }),
    });
    const { element, saved } = await shown({ stored });
    type(element, 'clientId', 'another-client');
    need(element, '[data-id="save"]').click();
    await settled();
    expect(textOf(element)).toContain('Read it again.');
    expect(need<HTMLInputElement>(element, '[data-name="clientId"]').value).toBe('another-client');
    expect(saved).not.toHaveBeenCalled();
  });

  test('sends a new secret again when the first answer was a refusal or did not come', async () => {
    const bridge = answering({ saveConnection: refused({}) });
    const { element, saved } = await shown({ stored });
    type(element, 'clientSecret', SECRET);
    need(element, '[data-id="save"]').click();
    await settled();
    bridge.saveConnection.mockResolvedValue(stored as never);
    need(element, '[data-id="save"]').click();
    await settled();
    expect(bridge.saveConnection.mock.calls.map(([, input]) => input)).toMatchObject([
      { clientSecret: SECRET },
      { clientSecret: SECRET },
    ]);
    expect(saved).toHaveBeenCalledTimes(1);
    expect(need<HTMLInputElement>(element, '[data-name="clientSecret"]').value).toBe('');
  });

  test('moves to why it was not saved, or to the field that is wrong', async () => {
    jest.useFakeTimers();
    const bridge = answering({ saveConnection: refused({}) });
    const { element } = await shown({ stored });
    need(element, '[data-id="save"]').click();
    await jest.advanceTimersByTimeAsync(1);
    expect(element.shadowRoot!.activeElement?.tagName).toBe('C-BRIDGE-PROBLEM');
    bridge.saveConnection.mockRejectedValue(
      refused({ errors: [{ field: 'clientId', detail: 'is wrong' }] }) as never,
    );
    const clientId = need<HTMLInputElement>(element, '[data-name="clientId"]');
    const focus = jest.spyOn(clientId, 'focus');
    jest.spyOn(clientId, 'reportValidity').mockReturnValueOnce(true).mockReturnValue(false);
    need(element, '[data-id="save"]').click();
    await jest.advanceTimersByTimeAsync(1);
    expect(focus).toHaveBeenCalled();
  });

  test('shows what someone else stored meanwhile, keeps what was typed, and then saves over it', async () => {
    const other = { ...stored, scope: 'of-another', version: 2 };
    const bridge = answering({ saveConnection: refused({ code: 'conflict' }), connections: [other] });
    const { element, saved } = await shown({ stored });
    type(element, 'clientId', 'typed-here');
    type(element, 'clientSecret', SECRET);
    need(element, '[data-id="save"]').click();
    await settled();
    need(element, '[data-id="show-stored"]').click();
    await settled();
    expect(textOf(element, '.facts')).toContain('of-another');
    bridge.saveConnection.mockResolvedValue(stored as never);
    need(element, '[data-id="save"]').click();
    await settled();
    expect(bridge.saveConnection.mock.calls[1]![1]).toMatchObject({
      clientId: 'typed-here',
      clientSecret: SECRET,
      version: 2,
    });
    expect(saved).toHaveBeenCalledTimes(1);
  });

  test('forgets a secret that is not sent', async () => {
    answering({});
    const { element } = await shown();
    type(element, 'clientSecret', SECRET);
    need(element, '[data-id="cancel"]').click();
    expect(need<HTMLInputElement>(element, '[data-name="clientSecret"]').value).toBe('');
  });
});
