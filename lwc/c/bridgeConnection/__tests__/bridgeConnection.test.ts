import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import LightningConfirm from 'lightning/confirm';
import BridgeConnection from '../bridgeConnection';
import { all, find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';
import { answering, refused } from '../../../test-support/bridge';
import { listen } from '../../../test-support/events';
import { fixture } from '../../../test-support/fixtures';
import type { ConnectionStatus, ConnectionView, TestResult } from 'c/bridgeService';

const connection = fixture<ConnectionView>('getConnection.purecloud');
const healthy: ConnectionStatus = {
  name: 'purecloud',
  provider: 'purecloud',
  grantType: 'client_credentials',
  status: 'Healthy',
  token: { hasToken: true, expiresInSeconds: 3_120, generation: 7 },
  usesToday: 1_204,
  lastUsedAt: '2026-11-21T14:01:00Z',
};
const latched: ConnectionStatus = {
  ...healthy,
  status: 'Action needed',
  token: { hasToken: false },
  failure: {
    isLatched: true,
    code: 'client_not_accepted',
    title: 'PureCloud does not accept it',
    remedy: 'Look.',
  },
};

async function shown(members: object = {}) {
  const element = mount('c-bridge-connection', BridgeConnection, { connection, status: healthy, ...members });
  const heard = listen(element);
  await settled();
  return { element, heard };
}

async function choose(element: Element, value: string) {
  need(element, '[data-id="more"]').dispatchEvent(new CustomEvent('select', { detail: { value } }));
  await settled();
}

beforeEach(() => void jest.restoreAllMocks());
afterEach(unmountAll);

describe('a connection', () => {
  test('tells what it is and how it is, and of a secret only that it is set', async () => {
    const { element } = await shown();
    const text = textOf(element);
    for (const said of ['Healthy', 'US East (mypurecloud.com)', 'Client credentials', 'Secret set', '1,204'])
      expect(text).toContain(said);
    expect(text).toContain('held, renews itself; 52 min left');
    expect(text).toContain('3f2a…ient');
    expect(text).not.toContain(connection.clientId);
  });

  test('tells the addresses that are not those of its region', async () => {
    const apiUrl = 'https://gateway.example.test/api';
    const { element } = await shown({ connection: { ...connection, apiUrl } });
    expect(textOf(element, '.facts')).toContain(apiUrl);
    expect(textOf(element, '.facts')).toContain('US East (mypurecloud.com)');
    expect(textOf(element, '.facts')).not.toContain('https://login.mypurecloud.com');
  });

  test('says that its credential is refused, and offers a new attempt', async () => {
    const bridge = answering({ resetConnection: undefined });
    const { element, heard } = await shown({ status: latched });
    expect(textOf(element)).toContain('does not try again by itself');
    expect(textOf(element)).toContain('Look.');
    all<HTMLElement & { label: string }>(element, 'lightning-button')
      .find(({ label }) => label === 'Reset')!
      .click();
    await settled();
    expect(bridge.resetConnection).toHaveBeenCalledWith('purecloud');
    expect(heard.confirmed).toEqual(['purecloud may sign in again']);
  });

  test('warns of what will stop working', async () => {
    const deprecation = { code: 'x', title: 'It ends', detail: 'In spring.', remedy: 'Move on.' };
    const { element } = await shown({ connection: { ...connection, deprecation } });
    expect(textOf(element, '[data-id="deprecation"]')).toContain('Move on.');
  });

  test('is tested check by check, and says how it went', async () => {
    answering({ testConnection: fixture<TestResult>('testConnection.sign-in-failed') });
    const { element, heard } = await shown();
    const changed = jest.fn();
    element.addEventListener('changed', changed);
    need(element, '[data-id="test"]').click();
    await settled();
    expect(find(element, '[data-check="signIn"][data-outcome="failed"]')).not.toBeNull();
    expect(heard.announced).toEqual([
      'Testing purecloud…',
      'The test of purecloud has ended. Checks that failed: 1.',
    ]);
    expect(changed).toHaveBeenCalledTimes(1);
  });

  test('shows no check of another connection', async () => {
    answering({ testConnection: fixture<TestResult>('testConnection.healthy') });
    const { element } = await shown();
    need(element, '[data-id="test"]').click();
    await settled();
    Object.assign(element, { connection: { ...connection, name: 'other' } });
    await settled();
    expect(find(element, '[data-check]')).toBeNull();
  });

  test('shows no check that comes once another connection is looked at', async () => {
    const bridge = answering({});
    let answer: (result: TestResult) => void = () => undefined;
    bridge.testConnection.mockReturnValue(new Promise<TestResult>((resolve) => (answer = resolve)));
    const { element, heard } = await shown();
    need(element, '[data-id="test"]').click();
    await settled();
    Object.assign(element, { connection: { ...connection, name: 'other' } });
    await settled();
    expect(find(element, 'lightning-spinner')).toBeNull();
    answer(fixture<TestResult>('testConnection.healthy'));
    await settled();
    expect(find(element, '[data-check]')).toBeNull();
    expect(heard.announced).toContain('purecloud passed its test.');
  });

  test('shows what the newest test found, also when an older one answers after it', async () => {
    const bridge = answering({});
    const { checks } = fixture<TestResult>('testConnection.healthy');
    let answerFirst: (result: TestResult) => void = () => undefined;
    bridge.testConnection.mockReturnValueOnce(new Promise<TestResult>((resolve) => (answerFirst = resolve)));
    bridge.testConnection.mockResolvedValueOnce({ checks } as never);
    const { element } = await shown();
    need(element, '[data-id="test"]').click();
    Object.assign(element, { connection: { ...connection, name: 'other' } });
    Object.assign(element, { connection });
    await settled();
    need(element, '[data-id="test"]').click();
    await settled();
    answerFirst({ checks: [] });
    await settled();
    expect(all(element, '[data-check]')).toHaveLength(checks.length);
  });

  test('says why a test could not be made', async () => {
    answering({ testConnection: refused({}) });
    const { element } = await shown();
    need(element, '[data-id="test"]').click();
    await settled();
    expect(textOf(element)).toContain('The bridge does not answer');
  });

  test('is removed only when a person is sure', async () => {
    const bridge = answering({ removeConnection: undefined });
    const open = jest.spyOn(LightningConfirm, 'open').mockResolvedValue(false);
    const { element, heard } = await shown();
    const removed = jest.fn();
    element.addEventListener('removed', removed);
    await choose(element, 'remove');
    expect(open.mock.calls[0]![0].label).toBe('Remove purecloud?');
    expect(bridge.removeConnection).not.toHaveBeenCalled();
    open.mockResolvedValue(true);
    await choose(element, 'remove');
    expect(bridge.removeConnection).toHaveBeenCalledWith('purecloud');
    expect(removed).toHaveBeenCalledTimes(1);
    expect(heard.confirmed).toEqual(['purecloud is removed']);
  });

  test('is the one that is removed, also when another is looked at by the time of the answer', async () => {
    const bridge = answering({ removeConnection: undefined });
    const { element, heard } = await shown();
    let answer: (isSure: boolean) => void = () => undefined;
    jest.spyOn(LightningConfirm, 'open').mockReturnValue(new Promise((resolve) => (answer = resolve)));
    await choose(element, 'remove');
    Object.assign(element, { connection: { ...connection, name: 'other' } });
    answer(true);
    await settled();
    expect(bridge.removeConnection.mock.calls).toEqual([['purecloud']]);
    expect(heard.confirmed).toEqual(['purecloud is removed']);
  });

  test('leads into PureCloud', async () => {
    const { element } = await shown();
    expect(need<HTMLAnchorElement>(element, '.links a').href).toContain('https://apps.mypurecloud.com/');
  });
});
